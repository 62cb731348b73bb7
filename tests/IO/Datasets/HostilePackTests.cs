using System.Buffers.Binary;
using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

/// <summary>Packs that are damaged, or made to do harm: with right checksums, too, that anybody can compute.</summary>
public sealed class HostilePackTests : IDisposable
{
    private const int IndexStart = 64 + 64 + (3 * 2 * 4); // two pictures of 2 x 2 and 2 x 4, each from a multiple of 64 on

    private readonly TempFolder _folder = new();
    private readonly string _path;
    private readonly byte[] _good;

    public HostilePackTests()
    {
        _path = Path.Combine(_folder.Path, "a.pack");
        using var data = new MemoryDataset([TestPictures.Smooth(2, 2), TestPictures.Smooth(2, 4)]);
        DatasetPack.Write(data, _path, 2);
        _good = File.ReadAllBytes(_path);
    }

    public static TheoryData<string, string> Cases => new()
    {
        { "empty", "too short" },
        { "63 bytes", "too short" },
        { "another magic", "not a pack" },
        { "version 2", "version 2" },
        { "header checksum", "checksum of its header" },
        { "shorter side 0", "shorter side of 0" },
        { "shorter side 2^31", "shorter side of -2147483648" },
        { "index before the header's end", "an index of" },
        { "index beyond the end", "an index of" },
        { "index offset 2^64 - 1", "an index of" },
        { "index of 2^63 bytes", "an index of" },
        { "cut short", "an index of" },
        { "a byte more", "an index of" },
        { "index checksum", "checksum of its index" },
        { "one class", "says 1 classes" },
        { "no pictures", "0 pictures" },
        { "2^32 - 1 classes", "4294967295 classes" },
        { "2^32 - 1 pictures", "4294967295 pictures" },
        { "three pictures", "beyond the end" },
        { "class name of 2^32 - 1 bytes", "beyond the end" },
        { "empty class name", "is empty" },
        { "class name not UTF-8", "not UTF-8" },
        { "two classes of one name", "two classes have the same name" },
        { "two pictures of one name", "two pictures have the same name" },
        { "picture in the header", "begins at byte 63" },
        { "picture in the index", "the pictures end at byte 152" },
        { "picture at 2^64 - 1", "begins at byte 18446744073709551615" },
        { "picture of no width", "picture 0 is 0x2" },
        { "picture too narrow", "picture 0 is 1x2" },
        { "picture of 2^32 - 1 rows", "picture 0 is 2x4294967295" },
        { "picture longer than four times", "picture 0 is 2x9" },
        { "class out of range", "of class 2, of 2" },
        { "bytes after the last entry", "before the end of the file" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_is_refused_with_one_line(string name, string part)
    {
        File.WriteAllBytes(_path, Make(name));
        long before = GC.GetAllocatedBytesForCurrentThread();
        PictureException e = Assert.Throws<PictureException>(() => PackedDataset.Open(_path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.StartsWith(_path + ": ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
        File.Delete(_path); // on Windows this fails while it is open
    }

    [Fact]
    public void A_changed_pixel_is_noticed_when_the_picture_is_used()
    {
        byte[] bytes = [.. _good];
        bytes[130] ^= 1;
        File.WriteAllBytes(_path, bytes);
        using PackedDataset pack = PackedDataset.Open(_path);
        pack.Load(0, 0);
        PictureException e = Assert.Throws<PictureException>(() => pack.Load(1, 0));
        Assert.Contains("class1/1.png: its checksum is wrong", e.Message, StringComparison.Ordinal);
        Assert.Throws<PictureException>(() => pack.Load(1, 0));
    }

    [Fact]
    public void Missing_files_and_folders_are_refused()
    {
        Assert.Contains("no such file", Assert.Throws<PictureException>(() => PackedDataset.Open(_path + "x")).Message, StringComparison.Ordinal);
        Assert.Contains("it is a folder", Assert.Throws<PictureException>(() => PackedDataset.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_copies_are_read_or_refused()
    {
        var random = new Random(1);
        int read = 0;
        for (int i = 0; i < 600; i++)
        {
            byte[] bytes = [.. _good];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                int at = random.Next(4) == 0 ? random.Next(bytes.Length) : random.Next(2) == 0 ? random.Next(8, 32) : random.Next(IndexStart, bytes.Length);
                bytes[at] = random.Next(3) == 0 ? (byte)255 : (byte)(bytes[at] ^ (1 << random.Next(8)));
            }

            File.WriteAllBytes(_path, Sealed(bytes));
            try
            {
                using PackedDataset pack = PackedDataset.Open(_path);
                for (int p = 0; p < pack.Count; p++) pack.Load(p, 0);
                read++;
            }
            catch (PictureException e)
            {
                Assert.StartsWith(_path, e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(read, 20, 400); // a letter of a name changed, a class, the second picture's end
    }

    private byte[] Make(string name)
    {
        byte[] b = [.. _good];
        const int ClassA = IndexStart + 8, ClassB = ClassA + 10, PictureA = ClassB + 10, PictureB = PictureA + 28 + 12;
        switch (name)
        {
            case "empty": return [];
            case "63 bytes": return b[..63];
            case "another magic": b[7] ^= 1; return b;
            case "version 2": b[8] = 2; break;
            case "header checksum": b[16] ^= 1; return b;
            case "shorter side 0": U32(12, 0); break;
            case "shorter side 2^31": U32(12, 1u << 31); break;
            case "index before the header's end": U64(16, 8); U64(24, (ulong)b.Length - 8); break;
            case "index beyond the end": U64(16, (ulong)b.Length + 1); break;
            case "index offset 2^64 - 1": U64(16, ulong.MaxValue); U64(24, (ulong)b.Length + 1); break;
            case "index of 2^63 bytes": U64(24, 1UL << 63); break;
            case "cut short": return b[..^1];
            case "a byte more": return [.. b, 0];
            case "index checksum": b[^1] ^= 1; return b;
            case "one class": U32(IndexStart, 1); break;
            case "no pictures": U32(IndexStart + 4, 0); break;
            case "2^32 - 1 classes": U32(IndexStart, uint.MaxValue); break;
            case "2^32 - 1 pictures": U32(IndexStart + 4, uint.MaxValue); break;
            case "three pictures": U32(IndexStart + 4, 3); break;
            case "class name of 2^32 - 1 bytes": U32(ClassA, uint.MaxValue); break;
            case "empty class name": U32(ClassA, 0); break;
            case "class name not UTF-8": b[ClassA + 4] = 0xC0; break;
            case "two classes of one name": b[ClassB + 9] = b[ClassA + 9]; break;
            case "two pictures of one name": b.AsSpan(PictureA + 28, 12).CopyTo(b.AsSpan(PictureB + 28)); break;
            case "picture in the header": U64(PictureA, 63); break;
            case "picture in the index": U64(PictureA, 152 - 11); break;
            case "picture at 2^64 - 1": U64(PictureA, ulong.MaxValue); break;
            case "picture of no width": U32(PictureA + 8, 0); break;
            case "picture too narrow": U32(PictureA + 8, 1); break;
            case "picture of 2^32 - 1 rows": U32(PictureA + 12, uint.MaxValue); break;
            case "picture longer than four times": U32(PictureA + 12, 9); break;
            case "class out of range": U32(PictureA + 16, 2); break;
            case "bytes after the last entry": b = [.. b, 1, 2, 3]; U64(24, (ulong)(b.Length - IndexStart)); break;
            default: throw new ArgumentException(name);
        }

        return Sealed(b);

        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(b.AsSpan(at), value);
        void U64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(at), value);
    }

    /// <summary>Makes both checksums right.</summary>
    private static byte[] Sealed(byte[] bytes)
    {
        if (bytes.Length <= IndexStart) return bytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), Crc32C.Of(bytes.AsSpan(IndexStart)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), Crc32C.Of(bytes.AsSpan(0, 36)));
        return bytes;
    }
}
