using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>What of a convolution is computed.</summary>
internal enum Direction
{
    Forward,
    BackwardData,
    BackwardFilter,
}

/// <summary>
/// A convolution as the descriptors of a call describe it. Whatever is computed, X, W and Y are those of the forward
/// convolution, or their gradients.
/// </summary>
internal sealed record ConvolutionProblem(Direction Direction, TensorShape X, TensorShape W, TensorShape Y, ConvolutionShape Convolution)
{
    // Documented of cudnnSetTensor4dDescriptor and the calls: no tensor of 2 giga-elements.
    internal const long ElementLimit = 1L << 31;

    internal int Groups => Convolution.Groups;

    internal CudnnDataType Type => X.Type;

    internal bool IsNhwc => X.Format == CudnnTensorFormat.Nhwc;

    /// <summary>Inputs of a group.</summary>
    internal int GroupInputs => W.C;

    /// <summary>Outputs of a group.</summary>
    internal int GroupOutputs => W.N / Groups;

    /// <summary>What is written.</summary>
    internal TensorShape Output => Direction switch
    {
        Direction.Forward => Y,
        Direction.BackwardData => X,
        _ => W,
    };

    /// <summary>Products.</summary>
    internal double Products => (double)Y.Count * W.C * W.H * W.W;

    /// <summary>The documented reason for BAD_PARAM; null where the descriptors fit each other.</summary>
    internal string? Mismatch()
    {
        if (X.Type != W.Type || X.Type != Y.Type) return $"the data types of input ({X.Type}), filters ({W.Type}) and output ({Y.Type}) differ";
        if (X.N != Y.N) return $"input and output have different batches: {X.N} and {Y.N}";
        if (X.C != (long)W.C * Groups) return $"the input's {X.C} channels are not the filters' {W.C} times {Groups} groups";
        if (W.N % Groups != 0) return $"{W.N} filters cannot be split into {Groups} groups";
        if (Y.C != W.N) return $"the output has {Y.C} channels, there are {W.N} filters";
        int height = Convolution.OutputHeight(X.H, W.H), width = Convolution.OutputWidth(X.W, W.W);
        if (height <= 0 || width <= 0) return "the filter exceeds the padded input";
        return Y.H != height || Y.W != width ? $"the output is {Y.H}x{Y.W} and should be {height}x{width}" : null;
    }
}
