using System.Buffers.Binary;
using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.KernelTools;

/// <summary>
/// At least one launch of every kernel that ships, for checks that hold for all of them. Its pointers are the numbers of buffers, to be replaced by addresses
/// with <see cref="Bind"/>.
/// </summary>
internal static class Catalogue
{
    /// <summary>The pointer that stands for the first buffer; the next ones follow.</summary>
    internal const ulong First = 1;

    /// <summary>How many buffers there are.</summary>
    internal const int Buffers = 6;

    /// <summary>Words of 4 bytes of a buffer.</summary>
    internal const int Words = 40_000;

    /// <summary>The pointer that stands for the state of a step.</summary>
    internal const ulong State = First + Buffers;

    private static readonly (Storage Storage, Layout Layout)[] s_sixteenBits =
    [
        (Storage.Float16, Layout.Nchw), (Storage.BFloat16, Layout.Nchw), (Storage.Float16, Layout.Nhwc), (Storage.BFloat16, Layout.Nhwc),
    ];

    /// <summary>The launch with its pointers bound to the buffers' addresses, the state's last.</summary>
    internal static KernelLaunch Bind(KernelLaunch launch, IReadOnlyList<ulong> addresses) => launch with
    {
        Arguments = [.. launch.Arguments.Select(argument =>
            argument.IsPointer && BinaryPrimitives.ReadUInt64LittleEndian(argument.Bytes.Span) is var number and >= First and <= State
                ? KernelArgument.Pointer(addresses[(int)(number - First)])
                : argument)],
    };

