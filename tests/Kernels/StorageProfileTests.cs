using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>The meters' verdict on kernels over elements of two bytes, at the size of alexnet-same's conv5 and fc6.</summary>
public sealed class StorageProfileTests
{
    private const int Batch = 16;
    private static readonly ImageShape s_conv = new(Batch, 256, 169);
    private static readonly ImageShape s_full = new(64, 4096, 1);

    /// <summary>Operation, the most bytes of L2 and of memory over the least, the least use of the requests' sectors.</summary>
    public static TheoryData<string, double, double, double> Operations => new()
    {
        { "bias_relu_forward nchw", 1.02, 1, 0.8 },
        { "bias_relu_forward nhwc", 1.035, 1, 0.8 },      // a block reads its channels' biases for 32 rows
        { "bias_relu_forward fc", 1.02, 1, 0.8 },
        { "bias_relu_backward nchw", 1.02, 1, 0.8 },
        { "bias_relu_backward nhwc", 1.02, 1.02, 0.8 },   // partial sums; a smaller part where there are more rows
        { "bias_relu_backward fc", 1.02, 1, 0.8 },
        { "relu_backward", 1.02, 1, 0.8 },
        { "dropout", 1.02, 1, 0.8 },
        { "dropout nhwc", 1.02, 1, 0.8 },
        { "sgd", 1.02, 1, 0.8 },
        { "sgd_to", 1.02, 1, 0.8 },
        { "reduce_partial", 1.02, 1, 0.8 },
        { "nonfinite_scan", 1.02, 1, 0.8 },
        { "to_nhwc", 1.15, 1, 0.75 },                     // planes of 169 elements start anywhere in a sector
        { "average_pool_forward nhwc", 1.3, 1, 0.8 },     // windows overlap
        { "average_pool_backward nhwc", 1.5, 1, 0.8 },
        { "image nhwc", 1.02, 1, 0.15 },                  // bytes are read one by one, from the nearest cache
        { "image nchw", 1.1, 1, 0.3 },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Kernels_over_two_bytes_move_hardly_more_than_they_must(string operation, double l2, double dram, double requests)
    {
        var row = KernelProfile.Measure(new ProfileCase("alexnet-same", "conv5", operation, new ProfileTarget(l2, dram), memory => Launches(operation, memory)));
        Assert.True(row.MeetsTarget, $"L2 {row.L2Ratio:f3}, DRAM {row.DramRatio:f3}");
        Assert.True(row.DramRatio >= 0.999, "fewer bytes than the least possible: the least is stated wrongly");
        Assert.InRange(row.RequestUse, requests, 1);
    }

    private static IReadOnlyList<KernelLaunch> Launches(string operation, ProfileMemory memory)
    {
        const Storage Half = Storage.Float16;
        var layout = operation.EndsWith("nhwc", StringComparison.Ordinal) ? Layout.Nhwc : Layout.Nchw;
        var shape = operation.EndsWith("fc", StringComparison.Ordinal) ? s_full : s_conv;
        var count = shape.Count;
        var pool = new PoolShape(Batch * 256, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
        var picture = new PictureShape(2, 3, 256, 256, 224, 224, 227, 227);
        ulong Tensor() => memory(2 * count);
        ulong Floats(long floats) => memory(4 * floats);
        return operation.Split(' ')[0] switch
        {
            "bias_relu_forward" => [BiasReluKernels.Forward(Tensor(), Floats(shape.Channels), Tensor(), shape, true, Half, layout)],
            "bias_relu_backward" => BiasReluKernels.Backward(
                Tensor(), Tensor(), Tensor(), Floats(shape.Channels), Floats(BiasReluKernels.WorkspaceFloats(shape, Half, layout) + 1), shape, Half, layout),
            "relu_backward" => [BiasReluKernels.ReluBackward(Tensor(), Tensor(), Tensor(), count, Half)],
            "dropout" => [DropoutKernels.Dropout(Tensor(), Tensor(), shape, 0.5f, 1, 2, memory(20), Half, layout)],
            "sgd" => [SgdKernels.Update(Floats(count), Floats(count), Tensor(), count, 0.9f, 0, memory(20), Half, Tensor(), Half)],
            "sgd_to" => [SgdKernels.Update(Floats(count), Floats(count), Floats(count), count, 0.9f, 0, memory(20), Storage.Float32, Tensor(), Half)],
            "reduce_partial" => ReduceKernels.Reduce(Tensor(), Floats(1024), Floats(1), count, Reduction.SumOfSquares, storage: Half),
            "nonfinite_scan" => [ReduceKernels.NonfiniteScan(Tensor(), count, memory(20), Half)],
            "to_nhwc" => [LayoutKernels.ToNhwc(Tensor(), Tensor(), shape, Half)],
            "average_pool_forward" => [AveragePoolKernels.Forward(Tensor(), memory(2L * pool.Planes * 36), pool, false, Half, layout, Batch)],
            "average_pool_backward" => [AveragePoolKernels.Backward(memory(2L * pool.Planes * 36), Tensor(), pool, false, Half, layout, Batch)],
            "image" => [LayoutKernels.Picture(memory(2 * 256 * 256 * 3), false, 0, Floats(3), Floats(3), memory(2 * 227 * 227 * 3 * 2), picture, Half, layout)],
            _ => throw new ArgumentException(operation),
        };
    }
}
