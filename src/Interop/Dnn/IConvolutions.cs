using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>How exact a convolution is to be. Sums are float32 in each.</summary>
public enum ConvolutionMath
{
    /// <summary>float32 throughout: no product is rounded to fewer bits.</summary>
    Float32,

    /// <summary>float32 whose products may be of TF32's 11 bits, where the GPU has it.</summary>
    TensorFloat32,

    /// <summary>16-bit inputs and outputs, on tensor cores where the GPU has them.</summary>
    TensorCores,
}

/// <summary>What is computed of a convolution.</summary>
public enum ConvolutionPass
{
    /// <summary>y = x * w.</summary>
    Forward,

    /// <summary>y = relu(x * w + bias) in one.</summary>
    ForwardBiasRelu,

    /// <summary>The input's gradient, of the output's and the filters.</summary>
    BackwardData,

    /// <summary>The filters' gradient, of the input and the output's gradient.</summary>
    BackwardFilter,
}

/// <summary>A convolution with its shape, types and precision; padding is the same at both ends.</summary>
public sealed record ConvolutionProblem
{
    /// <summary>Pictures in the batch.</summary>
    public required int Images { get; init; }

    /// <summary>Channels of the input, of all groups.</summary>
    public required int Channels { get; init; }

    /// <summary>Rows of the input.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the input.</summary>
    public required int Width { get; init; }

    /// <summary>Filters, of all groups: the channels of the output.</summary>
    public required int Filters { get; init; }

    /// <summary>Rows of a filter.</summary>
    public required int KernelHeight { get; init; }

    /// <summary>Columns of a filter.</summary>
    public required int KernelWidth { get; init; }

    /// <summary>Rows of zeros above and below the input.</summary>
    public int PadY { get; init; }

    /// <summary>Columns of zeros left and right of the input.</summary>
    public int PadX { get; init; }

    /// <summary>Rows from one position of a filter to the next.</summary>
    public int StrideY { get; init; } = 1;

    /// <summary>Columns from one position of a filter to the next.</summary>
    public int StrideX { get; init; } = 1;

    /// <summary>Groups of channels that are convolved apart.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>The type of inputs, filters, outputs, biases and their gradients.</summary>
    public CudnnDataType Type { get; init; } = CudnnDataType.Float;

    /// <summary>The order of the dimensions, in memory, of inputs and outputs, and likewise of the filters.</summary>
    public CudnnTensorFormat Layout { get; init; } = CudnnTensorFormat.Nchw;

    /// <summary>How exact it is to be.</summary>
    public ConvolutionMath Math { get; init; } = ConvolutionMath.Float32;

    /// <summary>Rows of the output.</summary>
    public int OutputHeight => ((Height + (2 * PadY) - KernelHeight) / StrideY) + 1;

    /// <summary>Columns of the output.</summary>
    public int OutputWidth => ((Width + (2 * PadX) - KernelWidth) / StrideX) + 1;

    /// <summary>The problem in a line, for messages.</summary>
    public override string ToString() =>
        $"{Images} x {Channels} x {Height} x {Width} with {Filters} filters of {KernelHeight} x {KernelWidth}, "
        + $"padding {PadY}, {PadX}, stride {StrideY}, {StrideX}, {Groups} group(s), {Type}, {Layout}, {Math}";
}

/// <summary>A way of computing a pass.</summary>
/// <param name="Name">The algorithm's name.</param>
/// <param name="Number">The library's number for it.</param>
/// <param name="MathType">The precision it takes.</param>
/// <param name="WorkspaceBytes">Device memory it needs beside its operands.</param>
/// <param name="IsDeterministic">Whether it gives the same bits every time.</param>
/// <param name="Milliseconds">The time it took when it was measured, or null where it was not.</param>
public sealed record ConvolutionCandidate(string Name, int Number, CudnnMathType MathType, long WorkspaceBytes, bool IsDeterministic, float? Milliseconds);

/// <summary>
/// The device memory of a pass. In the backward passes the gradients take the places of what they are gradients of: the input's, written by
/// BackwardData, that of x; the filters', written by BackwardFilter, that of w; the output's that of y.
/// </summary>
/// <param name="X">The input.</param>
/// <param name="W">The filters.</param>
/// <param name="Y">The output.</param>
/// <param name="Bias">One number a filter, for ForwardBiasRelu alone.</param>
/// <param name="Workspace">Memory that the algorithm may write, aligned to 256 bytes, or 0.</param>
/// <param name="WorkspaceBytes">Its size.</param>
public readonly record struct ConvolutionBuffers(ulong X, ulong W, ulong Y, ulong Bias = 0, ulong Workspace = 0, long WorkspaceBytes = 0);

/// <summary>Makes plans for convolutions: cuDNN's, behind an interface that says nothing of which of its APIs is called.</summary>
public interface IConvolutions
{
    /// <summary>Prepares a pass of a convolution.</summary>
    /// <exception cref="Owners.CudaException">The library does not know such a convolution.</exception>
    IConvolutionPlan Plan(ConvolutionProblem problem, ConvolutionPass pass);
}

/// <summary>
/// A pass of a convolution that has its shape and, once <see cref="Use"/> was called, its algorithm. The context must be current to the
/// calling thread. One thread at a time.
/// </summary>
public interface IConvolutionPlan : IDisposable
{
    /// <summary>The convolution.</summary>
    ConvolutionProblem Problem { get; }

    /// <summary>The pass.</summary>
    ConvolutionPass Pass { get; }

    /// <summary>The algorithm in use, with the workspace it needs; null before <see cref="Use"/>.</summary>
    ConvolutionCandidate? Used { get; }

    /// <summary>Algorithms that keep to the precision asked for, the one that should be fastest first; nothing is run.</summary>
    IReadOnlyList<ConvolutionCandidate> Rank();

    /// <summary>
    /// Algorithms that keep to the precision asked for and fit the workspace, the fastest first: each is run and timed. What the pass writes is
    /// overwritten. Never while a stream is captured.
    /// </summary>
    IReadOnlyList<ConvolutionCandidate> Measure(CUstream stream, in ConvolutionBuffers buffers);

    /// <summary>Takes an algorithm for the runs to come.</summary>
    /// <returns>The candidate with the workspace it needs after all.</returns>
    ConvolutionCandidate Use(ConvolutionCandidate candidate);

    /// <summary>Puts the pass into a stream. Allocates nothing.</summary>
    /// <returns>False where the library does not compute the pass by the algorithm in use, which happens with ForwardBiasRelu alone: nothing was run.</returns>
    /// <exception cref="Owners.CudaException">The library failed for another reason.</exception>
    bool TryRun(CUstream stream, in ConvolutionBuffers buffers);
}
