using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class TopKTests
{
    [Theory]
    [InlineData(1, 1, 1, false)]
    [InlineData(3, 10, 1, true)]
    [InlineData(3, 10, 10, true)]
    [InlineData(2, 300, 5, true)]
    [InlineData(4, 1000, 5, false)]
    public void The_largest_scores_come_in_order_with_ties_by_index(int rows, int classes, int k, bool ties)
    {
        var x = ties ? Samples.WithTies((long)rows * classes, 71) : Samples.Uniform((long)rows * classes, 71);
        Check(x, rows, classes, k);
    }

    [Fact]
    public void NaN_comes_first_and_negative_infinity_last()
    {
        var x = Samples.Extreme(2 * 40, 72);
        Check(x, 2, 40, 40);
    }

    [Fact]
    public void Indices_alone_are_argmax()
    {
        Devices.ForEach(device =>
        {
            var indices = device.Output<int>(2, "indices");
            device.Run(TopKKernels.TopK(device.Upload([1f, 3, 3, -1, -5, -2], "x"), 0, indices, 2, 3, 1));
            Assert.Equal([1, 0], device.Download<int>(indices, 2));
        });
    }

    [Fact]
    public void More_places_than_classes_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TopKKernels.TopK(8, 8, 8, 1, 3, 4));

    private static void Check(float[] x, int rows, int classes, int k)
    {
        var indices = Enumerable.Range(0, rows)
            .SelectMany(r => Enumerable.Range(0, classes)
                .OrderByDescending(i => float.IsNaN(x[(r * classes) + i]) ? 1 : 0)
                .ThenByDescending(i => x[(r * classes) + i])
                .ThenBy(i => i)
                .Take(k))
            .ToArray();
        Devices.ForEach(device =>
        {
            var (values, places) = (device.Output<float>(rows * k, "values"), device.Output<int>(rows * k, "indices"));
            device.Run(TopKKernels.TopK(device.Upload(x, "x"), values, places, rows, classes, k));
            Assert.Equal(indices, device.Download<int>(places, rows * k));
            Compare.Same([.. indices.Select((index, i) => x[(i / k * classes) + index])], device.Download<float>(values, rows * k));
        });
    }
}