    /// <summary>The launches, with numbers for pointers.</summary>
    internal static IEnumerable<KernelLaunch> Launches()
    {
        const ulong P = First, Q = P + 1, R = P + 2, S = P + 3, T = P + 4, U = P + 5;
        var shape = new ImageShape(2, 12, 49);
        yield return AveragePoolKernels.Forward(P, Q, new PoolShape(9, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0), countPadding: false);
        yield return AveragePoolKernels.Backward(P, Q, new PoolShape(9, 13, 13, 7, 7, 3, 3, 2, 2, 1, 1), countPadding: true);
        yield return BiasReluKernels.Forward(P, Q, R, shape, relu: true);
        yield return BiasReluKernels.Forward(P, Q, R, new ImageShape(16, 70, 1), relu: true);
        yield return BiasReluKernels.ReluBackward(P, Q, R, 1001);
        foreach (var launch in BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(16, 5, 49)).Concat(BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(16, 70, 1))))
        {
            yield return launch;
        }

        yield return DropoutKernels.Dropout(P, Q, 1001, 0.5f, 7, 8, State);
        yield return FillKernels.Constant(P, 999, 0.5f);
        yield return FillKernels.Uniform(P, 999, -1, 1, 5, 6);
        yield return FillKernels.Normal(P, 999, 0, 1, 5, 6);
        yield return FillKernels.TruncatedNormal(P, 999, 0, 1, 5, 6);
        foreach (var format in new[] { Storage.Float16, Storage.BFloat16 })
        {
            yield return LayoutKernels.FromFloat(P, Q, 1003, format);
            yield return LayoutKernels.ToFloat(P, Q, 1003, format);
        }

        yield return LayoutKernels.Picture(P, floats: true, 0, Q, R, S, new PictureShape(2, 3, 9, 9, 8, 7, 9, 10));
        yield return LayoutKernels.Picture(P, floats: false, 0, Q, R, S, new PictureShape(2, 3, 9, 9, 8, 7, 9, 10));
        yield return LayoutKernels.ToNhwc(P, Q, shape);
        yield return LossKernels.L2Backward(P, Q, 1001, State);
        yield return LossKernels.SoftmaxForward(P, Q, R, S, 3, 300);
        yield return LossKernels.CrossEntropyBackward(P, Q, R, 3, 300, State);
        yield return LossKernels.SoftmaxBackward(P, Q, R, 3, 300);
        foreach (var launch in ReduceKernels.Reduce(P, Q, R, 5000, Reduction.SumOfSquares).Concat(ReduceKernels.Reduce(P, Q, R, 5000, Reduction.LargestMagnitude)))
        {
            yield return launch;
        }

        yield return ReduceKernels.NonfiniteScan(P, 5000, State);
        yield return SgdKernels.Update(P, Q, R, 1001, 0.9f, 0.1f, State);
        yield return SgdKernels.UpdateLossScale(State, P, 2000, 16777216);
        yield return TopKKernels.TopK(P, Q, R, 3, 300, 4);
        var pool = new PoolShape(24, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
        yield return MaxPoolKernels.Backward(P, Q, R, new PoolShape(20, 13, 13, 12, 12, 2, 2, 1, 1, 0, 0));
        foreach (var one in new[] { pool, pool with { KernelY = 2, KernelX = 2 }, pool with { KernelY = 5, KernelX = 5, OutHeight = 5, OutWidth = 5 } })
        {
            yield return MaxPoolKernels.Forward(P, Q, R, one);
            yield return MaxPoolKernels.Backward(P, Q, R, one);
        }

        foreach (var radius in new[] { 2, 4, 5, 3 })
        {
            var lrn = new LrnParameters(radius, 1, 0.1f, 0.75f);
            yield return LrnKernels.Forward(P, Q, shape, lrn);
            yield return LrnKernels.Backward(P, Q, R, shape, lrn);
            if (FusedKernels.Supports(pool, lrn))
            {
                yield return FusedKernels.Forward(P, Q, R, S, 2, pool, lrn, relu: true);
                yield return FusedKernels.Backward(P, Q, R, S, T, U, U, 2, pool, lrn, relu: true)[0];
            }
        }

        yield return LrnKernels.Forward(P, Q, shape, new LrnParameters(2, 1, 0.1f, 0.6f));
        var margin = new Margin(9, 11, 1, 0, 1, 2);
        yield return PadKernels.FromFloat(P, Q, 2, 3, margin);
        foreach (var storage in new[] { Storage.Float16, Storage.BFloat16 })
        {
            yield return PadKernels.FromFloat(P, Q, 2, 3, margin, storage);
            yield return PadKernels.FromFloat(P, Q, 2, 3, margin, storage, Layout.Nhwc);
        }

        var blocks = new Margin(9, 10, 1, 0, 2, 2);
        foreach (var (storage, layout) in s_sixteenBits.Prepend((Storage.Float32, Layout.Nchw)))
        {
            yield return SpaceToDepthKernels.ToDepth(P, Q, 2, 3, blocks, 4, storage, layout);
            yield return SpaceToDepthKernels.ToSpace(P, Q, 2, 3, blocks, 4, storage, layout);
        }

        foreach (var storage in new[] { Storage.Float32, Storage.Float16 })
        {
            yield return PadKernels.Pad(P, Q, 5, margin, 1, storage);
            yield return PadKernels.Crop(P, Q, 5, margin, 1, storage);
        }

        yield return LrnKernels.Forward(P, Q, shape, new LrnParameters(3, 1, 0.1f, 8));
        yield return LrnKernels.Forward(P, Q, new ImageShape(2, 300, 5), new LrnParameters(200, 1, 0.1f, 0.75f));
        yield return LrnKernels.Backward(P, Q, R, new ImageShape(2, 300, 5), new LrnParameters(70, 1, 0.1f, 0.75f));
        foreach (var (storage, layout) in s_sixteenBits)
        {
            foreach (var one in new[] { pool, pool with { KernelY = 2, KernelX = 2 }, pool with { KernelY = 5, KernelX = 5, OutHeight = 5, OutWidth = 5 } })
            {
                yield return MaxPoolKernels.Forward(P, Q, R, one, storage, layout, 2);
                yield return MaxPoolKernels.Backward(P, Q, R, one, storage, layout, 2);
            }

            yield return MaxPoolKernels.Backward(P, Q, R, new PoolShape(20, 13, 13, 12, 12, 2, 2, 1, 1, 0, 0), storage, layout, 2);
            foreach (var radius in new[] { 2, 4, 5, 3 })
            {
                var lrn = new LrnParameters(radius, 1, 0.1f, 0.75f);
                yield return LrnKernels.Forward(P, Q, shape, lrn, storage, layout);
                yield return LrnKernels.Backward(P, Q, R, shape, lrn, storage, layout);
                if (FusedKernels.Supports(pool, lrn, storage, layout))
                {
                    yield return FusedKernels.Forward(P, Q, R, S, 2, pool, lrn, relu: true, storage, layout);
                    yield return FusedKernels.Backward(P, Q, R, S, T, U, U, 2, pool, lrn, relu: true, storage, layout)[0];
                }
            }
        }

        foreach (var launch in new[] { Storage.Float16, Storage.BFloat16 }.SelectMany(SixteenBits))
        {
            yield return launch;
        }
    }

    // What the kernels of one storage of two bytes are launched by, in both layouts.
    private static IEnumerable<KernelLaunch> SixteenBits(Storage storage)
    {
        const ulong P = First, Q = P + 1, R = P + 2, S = P + 3, T = P + 4;
        foreach (var layout in Enum.GetValues<Layout>())
        {
            var shape = new ImageShape(2, 16, 49);
            var pool = new PoolShape(32, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
            yield return AveragePoolKernels.Forward(P, Q, pool, false, storage, layout, 2);
            yield return AveragePoolKernels.Backward(P, Q, pool, true, storage, layout, 2);
            yield return BiasReluKernels.Forward(P, Q, R, shape, true, storage, layout);
            foreach (var launch in BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(32, 16, 100), storage, layout))
            {
                yield return launch;
            }

            yield return DropoutKernels.Dropout(P, Q, shape, 0.5f, 7, 8, State, storage, layout);
            yield return LayoutKernels.Picture(P, floats: true, 0, Q, R, S, new PictureShape(2, 3, 9, 9, 8, 7, 9, 10), storage, layout);
            yield return LayoutKernels.Picture(P, floats: false, 0, Q, R, S, new PictureShape(2, 3, 9, 9, 8, 7, 9, 10), storage, layout);
        }

        yield return BiasReluKernels.ReluBackward(P, Q, R, 1001, storage);
        yield return LayoutKernels.ToNhwc(P, Q, new ImageShape(2, 12, 49), storage);
        yield return LossKernels.SoftmaxForward(P, Q, R, S, 3, 300, storage);
        yield return LossKernels.CrossEntropyBackward(P, Q, R, 3, 300, State, storage);
        yield return LossKernels.SoftmaxBackward(P, Q, R, 3, 300, storage);
        yield return ReduceKernels.Reduce(P, Q, R, 5000, Reduction.SumOfSquares, storage: storage)[0];
        yield return ReduceKernels.NonfiniteScan(P, 5000, State, storage);
        yield return SgdKernels.Update(P, Q, R, 1001, 0.9f, 0.1f, State, storage, S, storage);
        yield return SgdKernels.Update(P, Q, R, 1001, 0.9f, 0.1f, State, Storage.Float32, S, storage);
    }
}
