using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>The meters' verdict on traffic: the smaller half of the table in docs/profiling-kernels.md; the command prints all of it.</summary>
public sealed class ProfileTests
{
    [Theory]
    [InlineData("conv5", "bias_relu_forward")]
    [InlineData("conv5", "bias_relu_backward")]
    [InlineData("conv5", "max_pool_forward")]
    [InlineData("conv5", "max_pool_backward")]
    [InlineData("conv2", "lrn_forward")]
    [InlineData("fc6", "dropout")]
    [InlineData("fc6", "relu_backward")]
    public void An_operation_of_alexnet_same_at_batch_32_moves_hardly_more_than_it_must(string layer, string operation)
    {
        var row = Measure(32, layer, operation);
        Assert.NotNull(row.Case.Target);
        Assert.True(row.MeetsTarget, $"L2 {row.L2Ratio:f3}, DRAM {row.DramRatio:f3}");
        Assert.True(row.DramRatio >= 0.999, "fewer bytes than the least possible: the least is stated wrongly");
        Assert.InRange(row.BlockUse, 0.9, 1);
        Assert.InRange(row.RequestUse, 0.8, 1);
        Assert.True(row.Launches[0].Grid.Count >= 108, "too few blocks for a large GPU");
    }

    [Theory]
    [InlineData("conv1", 0.97)]
    [InlineData("conv2", 0.96)]     // planes of an odd number of elements: some of a thread's lie in two of them
    [InlineData("conv5", 0.94)]
    [InlineData("fc6", 0.99)]
    public void Biases_take_few_requests(string layer, double requests)
    {
        var row = Measure(8, layer, "bias_relu_forward");
        Assert.InRange(row.RequestUse, requests, 1);
    }

    [Fact]
    public void The_biases_of_a_fully_connected_layer_are_read_once()
    {
        var row = Measure(32, "fc6", "bias_relu_forward");
        Assert.True(row.MeetsTarget, $"L2 {row.L2Ratio:f3}, DRAM {row.DramRatio:f3}");
        Assert.Equal(64, row.Launches[0].Grid.Count);
    }

    [Theory]
    [InlineData("alexnet-same", "conv1")]
    [InlineData("alexnet-same", "conv2")]
    [InlineData("alexnet-same", "conv5")]
    [InlineData("alexnet-valid", "conv1")]
    [InlineData("alexnet-valid", "conv2")]
    [InlineData("alexnet-2012", "conv1")]
    public void Max_pool_takes_few_passes_over_shared_memory(string network, string layer)
    {
        var row = Measure(8, layer, "max_pool_forward", network);
        Assert.InRange(row.SharedWavefronts, 1, 1.25);
    }

    [Theory]
    [InlineData(Storage.Float16, Layout.Nchw, "max_pool_forward")]
    [InlineData(Storage.BFloat16, Layout.Nhwc, "max_pool_backward")]
    public void So_does_one_in_16_bits(Storage storage, Layout layout, string operation)
    {
        var row = KernelProfile.Measure(
            ProfileCase.All(32, storage, layout).Single(one => (one.Network, one.Layer, one.Operation) == ("alexnet-same", "conv5", operation)));
        Assert.True(row.MeetsTarget, $"L2 {row.L2Ratio:f3}, DRAM {row.DramRatio:f3}");
        Assert.True(row.DramRatio >= 0.999, "fewer bytes than the least possible: the least is stated wrongly");
        Assert.InRange(row.RequestUse, 0.8, 1);
    }

    [Theory]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void Vectors_in_shared_memory_are_moved_whole(Storage storage)
    {
        var row = KernelProfile.Measure(ProfileCase.All(2, storage, Layout.Nhwc)
            .Single(one => (one.Network, one.Layer, one.Operation) == ("alexnet-same", "conv2", "fused_forward")));
        Assert.InRange(row.SharedWavefronts, 1, 1.25);
    }

    [Fact]
    public void Twice_the_traffic_misses_the_target()
    {
        // The layer's backward pass, held to the bytes of a launch half as large.
        var one = ProfileCase.All(4).Single(one => (one.Network, one.Layer, one.Operation) == ("alexnet-same", "conv5", "max_pool_backward"));
        var row = KernelProfile.Measure(one with
        {
            Launches = memory => [.. one.Launches(memory).Select(launch => launch with { LeastRead = launch.LeastRead / 2, LeastWritten = launch.LeastWritten / 2 })],
        });
        Assert.False(row.MeetsTarget);
        Assert.InRange(row.DramRatio, 1.99, 2.05);
    }

    [Fact]
    public void A_predicted_time_is_that_of_the_slowest_part_and_the_launch()
    {
        var gpu = GpuModel.Find("a100")!;
        Assert.Equal(2.5, gpu.PredictMicroseconds(0, 0, 0), 1e-9);
        Assert.Equal(2.5 + (1555e6 / 1555e3), gpu.PredictMicroseconds(1_555_000_000, 0, 0), 1e-6);
        Assert.True(gpu.PredictMicroseconds(0, 0, 1_000_000_000) > gpu.PredictMicroseconds(0, 0, 500_000_000));
        Assert.Equal(2.5 + (2 * (gpu.PredictMicroseconds(0, 0, 1_000_000_000, 108) - 2.5)), gpu.PredictMicroseconds(0, 0, 2_000_000_000, 216), 1e-6);
        Assert.True(gpu.PredictMicroseconds(0, 0, 1_000_000_000, 109) > gpu.PredictMicroseconds(0, 0, 1_000_000_000, 216));
        Assert.Null(GpuModel.Find("no such GPU"));
        Assert.Equal(GpuModel.Known.Count, GpuModel.Known.Select(one => one.Name).Distinct().Count());
    }

    [Fact]
    public void Least_traffic_counts_what_windows_cover_and_no_more()
    {
        // 56 rows, of which VALID windows of 3 at stride 2 cover 55; five bytes an output.
        var launch = MaxPoolKernels.Forward(8, 8, 8, new PoolShape(1, 56, 56, 27, 27, 3, 3, 2, 2, 0, 0));
        Assert.Equal((4 * 55 * 55, 5 * 27 * 27), (launch.LeastRead, launch.LeastWritten));
    }

    private static ProfileRow Measure(int batch, string layer, string operation, string network = "alexnet-same") =>
        KernelProfile.Measure(ProfileCase.All(batch).Single(one => (one.Network, one.Layer, one.Operation) == (network, layer, operation)));
}
