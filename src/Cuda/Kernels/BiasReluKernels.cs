namespace AlexNetCuda.Cuda.Kernels;

/// <summary>Launches of kernels/bias_relu.cu: bias and ReLU, forward and backward, NCHW, float32.</summary>
public static class BiasReluKernels
{
    private const string Module = "bias_relu";

    /// <summary>y = relu(x + bias of the channel).</summary>
    /// <param name="x">The input, of <paramref name="shape"/>.</param>
    /// <param name="bias">One float a channel, or 0: none.</param>
    /// <param name="y">The output; may be x.</param>
    /// <param name="shape">Images, channels, and elements of a plane (1 for a fully connected layer).</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or an image has 2^31 elements or more.</exception>
    public static KernelLaunch Forward(ulong x, ulong bias, ulong y, ImageShape shape, bool relu)
    {
        var size = Size(shape);

        // Where every element has its own bias, a block reads it for eight images.
        var groups = shape.Plane == 1 ? (int)LaunchShape.CeilingDivide(shape.Images, 8) : shape.Images;
        return new KernelLaunch(
            Module,
            "bias_relu_forward",
            new Extent((int)LaunchShape.CeilingDivide(size, 1024), Math.Min(groups, LaunchShape.LargestY)),
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(y), KernelArgument.Value(shape.Images),
                KernelArgument.Value(size), KernelArgument.Structure(new Divisor(shape.Plane)), KernelArgument.Value(relu ? 1 : 0),
            ],
            (4 * shape.Count) + (bias != 0 ? 4L * shape.Channels : 0),
            4 * shape.Count);
    }

    /// <summary>dx = dy where y is positive (or NaN), else 0; dx may be dy.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch ReluBackward(ulong y, ulong dy, ulong dx, long count) => new(
        Module,
        "relu_backward",
        LaunchShape.Quads(LaunchShape.Positive(count, nameof(count))),
        new Extent(256),
        0,
        [KernelArgument.Pointer(y), KernelArgument.Pointer(dy), KernelArgument.Pointer(dx), KernelArgument.Value(count)],
        8 * count,
        4 * count);

    /// <summary>Floats of workspace that <see cref="Backward"/> needs; 0 when it sums in one go.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static long WorkspaceFloats(ImageShape shape) => Splits(shape) is var splits and > 1 ? (long)splits * shape.Channels : 0;

    /// <summary>The bias gradient, and with ReLU the input's, in one or two launches.</summary>
    /// <param name="y">The forward's output, or 0: there was no ReLU, and dx is dy.</param>
    /// <param name="dy">The gradient of the forward's output.</param>
    /// <param name="dx">The gradient of its input; may be dy. Not written without ReLU.</param>
    /// <param name="biasGradient">One float a channel.</param>
    /// <param name="workspace">As many floats as <see cref="WorkspaceFloats"/> says.</param>
    /// <param name="shape">Images, channels, and elements of a plane.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or an image has 2^31 elements or more.</exception>
    public static IReadOnlyList<KernelLaunch> Backward(ulong y, ulong dy, ulong dx, ulong biasGradient, ulong workspace, ImageShape shape)
    {
        Size(shape);
        var splits = Splits(shape);
        var partial = splits > 1 ? workspace : biasGradient;
        KernelArgument[] common =
        [
            KernelArgument.Pointer(y), KernelArgument.Pointer(dy), KernelArgument.Pointer(dx), KernelArgument.Pointer(partial),
            KernelArgument.Value(shape.Images), KernelArgument.Value(shape.Channels),
        ];
        var rows = shape.Plane == 1;
        var first = new KernelLaunch(
            Module,
            rows ? "bias_relu_backward_rows" : "bias_relu_backward",
            new Extent((int)LaunchShape.CeilingDivide(shape.Channels, rows ? 64 : Group(shape)), splits),
            new Extent(rows ? 64 : 256),
            0,
            rows ? common : [.. common, KernelArgument.Value(shape.Plane), KernelArgument.Value(Group(shape))],
            (y != 0 ? 8L : 4L) * shape.Count,
            (y != 0 ? 4L * shape.Count : 0) + (4L * shape.Channels));
        return splits > 1 ? [first, SumRows(workspace, biasGradient, splits, shape.Channels)] : [first];
    }

    /// <summary>sums[c] = the sum of column c of a matrix of floats, in the order of its rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch SumRows(ulong matrix, ulong sums, int rows, int columns) => new(
        Module,
        "sum_rows",
        new Extent((int)LaunchShape.CeilingDivide(LaunchShape.Positive(columns, nameof(columns)), 64)),
        new Extent(64),
        0,
        [
            KernelArgument.Pointer(matrix), KernelArgument.Pointer(sums), KernelArgument.Value(LaunchShape.Positive(rows, nameof(rows))),
            KernelArgument.Value(columns),
        ],
        4L * rows * columns,
        4L * columns);

    private static int Size(ImageShape shape)
    {
        LaunchShape.Positive(shape.Images, nameof(shape));
        LaunchShape.Positive(shape.Channels, nameof(shape));
        return LaunchShape.Fit((long)shape.Channels * shape.Plane, nameof(shape));
    }

    // Shares of the images that are summed apart: enough blocks for the GPU, but at least a plane for each of a block's warps.
    private static int Splits(ImageShape shape)
    {
        Size(shape);
        var blocks = LaunchShape.CeilingDivide(shape.Channels, shape.Plane == 1 ? 64 : Group(shape));
        var wanted = LaunchShape.CeilingDivide(2 * LaunchShape.BlocksWanted, blocks);
        return (int)Math.Clamp(Math.Min(wanted, shape.Images * Group(shape) / 8), 1, LaunchShape.LargestY);
    }

    // Channels of a block: several where planes share sectors with their neighbours.
    private static int Group(ImageShape shape) => shape.Plane % 8 == 0 || shape.Plane == 1 || shape.Plane > 4096 ? 1 : 4;
}
