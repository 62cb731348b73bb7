using System.Buffers.Binary;
using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

public sealed class PackTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string PackPath => Path.Combine(_folder.Path, "pictures.pack");

    public void Dispose() => _folder.Dispose();

    private static Picture?[] Pictures() =>
        [TestPictures.Pattern(30, 20), TestPictures.Smooth(12, 40), null, TestPictures.Pattern(16, 16), TestPictures.Pattern(200, 18), TestPictures.Smooth(9, 8)];

    private sealed class Recorder : IProgress<PictureProgress>
    {
        public List<PictureProgress> Reports { get; } = [];

        public void Report(PictureProgress value) => Reports.Add(value);
    }

    [Fact]
    public void A_pack_has_the_pictures_scaled_the_classes_and_the_names()
    {
        using var data = new MemoryDataset(Pictures(), classes: 3);
        var progress = new Recorder();
        PackReport report = DatasetPack.Write(data, PackPath, 16, progress, TestContext.Current.CancellationToken);
        Assert.Equal(5, report.Written);
        Assert.Equal([new SkippedPicture("class2/2.png", "it is damaged.")], report.Skipped);
        Assert.Equal(new FileInfo(PackPath).Length, report.Bytes);
        Assert.Equal(Enumerable.Range(1, 6).Select(i => new PictureProgress(i, 6)), progress.Reports);
        Assert.Equal([PackPath], Directory.GetFiles(_folder.Path));

        using PackedDataset pack = PackedDataset.Open(PackPath);
        Assert.Equal((5, 16, PackPath), (pack.Count, pack.ShorterSide, pack.Location));
        Assert.Equal(data.ClassNames, pack.ClassNames);
        int[] kept = [0, 1, 3, 4, 5];
        for (int i = 0; i < kept.Length; i++)
        {
            Assert.Equal(data.NameOf(kept[i]), pack.NameOf(i));
            Assert.Equal(data.LabelOf(kept[i]), pack.LabelOf(i));
            PictureAssert.Close(PictureTransform.ResizeShorterSide(data.Load(kept[i], 0), 16), pack.Load(i, 16), 0);
        }

        Assert.Equal((24, 16), (pack.Load(0, 0).Width, pack.Load(0, 0).Height));
        Assert.Equal((16, 53), (pack.Load(1, 0).Width, pack.Load(1, 0).Height));
        Assert.Equal((64, 16), (pack.Load(3, 0).Width, pack.Load(3, 0).Height)); // the middle of what would be 178
        Assert.Throws<ArgumentOutOfRangeException>(() => pack.Load(5, 0));
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        using var data = new MemoryDataset([new Picture(1, 1, [1, 2, 3]), new Picture(2, 1, [4, 5, 6, 7, 8, 9])]);
        DatasetPack.Write(data, PackPath, 1, cancellationToken: TestContext.Current.CancellationToken);
        byte[] file = File.ReadAllBytes(PackPath);
        Assert.Equal("ALEXPACK"u8, file.AsSpan(0, 8));
        Assert.Equal([1u, 1u, 134u, 0u], Numbers(file.AsSpan(8, 16))); // version, shorter side, the index's offset
        Assert.Equal([1, 2, 3], file[64..67]);
        Assert.Equal([4, 5, 6, 7, 8, 9], file[128..134]);
        byte[] expected =
        [
            2, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0, .. "class0"u8, 6, 0, 0, 0, .. "class1"u8,
            64, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(Crc32C.Of([1, 2, 3])), 12, 0, 0, 0, .. "class0/0.png"u8,
            128, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, .. BitConverter.GetBytes(Crc32C.Of([4, 5, 6, 7, 8, 9])), 12, 0, 0, 0, .. "class1/1.png"u8,
        ];
        Assert.Equal(expected, file[134..]);

        static uint[] Numbers(ReadOnlySpan<byte> bytes)
        {
            var numbers = new uint[bytes.Length / 4];
            for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
            return numbers;
        }
    }

    [Fact]
    public void The_checksum_is_that_of_RFC_3720()
    {
        // Appendix B.4 of the RFC.
        byte[] rising = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Of(rising));
        Assert.Equal(0x113FDB5Cu, Crc32C.Of([.. Enumerable.Reverse(rising)]));
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8)); // the check value of the catalogue of CRCs
    }

    [Fact]
    public void A_pack_trains_with_the_very_bits_of_the_folder()
    {
        foreach (string name in new[] { "a/1", "a/2", "b/1", "b/2", "b/ü" })
            _folder.Add($"in/{name}.ppm", TestPictures.ToPpm(TestPictures.Pattern(20 + name.Length, 31)));
        using FolderDataset folder = FolderDataset.Open(Path.Combine(_folder.Path, "in"));
        DatasetPack.Write(folder, PackPath, 18, cancellationToken: TestContext.Current.CancellationToken);
        using PackedDataset pack = PackedDataset.Open(PackPath);
        var options = new LoaderOptions
        {
            Batch = 2, InputSize = 16, Preprocessing = Preprocessing.Caffe with { Resize = 18 }, Shuffle = true, Seed = 1,
            Augmentation = new Augmentation { Colours = PrincipalColours.ImageNet },
        };
        Same(folder, pack, options);
        Same(folder, folder, options);

        // Another size is scaled again: of the same pictures, but not the same pixels.
        using var loader = new BatchLoader(pack, [0, 1, 2, 3, 4], options with { Preprocessing = Preprocessing.Caffe with { Resize = 16 } });
        Assert.Equal(2, loader.Next(TestContext.Current.CancellationToken).Count);

        static void Same(ImageDataset one, ImageDataset other, LoaderOptions options)
        {
            using var a = new BatchLoader(one, [0, 1, 2, 3, 4], options);
            using var b = new BatchLoader(other, [0, 1, 2, 3, 4], options);
            for (int s = 0; s < 5; s++)
            {
                LoadedBatch x = a.Next(TestContext.Current.CancellationToken), y = b.Next(TestContext.Current.CancellationToken);
                Assert.Equal(x.Indices, y.Indices);
                Assert.Equal(x.Images, y.Images);
            }
        }
    }

    [Fact]
    public void A_split_by_folders_is_kept()
    {
        foreach (string name in new[] { "train/a/1", "train/b/1", "val/a/1", "val/b/2" }) _folder.Add($"in/{name}.ppm", TestPictures.ToPpm(TestPictures.Pattern(20, 31)));
        using FolderDataset folder = FolderDataset.Open(Path.Combine(_folder.Path, "in"));
        DatasetPack.Write(folder, PackPath, 8, cancellationToken: TestContext.Current.CancellationToken);
        using PackedDataset pack = PackedDataset.Open(PackPath);
        Assert.Equal([2, 3], DatasetSplit.ByFolders(pack)!.Validation);
    }

    [Fact]
    public void What_fails_leaves_nothing_behind()
    {
        using var bad = new MemoryDataset([null, null]);
        using var good = new MemoryDataset(Pictures());
        Refused(() => DatasetPack.Write(bad, PackPath, 16, cancellationToken: TestContext.Current.CancellationToken), "none of 2 pictures can be used");
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetPack.Write(good, PackPath, 16, cancellationToken: new CancellationToken(canceled: true)));
        Refused(() => DatasetPack.Write(good, _folder.Path, 16, cancellationToken: TestContext.Current.CancellationToken), "it is a folder");
        Refused(() => DatasetPack.Write(good, Path.Combine(_folder.Path, "no", "x"), 16, cancellationToken: TestContext.Current.CancellationToken), "no such folder");
        Assert.Throws<ArgumentOutOfRangeException>(() => DatasetPack.Write(good, PackPath, 0, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        static void Refused(Func<PackReport> write, string part) =>
            Assert.Contains(part, Assert.Throws<PictureException>(write).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pack_that_is_closed_while_it_is_used_is_an_error_and_no_crash()
    {
        using var data = new MemoryDataset(Pictures());
        DatasetPack.Write(data, PackPath, 16, cancellationToken: TestContext.Current.CancellationToken);
        PackedDataset pack = PackedDataset.Open(PackPath);
        using (pack.Borrow(0)) pack.Dispose(); // unmapped when the picture is given back
        Assert.Throws<ObjectDisposedException>(() => pack.Load(0, 0));
        File.Delete(PackPath);
    }
}
