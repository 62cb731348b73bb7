using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace AlexNetCuda.IO;

/// <summary>A picture in a pack.</summary>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Label">Its class.</param>
/// <param name="Crc">CRC-32C of its bytes.</param>
/// <param name="Name">Its name.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PackEntry(long Offset, int Width, int Height, int Label, uint Crc, string Name)
{
    public int Bytes => 3 * Width * Height;
}

/// <summary>What a pack has: classes and pictures. Nothing that is read is believed before it is checked against the file's size.</summary>
internal sealed record PackIndex(string[] ClassNames, PackEntry[] Pictures)
{
    private const int LeastClasses = 2;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of the index. Throws <see cref="EncoderFallbackException"/> for a name that is no valid Unicode.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Utf8);
        writer.Write(ClassNames.Length);
        writer.Write(Pictures.Length);
        foreach (string name in ClassNames) WriteText(name);
        foreach (PackEntry picture in Pictures)
        {
            writer.Write(picture.Offset);
            writer.Write(picture.Width);
            writer.Write(picture.Height);
            writer.Write(picture.Label);
            writer.Write(picture.Crc);
            WriteText(picture.Name);
        }

        writer.Flush();
        return stream.ToArray();

        void WriteText(string text)
        {
            byte[] bytes = Utf8.GetBytes(text);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
    }

    /// <summary>Reads an index. Throws <see cref="PictureException"/>.</summary>
    /// <param name="bytes">The index.</param>
    /// <param name="offset">Its first byte in the file: pictures end before it.</param>
    /// <param name="shorterSide">Of every picture.</param>
    /// <param name="path">The file, for messages.</param>
    public static PackIndex Read(ReadOnlySpan<byte> bytes, long offset, int shorterSide, string path)
    {
        var reader = new Reader(bytes, offset, path);
        uint classes = reader.UInt32(), pictures = reader.UInt32();
        if (classes < LeastClasses || pictures < 1 || ((ulong)classes * PackFormat.LeastClassBytes) + ((ulong)pictures * PackFormat.LeastPictureBytes) > (ulong)bytes.Length)
            throw PackFormat.Damaged(path, $"its index of {bytes.Length} bytes says {classes} classes and {pictures} pictures");

        var classNames = new string[classes];
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < classNames.Length; i++)
        {
            classNames[i] = reader.Text();
            if (!known.Add(classNames[i])) throw PackFormat.Damaged(path, $"two classes have the same name (class {i})");
        }

        known.Clear();
        var entries = new PackEntry[pictures];
        for (int i = 0; i < entries.Length; i++)
        {
            ulong start = reader.UInt64();
            uint width = reader.UInt32(), height = reader.UInt32(), label = reader.UInt32(), crc = reader.UInt32();
            string name = reader.Text();
            if (Math.Min(width, height) != shorterSide || Math.Max(width, height) > (uint)(PictureTransform.MostLonger * shorterSide))
                throw PackFormat.Damaged(path, $"picture {i} is {width}x{height}, in a pack of shorter side {shorterSide}");
            if (start < PackFormat.HeaderBytes || start > (ulong)offset || (3UL * width * height) > (ulong)offset - start)
                throw PackFormat.Damaged(path, $"picture {i} of {width}x{height} begins at byte {start}, and the pictures end at byte {offset}");
            if (label >= classes) throw PackFormat.Damaged(path, $"picture {i} is of class {label}, of {classes}");
            if (!known.Add(name)) throw PackFormat.Damaged(path, $"two pictures have the same name (picture {i})");
            entries[i] = new PackEntry((long)start, (int)width, (int)height, (int)label, crc, name);
        }

        reader.ExpectEnd();
        return new PackIndex(classNames, entries);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, long offset, string path)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

        public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

        public string Text()
        {
            uint length = UInt32();
            if (length == 0) throw PackFormat.Damaged(path, $"a name at byte {offset + _at} is empty");
            ReadOnlySpan<byte> text = Take(length);
            try
            {
                return Utf8.GetString(text);
            }
            catch (DecoderFallbackException)
            {
                throw PackFormat.Damaged(path, $"a name that ends at byte {offset + _at} is not UTF-8");
            }
        }

        public readonly void ExpectEnd()
        {
            if (_at != _bytes.Length) throw PackFormat.Damaged(path, $"its index ends at byte {offset + _at}, {_bytes.Length - _at} bytes before the end of the file");
        }

        private ReadOnlySpan<byte> Take(uint count)
        {
            if (count > (uint)(_bytes.Length - _at)) throw PackFormat.Damaged(path, $"its index goes beyond the end of the file at byte {offset + _at}");
            _at += (int)count;
            return _bytes.Slice(_at - (int)count, (int)count);
        }
    }
}
