using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class ReduceTests
{
    public static TheoryData<int, int, Storage> Sizes
    {
        get
        {
            var data = new TheoryData<int, int, Storage>();
            foreach (var storage in Enum.GetValues<Storage>())
            {
                foreach (var (count, skip) in new[] { (1, 0), (3, 0), (1024, 0), (1025, 0), (2049, 0), (5003, 0), (5003, 1), (storage == Storage.Float32 ? 40000 : 20003, 0) })
                {
                    data.Add(count, skip, storage);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sums_and_the_largest_magnitude_agree_with_double_precision(int count, int skip, Storage storage = Storage.Float32)
    {
        var x = Stored.Round(Samples.Uniform(count, 61), storage);
        (Reduction Kind, double Expected)[] cases =
        [
            (Reduction.Sum, x.Sum(v => (double)v)),
            (Reduction.SumOfSquares, x.Sum(v => (double)v * v)),
            (Reduction.SumOfMagnitudes, x.Sum(v => Math.Abs((double)v))),
            (Reduction.LargestMagnitude, x.Max(v => Math.Abs((double)v))),
        ];
        Devices.ForEach(device =>
        {
            var from = device.Upload(x, storage, "x", skip);
            foreach (var (kind, expected) in cases)
            {
                // A thread adds at most count / 1024 values in a row, then ten levels of a tree: 1e-7 of the sum of magnitudes.
                Compare.Close([expected], [Reduce(device, from, count, kind, storage)], 2e-6, 1e-7 * count);
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

    [Theory]
    [InlineData(Storage.Float32)]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void A_sum_has_the_same_bits_whatever_the_order_of_blocks_and_warps(Storage storage)
    {
        var x = Stored.Round(Samples.Uniform(6000, 62), storage);
        HashSet<float> results = [];
        Devices.ForEach(device => results.Add(Reduce(device, device.Upload(x, storage, "x"), x.Length, Reduction.Sum, storage)));
        Assert.Single(results);
    }

    [Theory]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void Squares_beyond_the_range_of_half_are_added_in_float_and_denormals_count(Storage storage)
    {
        var x = Stored.Round([.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 65504f : 6e-8f)], storage);
        Devices.ForEach(device =>
        {
            var from = device.Upload(x, storage, "x");
            Compare.Close([x.Sum(v => (double)v * v)], [Reduce(device, from, 100, Reduction.SumOfSquares, storage)], 2e-6, 0);
            Assert.Equal(x[0], Reduce(device, from, 100, Reduction.LargestMagnitude, storage));
            Compare.Close([x[1]], [Reduce(device, from + 2, 1, Reduction.Sum, storage)], 0, 0);
        });
    }

    [Theory]
    [InlineData(0, Storage.Float32)]
    [InlineData(1029, Storage.Float32)]
    [InlineData(2999, Storage.Float32)]
    [InlineData(2055, Storage.Float16)]
    [InlineData(2999, Storage.Float16)]
    [InlineData(2054, Storage.BFloat16)]
    public void NaN_reaches_every_reduction_from_anywhere(int place, Storage storage)
    {
        var x = Stored.Round(Samples.Uniform(3000, 63), storage);
        x[place] = float.NaN;
        Devices.ForEach(device =>
        {
            var from = device.Upload(x, storage, "x");
            foreach (var kind in Enum.GetValues<Reduction>())
            {
                Assert.True(float.IsNaN(Reduce(device, from, x.Length, kind, storage)), $"{kind}");
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

    [Theory]
    [InlineData(float.NaN, 0, 0, 1u)]
    [InlineData(float.NegativeInfinity, 4100, 0, 1u)]
    [InlineData(float.PositiveInfinity, 4102, 0, 1u)]
    [InlineData(float.PositiveInfinity, 4102, 1, 1u)]
    [InlineData(65504f, 1500, 0, 0u)]
    [InlineData(6e-8f, 7, 3, 0u)]
    public void The_scan_finds_infinities_and_NaN_of_16_bits(float value, int place, int skip, uint expected)
    {
        var x = Samples.Uniform(4103, 65);
        x[place] = value;
        Devices.ForEach(device =>
        {
            foreach (var storage in new[] { Storage.Float16, Storage.BFloat16 })
            {
                var state = device.Upload([new StepState(5, 0.1f, 2, 0)], "state");
                device.Run(ReduceKernels.NonfiniteScan(device.Upload(Stored.Round(x, storage), storage, "x", skip), x.Length, state, storage));
                Assert.Equal([new StepState(5, 0.1f, 2, expected)], device.Download<StepState>(state, 1));
            }
        });
    }

    private static float Reduce(KernelDevice device, ulong x, int count, Reduction kind, Storage storage = Storage.Float32)
    {
        var (workspace, result) = (device.Output<float>(ReduceKernels.WorkspaceFloats(count), "workspace"), device.Output<float>(1, "result"));
        device.Run(ReduceKernels.Reduce(x, workspace, result, count, kind, storage: storage));
        return device.Download<float>(result, 1)[0];
    }
}
