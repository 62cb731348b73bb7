namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/softmax_cross_entropy.cu (scores float32 or of 16 bits) and kernels/l2_loss.cu (float32).</summary>
public static class LossKernels
{
    private const string Softmax = "softmax_cross_entropy";

    /// <summary>Probabilities and each row's cross-entropy from a row of scores.</summary>
    /// <param name="scores">rows x classes elements.</param>
    /// <param name="labels">One int a row, or 0 together with <paramref name="loss"/>: a softmax alone.</param>
    /// <param name="probabilities">rows x classes floats, or 0: the loss alone.</param>
    /// <param name="loss">One float a row (NaN where the label is out of range), or 0.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="classes">Scores of a row.</param>
    /// <param name="storage">Of the scores; probabilities and losses are float32.</param>
    /// <exception cref="ArgumentException">A size is not positive, or there is a loss without labels.</exception>
    public static KernelLaunch SoftmaxForward(
        ulong scores, ulong labels, ulong probabilities, ulong loss, int rows, int classes, Storage storage = Storage.Float32)
    {
        if (loss != 0 && labels == 0)
        {
            throw new ArgumentException("a cross-entropy needs labels", nameof(labels));
        }

        var count = (long)LaunchShape.Positive(rows, nameof(rows)) * LaunchShape.Positive(classes, nameof(classes));
        return new KernelLaunch(
            Softmax,
            "softmax_cross_entropy_forward" + storage.Suffix(),
            new Extent(rows),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(scores), KernelArgument.Pointer(labels), KernelArgument.Pointer(probabilities),
                KernelArgument.Pointer(loss), KernelArgument.Value(rows), KernelArgument.Value(classes),
            ],
            (storage.Bytes() * count) + (loss != 0 ? 4L * rows : 0),
            (probabilities != 0 ? 4 * count : 0) + (loss != 0 ? 4L * rows : 0));
    }

    /// <summary>The gradient of the rows' mean cross-entropy, times the state's loss scale.</summary>
    /// <param name="probabilities">The forward's.</param>
    /// <param name="labels">The forward's.</param>
    /// <param name="dx">rows x classes elements.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="classes">Scores of a row.</param>
    /// <param name="state">Device address of a <see cref="StepState"/>.</param>
    /// <param name="storage">Of dx; probabilities are float32.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch CrossEntropyBackward(
        ulong probabilities, ulong labels, ulong dx, int rows, int classes, ulong state, Storage storage = Storage.Float32)
    {
        var count = (long)LaunchShape.Positive(rows, nameof(rows)) * LaunchShape.Positive(classes, nameof(classes));
        return new KernelLaunch(
            Softmax,
            "softmax_cross_entropy_backward" + storage.Suffix(),
            new Extent(rows),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(probabilities), KernelArgument.Pointer(labels), KernelArgument.Pointer(dx), KernelArgument.Value(rows),
                KernelArgument.Value(classes), KernelArgument.Pointer(state),
            ],
            (4 * count) + (4L * rows),
            storage.Bytes() * count);
    }

    /// <summary>The gradient of a softmax's input (in <paramref name="storage"/>) from any float32 gradient of its probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch SoftmaxBackward(
        ulong probabilities, ulong gradient, ulong dx, int rows, int classes, Storage storage = Storage.Float32)
    {
        var count = (long)LaunchShape.Positive(rows, nameof(rows)) * LaunchShape.Positive(classes, nameof(classes));
        return new KernelLaunch(
            Softmax,
            "softmax_backward" + storage.Suffix(),
            new Extent(rows),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(probabilities), KernelArgument.Pointer(gradient), KernelArgument.Pointer(dx),
                KernelArgument.Value(rows), KernelArgument.Value(classes),
            ],
            8 * count,
            storage.Bytes() * count);
    }

    /// <summary>dx = x times the state's loss scale: the gradient of sum x^2 / 2 (whose value is <see cref="ReduceKernels.L2Loss"/>); dx may be x.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch L2Backward(ulong x, ulong dx, long count, ulong state) => new(
        "l2_loss",
        "l2_loss_backward",
        LaunchShape.Quads(LaunchShape.Positive(count, nameof(count))),
        new Extent(256),
        0,
        [KernelArgument.Pointer(x), KernelArgument.Pointer(dx), KernelArgument.Value(count), KernelArgument.Pointer(state)],
        4 * count,
        4 * count);
}
