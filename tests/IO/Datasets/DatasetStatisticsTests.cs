using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

public class DatasetStatisticsTests
{
    private static DatasetStatistics Compute(ImageDataset data, int[] indices, int resize, int inputSize, int threads = 0) =>
        DatasetStatistics.Compute(data, indices, resize, inputSize, threads, cancellationToken: TestContext.Current.CancellationToken);

    [Fact]
    public void Averages_of_two_colours_are_known()
    {
        // (0, 10, 100) and (200, 30, 100), as many pixels of each: deviations 100, 10 and 0, red and green perfectly correlated.
        using var data = new MemoryDataset([TestPictures.Make(4, 4, (_, _) => (0, 10, 100)), TestPictures.Make(4, 4, (_, _) => (200, 30, 100)), TestPictures.Pattern(9, 9)]);
        DatasetStatistics statistics = Compute(data, [0, 1], 4, 2);
        Assert.Equal([100, 20, 100], statistics.Mean);
        Assert.Equal([100, 10, 0], statistics.Deviation);
        Assert.Equal(new double[,] { { 10_000, 1_000, 0 }, { 1_000, 100, 0 }, { 0, 0, 0 } }, statistics.Covariance);
        Assert.Equal((2, 0), (statistics.Pictures, statistics.Skipped.Count));

        // One component: along (100, 10, 0), of variance 10,100; its value is of pixels from 0 to 1.
        PrincipalColours colours = PrincipalColours.Of(statistics);
        Assert.Equal(10_100 / (255.0 * 255.0), colours.Values[0], 1e-12);
        Assert.Equal(0, colours.Values[1], 1e-12);
        Assert.Equal(10, colours.Vectors[0, 0] / colours.Vectors[1, 0], 1e-9);

        Preprocessing plain = Preprocessing.Plain(statistics, 4);
        Assert.Equal([100, 20, 100], plain.Mean);
        Assert.Equal([100, 10, 1], plain.Deviation);
        Assert.Equal([100f, 100, 100, 100, 20, 20, 20, 20, 100, 100, 100, 100], statistics.MeanImage(plain).Values.ToArray());
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits_and_bad_pictures_are_left_out()
    {
        using var data = new MemoryDataset([.. Enumerable.Range(0, 150).Select(i => i % 50 == 3 ? null : TestPictures.Pattern(8 + (i % 9), 9))]);
        int[] all = [.. Enumerable.Range(0, 150)];
        DatasetStatistics one = Compute(data, all, 8, 6, threads: 1), four = Compute(data, all, 8, 6, threads: 4);
        Assert.Equal(one.Mean, four.Mean);
        Assert.Equal(one.Covariance, four.Covariance);
        Assert.Equal(one.MeanImage(Preprocessing.Caffe).Values.ToArray(), four.MeanImage(Preprocessing.Caffe).Values.ToArray());
        Assert.Equal(147, four.Pictures);
        Assert.Equal(["class1/3.png", "class1/53.png", "class1/103.png"], four.Skipped.Select(s => s.Path));
    }

    [Fact]
    public void Nothing_to_average_is_an_error()
    {
        using var data = new MemoryDataset([null, null, TestPictures.Pattern(8, 8)]);
        Assert.Contains("none of 2 pictures", Assert.Throws<PictureException>(() => Compute(data, [0, 1], 8, 8)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Compute(data, [], 8, 8));
        Assert.Throws<ArgumentException>(() => Compute(data, [2], 8, 9));
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetStatistics.Compute(data, [2], 8, 8, cancellationToken: new CancellationToken(canceled: true)));
    }
}
