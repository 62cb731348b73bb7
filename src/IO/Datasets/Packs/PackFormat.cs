using System.Buffers.Binary;

namespace AlexNetCuda.IO;

/// <summary>
/// A pack: scaled pictures in one file, as <see cref="DatasetPack"/> writes and <see cref="PackedDataset"/> reads it. All numbers are little-endian.
/// <code>
/// header, 64 bytes:  "ALEXPACK", u32 version (1), u32 shorter side, u64 offset of the index, u64 bytes of the index, u32 CRC-32C of the index,
///                    u32 CRC-32C of the 36 bytes before; zeros
/// pictures:          each from a multiple of 64 bytes on: rows from top to bottom, three bytes (red, green, blue) a pixel
/// index, to the end: u32 classes, u32 pictures;
///                    each class:   text
///                    each picture: u64 offset, u32 width, u32 height, u32 class, u32 CRC-32C of its bytes, text (its name)
/// text:              u32 bytes, UTF-8
/// </code>
/// </summary>
internal static class PackFormat
{
    public const int HeaderBytes = 64, Version = 1, Alignment = 64;

    /// <summary>Of a class and of a picture in the index, at the least.</summary>
    public const int LeastClassBytes = 5, LeastPictureBytes = 29;

    private const int SignedBytes = 36;

    public static ReadOnlySpan<byte> Magic => "ALEXPACK"u8;

    public static byte[] Header(int shorterSide, long indexOffset, ReadOnlySpan<byte> index)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), shorterSide);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), indexOffset);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), index.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(32), Crc32C.Of(index));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(SignedBytes), Crc32C.Of(header.AsSpan(0, SignedBytes)));
        return header;
    }

    /// <summary>Reads and checks a header: the shorter side, and where the index is. Throws <see cref="PictureException"/>.</summary>
    public static (int ShorterSide, long IndexOffset, int IndexBytes) ReadHeader(ReadOnlySpan<byte> file, long fileLength, string path)
    {
        if (file.Length < HeaderBytes || !file.StartsWith(Magic)) throw new PictureException(path, "it is not a pack of pictures: make one with 'alexnet pack'.");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (version != Version) throw new PictureException(path, FormattableString.Invariant($"it is a pack of version {version}; this program reads version {Version}: pack the pictures again."));
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[SignedBytes..]) != Crc32C.Of(file[..SignedBytes])) throw Damaged(path, $"the checksum of its header is wrong");

        int shorterSide = BinaryPrimitives.ReadInt32LittleEndian(file[12..]);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(file[16..]), bytes = BinaryPrimitives.ReadUInt64LittleEndian(file[24..]);
        if (shorterSide is < 1 or > PictureLimits.MaxSize) throw Damaged(path, $"its header says a shorter side of {shorterSide}");
        if (offset < HeaderBytes || bytes > int.MaxValue || offset > (ulong)fileLength || offset + bytes != (ulong)fileLength)
            throw Damaged(path, $"its header says an index of {bytes} bytes at byte {offset}, and the file has {fileLength} bytes");
        return (shorterSide, (long)offset, (int)bytes);
    }

    public static uint IndexCrc(ReadOnlySpan<byte> file) => BinaryPrimitives.ReadUInt32LittleEndian(file[32..]);

    public static PictureException Damaged(string path, FormattableString what) =>
        new(path, "the pack is damaged or cut short: " + FormattableString.Invariant(what) + ". Pack the pictures again.");
}
