using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PictureSetTests
{
    /// <summary>Ten one-coloured PPMs; the colour is the number.</summary>
    private static TempFolder TenPictures()
    {
        var folder = new TempFolder();
        for (int i = 0; i < 10; i++)
            folder.Add($"class{i / 4}/{i}.ppm", TestPictures.ToPpm(TestPictures.Make(6 + i, 9, (_, _) => (i, 2 * i, 100 + i))));
        return folder;
    }

    private static float[] Numbers(PictureSet set, long first, int batch)
    {
        int image = 3 * set.Size * set.Size;
        var data = new float[batch * image];
        set.CopyBatch(first, batch, data);
        return [.. Enumerable.Range(0, batch).Select(n => data[n * image])];
    }

    private sealed class Recorder : IProgress<PictureProgress>
    {
        public List<PictureProgress> Reports { get; } = [];

        public void Report(PictureProgress value) => Reports.Add(value);
    }

    [Fact]
    public void Batches_follow_the_sorted_files_and_wrap_around()
    {
        using TempFolder folder = TenPictures();
        PictureSet set = PictureSet.Load(folder.Path, 5, new PictureSetOptions { Mean = default });
        Assert.Equal((10, 5), (set.Count, set.Size));
        Assert.Empty(set.Skipped);
        Assert.Equal("0.ppm", Path.GetFileName(set.Paths[0]));
        Assert.Equal([0f, 1, 2, 3], Numbers(set, 0, 4));
        Assert.Equal([8f, 9, 0, 1], Numbers(set, 8, 4));
        Assert.Equal([3f, 4], Numbers(set, 1_000_000_003, 2));
        Assert.Equal([7f, 8], Numbers(set, long.MaxValue, 2));
        Assert.Equal(23, Numbers(set, 0, 23).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(37)]
    public void A_batch_is_what_the_decoder_and_the_transform_give(int size)
    {
        using var folder = new TempFolder();
        Picture[] pictures = [TestPictures.Pattern(40, 31), TestPictures.Pattern(50, 90)];
        folder.Add("a.ppm", TestPictures.ToPpm(pictures[0]));
        folder.Add("b.ppm", TestPictures.ToPpm(pictures[1]));
        PictureSet set = PictureSet.Load(folder.Path, size);
        int image = 3 * size * size;
        var expected = new float[2 * image];
        PictureTransform.ToPlanar(PictureTransform.ResizeAndCrop(pictures[0], size), RgbMean.ImageNet, expected.AsSpan(0, image));
        PictureTransform.ToPlanar(PictureTransform.ResizeAndCrop(pictures[1], size), RgbMean.ImageNet, expected.AsSpan(image));
        var actual = new float[2 * image];
        set.CopyBatch(0, 2, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Bad_pictures_are_skipped_and_listed_in_order()
    {
        using TempFolder folder = TenPictures();
        folder.Add("class0/1.ppm", "P6 6 9 255\nshort"u8);
        folder.Add("class1/z.jpg", "no picture"u8);
        foreach (int threads in new[] { 1, 4 })
        {
            PictureSet set = PictureSet.Load(folder.Path, 5, new PictureSetOptions { Mean = default, Threads = threads });
            Assert.Equal([0f, 2, 3, 4], Numbers(set, 0, 4));
            Assert.Equal(9, set.Paths.Count);
            Assert.Equal(["1.ppm", "z.jpg"], set.Skipped.Select(s => Path.GetFileName(s.Path)));
            Assert.Contains("cut short", set.Skipped[0].Reason, StringComparison.Ordinal);
            Assert.Contains("not a JPEG", set.Skipped[1].Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Nothing_but_bad_pictures_is_an_error_that_names_the_first()
    {
        using var folder = new TempFolder();
        folder.Add("a.png", ""u8);
        folder.Add("b.png", "x"u8);
        PictureException e = Assert.Throws<PictureException>(() => PictureSet.Load(folder.Path, 5));
        Assert.Equal($"{folder.Path}: none of its 2 pictures can be used; the first, a.png: the file is empty.", e.Message);
    }

    [Fact]
    public void A_limit_spreads_over_the_folder()
    {
        using TempFolder folder = TenPictures();
        PictureSet set = PictureSet.Load(folder.Path, 5, new PictureSetOptions { MaxPictures = 4, Mean = default });
        Assert.Equal([0f, 2, 5, 7], Numbers(set, 0, 4));
        Assert.Equal(10, PictureSet.Load(folder.Path, 5, new PictureSetOptions { MaxPictures = 11 }).Count);
    }

    [Fact]
    public void Progress_counts_every_picture()
    {
        using TempFolder folder = TenPictures();
        folder.Add("bad.png", "x"u8);
        var progress = new Recorder();
        PictureSet.Load(folder.Path, 5, new PictureSetOptions { Threads = 3 }, progress);
        Assert.Equal(Enumerable.Range(1, 11).Select(i => new PictureProgress(i, 11)), progress.Reports);
    }

    [Fact]
    public void Loading_can_be_cancelled()
    {
        using TempFolder folder = TenPictures();
        Assert.ThrowsAny<OperationCanceledException>(() => PictureSet.Load(folder.Path, 5, cancellationToken: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Copying_a_batch_allocates_nothing()
    {
        using TempFolder folder = TenPictures();
        PictureSet set = PictureSet.Load(folder.Path, 37);
        var data = new float[8 * 3 * 37 * 37];
        set.CopyBatch(0, 8, data);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            set.CopyBatch(8 * i, 8, data);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Impossible_arguments_are_refused()
    {
        using TempFolder folder = TenPictures();
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureSet.Load(folder.Path, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureSet.Load(folder.Path, 5, new PictureSetOptions { MaxPictures = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureSet.Load(folder.Path, 5, new PictureSetOptions { Threads = -1 }));
        PictureSet set = PictureSet.Load(folder.Path, 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.CopyBatch(-1, 1, new float[75]));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.CopyBatch(0, 0, []));
        Assert.Throws<ArgumentException>(() => set.CopyBatch(0, 1, new float[76]));
    }
}
