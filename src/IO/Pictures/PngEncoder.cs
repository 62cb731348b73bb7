using System.Buffers.Binary;
using System.IO.Compression;

namespace AlexNetCuda.IO;

/// <summary>Writes pictures as PNG (ISO/IEC 15948): 8-bit RGB, each row as the difference to the one above, compressed by zlib.</summary>
public static class PngEncoder
{
    private const byte Depth = 8, ColourTypeRgb = 2, FilterUp = 2;

    /// <summary>The bytes of a PNG file.</summary>
    /// <param name="picture">The picture.</param>
    public static byte[] Encode(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using var png = new MemoryStream();
        png.Write(PngDecoder.Signature);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], picture.Height);
        (header[8], header[9]) = (Depth, ColourTypeRgb);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(picture));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Compress(Picture picture)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            int length = 3 * picture.Width;
            var filtered = new byte[length + 1];
            filtered[0] = FilterUp;
            ReadOnlySpan<byte> above = new byte[length];
            for (int y = 0; y < picture.Height; y++)
            {
                ReadOnlySpan<byte> row = picture.Pixels.AsSpan(y * length, length);
                for (int i = 0; i < length; i++) filtered[i + 1] = (byte)(row[i] - above[i]);
                zlib.Write(filtered);
                above = row;
            }
        }

        return packed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] typed = [.. type, .. data];
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(typed);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Start.Add(typed).Value);
        png.Write(number);
    }
}
