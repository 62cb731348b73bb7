using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>What a handle of the simulated cuDNN stands for.</summary>
internal sealed class HandleState(SimulatedGpu gpu)
{
    /// <summary>The GPU whose context was current when the handle was made.</summary>
    internal SimulatedGpu Gpu { get; } = gpu;

    /// <summary>Where its work goes: the default stream until told otherwise.</summary>
    internal CUstream Stream { get; set; }
}

/// <summary>Behind a tensor descriptor; nothing in it until it is set.</summary>
internal sealed class TensorState
{
    internal TensorShape? Shape { get; set; }
}

/// <summary>Behind a filter descriptor: a class of its own, so that one handed in for the other is found.</summary>
internal sealed class FilterState
{
    internal TensorShape? Shape { get; set; }
}

/// <summary>Behind a convolution descriptor.</summary>
internal sealed class ConvolutionState
{
    internal ConvolutionShape? Shape { get; set; }

    // These two have defaults from the descriptor's making on, and setting the rest leaves them.
    internal int Groups { get; set; } = 1;

    internal CudnnMathType MathType { get; set; } = CudnnMathType.DefaultMath;
}

/// <summary>Behind an activation descriptor.</summary>
internal sealed class ActivationState
{
    internal (CudnnActivationMode Mode, CudnnNanPropagation Nan)? Value { get; set; }
}

/// <summary>A packed tensor, or filters (N outputs of C inputs each).</summary>
internal readonly record struct TensorShape(CudnnDataType Type, CudnnTensorFormat Format, int N, int C, int H, int W)
{
    internal long Count => (long)N * C * H * W;

    internal ElementKind Kind => Type switch
    {
        CudnnDataType.Half => ElementKind.Float16,
        CudnnDataType.BFloat16 => ElementKind.BFloat16,
        _ => ElementKind.Float32,
    };

    internal int ElementBytes => Kind.Size();

    internal long Bytes => Count * ElementBytes;

    public override string ToString() => $"{Type} {Format} {N}x{C}x{H}x{W}";
}

/// <summary>What a convolution descriptor says.</summary>
internal readonly record struct ConvolutionShape(
    int PadY,
    int PadX,
    int StrideY,
    int StrideX,
    int DilationY,
    int DilationX,
    CudnnConvolutionMode Mode,
    CudnnDataType ComputeType,
    int Groups,
    CudnnMathType MathType)
{
    /// <summary>The documented size of the output's rows; not positive where the filter does not fit.</summary>
    internal int OutputHeight(int input, int filter) => Output(input, filter, PadY, StrideY, DilationY);

    /// <summary>The documented size of the output's columns.</summary>
    internal int OutputWidth(int input, int filter) => Output(input, filter, PadX, StrideX, DilationX);

    public override string ToString() =>
        $"pad {PadY},{PadX} stride {StrideY},{StrideX} dilation {DilationY},{DilationX} groups {Groups} {Mode} {ComputeType} {MathType}";

    private static int Output(int input, int filter, int pad, int stride, int dilation)
    {
        long room = input + (2L * pad) - (((filter - 1L) * dilation) + 1);
        return room < 0 ? 0 : (int)(1 + (room / stride));
    }
}
