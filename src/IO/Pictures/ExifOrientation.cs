using System.Buffers.Binary;

namespace AlexNetCuda.IO;

/// <summary>EXIF's orientation tag: reading it, and turning pixels upright by it.</summary>
/// <remarks>
/// The eight values say where row 0 and column 0 of the stored picture belong in the upright one:
/// 1 top, left; 2 top, right; 3 bottom, right; 4 bottom, left; 5 left, top; 6 right, top; 7 right, bottom; 8 left, bottom.
/// Parsed by hand because one tag is wanted of a block that is often hostile or broken; a broken block counts as upright.
/// </remarks>
internal static class ExifOrientation
{
    public const int Upright = 1;
    private const ushort OrientationTag = 0x0112;

    /// <summary>The orientation (1..8) that a TIFF block (what follows "Exif\0\0") states; 1 when it states none that makes
    /// sense.</summary>
    public static int Read(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return Upright;
        bool little = tiff[0] == 'I' && tiff[1] == 'I';
        if (!little && !(tiff[0] == 'M' && tiff[1] == 'M'))
            return Upright;
        if (ReadUInt16(tiff[2..], little) != 42)
            return Upright;

        uint directory = ReadUInt32(tiff[4..], little);
        if (directory > tiff.Length - 2)
            return Upright;
        ReadOnlySpan<byte> entries = tiff[((int)directory + 2)..];
        int count = ReadUInt16(tiff[(int)directory..], little);
        for (int i = 0; i < count && entries.Length >= 12; i++, entries = entries[12..])
        {
            if (ReadUInt16(entries, little) != OrientationTag)
                continue;
            // SHORT is what the standard says; some writers use BYTE or LONG.
            uint value = ReadUInt16(entries[2..], little) switch
            {
                1 => entries[8],
                3 => ReadUInt16(entries[8..], little),
                4 => ReadUInt32(entries[8..], little),
                _ => Upright,
            };
            return value is >= 1 and <= 8 ? (int)value : Upright;
        }

        return Upright;
    }

    /// <summary>The upright picture of one stored with an orientation; the same object when it is upright already.</summary>
    public static Picture Apply(Picture stored, int orientation)
    {
        if (orientation == Upright)
            return stored;
        int w = stored.Width, h = stored.Height;

        // Where the upright picture's pixel (0, 0) is stored, and how far one goes there for a step right or down.
        (int start, int right, int down) = orientation switch
        {
            2 => (w - 1, -1, w),
            3 => ((h * w) - 1, -1, -w),
            4 => ((h - 1) * w, 1, -w),
            5 => (0, w, 1),
            6 => ((h - 1) * w, -w, 1),
            7 => ((h * w) - 1, -w, -1),
            8 => (w - 1, w, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
        };
        bool sidesSwap = orientation >= 5;
        int width = sidesSwap ? h : w, height = sidesSwap ? w : h;

        byte[] from = stored.Pixels;
        var to = new byte[from.Length];
        int t = 0;
        for (int y = 0; y < height; y++)
        {
            int s = 3 * (start + (y * down));
            for (int x = 0; x < width; x++, s += 3 * right, t += 3)
            {
                to[t] = from[s];
                to[t + 1] = from[s + 1];
                to[t + 2] = from[s + 2];
            }
        }

        return new Picture(width, height, to);
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> s, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(s) : BinaryPrimitives.ReadUInt16BigEndian(s);

    private static uint ReadUInt32(ReadOnlySpan<byte> s, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(s) : BinaryPrimitives.ReadUInt32BigEndian(s);
}
