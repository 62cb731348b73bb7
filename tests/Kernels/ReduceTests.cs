using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class ReduceTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(1024, 0)]
    [InlineData(1025, 0)]
    [InlineData(5003, 0)]
    [InlineData(5003, 1)]
    [InlineData(40000, 0)]
    public void Sums_and_the_largest_magnitude_agree_with_double_precision(int count, int skip)
    {
        var x = Samples.Uniform(count, 61);
        (Reduction Kind, double Expected)[] cases =
        [
            (Reduction.Sum, x.Sum(v => (double)v)),
            (Reduction.SumOfSquares, x.Sum(v => (double)v * v)),
            (Reduction.SumOfMagnitudes, x.Sum(v => Math.Abs((double)v))),
            (Reduction.LargestMagnitude, x.Max(v => Math.Abs((double)v))),
        ];
        Devices.ForEach(device =>
        {
            var from = device.Upload(x, "x", skip);
            foreach (var (kind, expected) in cases)
            {
                // A thread adds at most count / 1024 values in a row, then ten levels of a tree: 1e-7 of the sum of magnitudes.
                Compare.Close([expected], [Reduce(device, from, count, kind)], 2e-6, 1e-7 * count);
            }
        });
    }

    [Fact]
    public void The_norm_is_the_root_of_the_sum_of_squares()
    {
        Devices.ForEach(device =>
        {
            var (workspace, result) = (device.Output<float>(1, "workspace"), device.Output<float>(1, "result"));
            device.Run(ReduceKernels.Reduce(device.Upload([3f, 4], "x"), workspace, result, 2, Reduction.SumOfSquares, 1, root: true));
            Assert.Equal([5f], device.Download<float>(result, 1));
        });
    }

    [Fact]
    public void A_sum_has_the_same_bits_whatever_the_order_of_blocks_and_warps()
    {
        var x = Samples.Uniform(6000, 62);
        HashSet<float> results = [];
        Devices.ForEach(device => results.Add(Reduce(device, device.Upload(x, "x"), x.Length, Reduction.Sum)));
        Assert.Single(results);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1029)]
    [InlineData(2999)]
    public void NaN_reaches_every_reduction_from_anywhere(int place)
    {
        var x = Samples.Uniform(3000, 63);
        x[place] = float.NaN;
        Devices.ForEach(device =>
        {
            var from = device.Upload(x, "x");
            foreach (var kind in Enum.GetValues<Reduction>())
            {
                Assert.True(float.IsNaN(Reduce(device, from, x.Length, kind)), $"{kind}");
            }
        });
    }

    [Theory]
    [InlineData(float.NaN, 0, 0, 1u)]
    [InlineData(float.NegativeInfinity, 2100, 0, 1u)]
    [InlineData(float.PositiveInfinity, 2102, 1, 1u)]
    [InlineData(float.MaxValue, 1500, 0, 0u)]
    [InlineData(float.Epsilon, 7, 3, 0u)]
    public void The_scan_sets_the_flag_for_infinities_and_NaN_alone(float value, int place, int skip, uint expected)
    {
        var x = Samples.Uniform(2103, 64);
        x[place] = value;
        Devices.ForEach(device =>
        {
            var state = device.Upload([new StepState(5, 0.1f, 2, 0)], "state");
            device.Run(ReduceKernels.NonfiniteScan(device.Upload(x, "x", skip), x.Length, state));
            Assert.Equal([new StepState(5, 0.1f, 2, expected)], device.Download<StepState>(state, 1));
        });
    }

    private static float Reduce(KernelDevice device, ulong x, int count, Reduction kind)
    {
        var (workspace, result) = (device.Output<float>(ReduceKernels.WorkspaceFloats(count), "workspace"), device.Output<float>(1, "result"));
        device.Run(ReduceKernels.Reduce(x, workspace, result, count, kind));
        return device.Download<float>(result, 1)[0];
    }
}
