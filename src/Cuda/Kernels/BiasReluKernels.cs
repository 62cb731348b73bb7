namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// Launches of kernels/bias_relu.cu and kernels/bias_relu_nhwc.cu: bias and ReLU, forward and backward; float32 in NCHW, 16 bits in
/// NCHW and NHWC. Biases and their gradients are float32.
/// </summary>
public static class BiasReluKernels
{
    private const string Module = "bias_relu";
    private const string NhwcModule = "bias_relu_nhwc";

    // Rows of a matrix that a thread has, at least.
    private const int RowsOfThread = 4;

    /// <summary>y = relu(x + bias of the channel).</summary>
    /// <param name="x">The input, of <paramref name="shape"/>.</param>
    /// <param name="bias">One float a channel, or 0: none.</param>
    /// <param name="y">The output; may be x.</param>
    /// <param name="shape">Images, channels, and elements of a plane (1 for a fully connected layer).</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="storage">Of x and y.</param>
    /// <param name="layout">Of x and y.</param>
    /// <exception cref="ArgumentException">A size is not positive, an image has 2^31 elements or more, or there is no such kernel.</exception>
    public static KernelLaunch Forward(
        ulong x, ulong bias, ulong y, ImageShape shape, bool relu, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var size = Size(shape);
        var read = (storage.Bytes() * shape.Count) + (bias != 0 ? 4L * shape.Channels : 0);
        var written = storage.Bytes() * shape.Count;
        if (shape.Plane == 1 || IsMatrix(shape, storage, layout))
        {
            var (rows, group, lanes) = Matrix(shape, storage);
            return new KernelLaunch(
                NhwcModule,
                storage == Storage.Float32 ? "bias_relu_forward_rows" : "bias_relu_forward" + storage.Suffix(Layout.Nhwc),
                new Extent(
                    (int)LaunchShape.CeilingDivide(shape.Channels, group), (int)Math.Clamp(rows / (RowsOfThread * lanes), 1, LaunchShape.LargestY)),
                new Extent(256),
                0,
                [
                    KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(y), KernelArgument.Value(rows),
                    KernelArgument.Value(shape.Channels), KernelArgument.Value(group), KernelArgument.Value(relu ? 1 : 0),
                ],
                read,
                written);
        }

        return new KernelLaunch(
            Module,
            "bias_relu_forward" + storage.Suffix(),
            LaunchShape.Runs(size, storage) with { Y = Math.Min(shape.Images, LaunchShape.LargestY) },
            new Extent(256),
            0,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(y), KernelArgument.Value(shape.Images),
                KernelArgument.Value(size), KernelArgument.Structure(new Divisor(shape.Plane)), KernelArgument.Value(relu ? 1 : 0),
            ],
            read,
            written);
    }

    /// <summary>dx = dy where y is positive (or NaN), else 0; dx may be dy. It has no layout.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch ReluBackward(ulong y, ulong dy, ulong dx, long count, Storage storage = Storage.Float32) => new(
        Module,
        "relu_backward" + storage.Suffix(),
        LaunchShape.Runs(LaunchShape.Positive(count, nameof(count)), storage),
        new Extent(256),
        0,
        [KernelArgument.Pointer(y), KernelArgument.Pointer(dy), KernelArgument.Pointer(dx), KernelArgument.Value(count)],
        2L * storage.Bytes() * count,
        storage.Bytes() * count);

    /// <summary>Floats of workspace that <see cref="Backward"/> needs; 0 when it sums in one go.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or there is no such kernel.</exception>
    public static long WorkspaceFloats(ImageShape shape, Storage storage = Storage.Float32, Layout layout = Layout.Nchw) =>
        Splits(shape, IsMatrix(shape, storage, layout), storage) is var splits and > 1 ? (long)splits * shape.Channels : 0;

    /// <summary>The bias gradient, and with ReLU the input's, in one or two launches.</summary>
    /// <param name="y">The forward's output, or 0: there was no ReLU, and dx is dy.</param>
    /// <param name="dy">The gradient of the forward's output.</param>
    /// <param name="dx">The gradient of its input; may be dy. Not written without ReLU.</param>
    /// <param name="biasGradient">One float a channel.</param>
    /// <param name="workspace">As many floats as <see cref="WorkspaceFloats"/> says.</param>
    /// <param name="shape">Images, channels, and elements of a plane.</param>
    /// <param name="storage">Of y, dy and dx.</param>
    /// <param name="layout">Of y, dy and dx.</param>
    /// <exception cref="ArgumentException">A size is not positive, an image has 2^31 elements or more, or there is no such kernel.</exception>
    public static IReadOnlyList<KernelLaunch> Backward(
        ulong y,
        ulong dy,
        ulong dx,
        ulong biasGradient,
        ulong workspace,
        ImageShape shape,
        Storage storage = Storage.Float32,
        Layout layout = Layout.Nchw)
    {
        Size(shape);
        var matrix = IsMatrix(shape, storage, layout);
        var splits = Splits(shape, matrix, storage);
        var partial = splits > 1 ? workspace : biasGradient;
        KernelArgument[] tensors =
            [KernelArgument.Pointer(y), KernelArgument.Pointer(dy), KernelArgument.Pointer(dx), KernelArgument.Pointer(partial)];
        var read = (y != 0 ? 2L : 1L) * storage.Bytes() * shape.Count;
        var written = (y != 0 ? storage.Bytes() * shape.Count : 0) + (4L * shape.Channels);
        if (matrix)
        {
            var (rowsOfMatrix, group, _) = Matrix(shape, storage);
            var sum = new KernelLaunch(
                NhwcModule,
                "bias_relu_backward" + storage.Suffix(Layout.Nhwc),
                new Extent((int)LaunchShape.CeilingDivide(shape.Channels, group), splits),
                new Extent(256),
                0,
                [
                    .. tensors, KernelArgument.Value(rowsOfMatrix), KernelArgument.Value(shape.Channels),
                    KernelArgument.Value(group),
                ],
                read,
                written);
            return splits > 1 ? [sum, SumManyRows(workspace, biasGradient, splits, shape.Channels)] : [sum];
        }

        KernelArgument[] common = [.. tensors, KernelArgument.Value(shape.Images), KernelArgument.Value(shape.Channels)];
        var rows = shape.Plane == 1;
        var first = new KernelLaunch(
            Module,
            (rows ? "bias_relu_backward_rows" : "bias_relu_backward") + storage.Suffix(),
            new Extent((int)LaunchShape.CeilingDivide(shape.Channels, rows ? 64 : Group(shape)), splits),
            new Extent(rows ? 64 : 256),
            0,
            rows ? common : [.. common, KernelArgument.Value(shape.Plane), KernelArgument.Value(Group(shape))],
            read,
            written);
        return splits > 1 ? [first, SumRows(workspace, biasGradient, splits, shape.Channels)] : [first];
    }

    /// <summary>sums[c] = the sum of column c of a matrix of floats, in the order of its rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch SumRows(ulong matrix, ulong sums, int rows, int columns) =>
        Sum(Module, "sum_rows", new Extent(64), matrix, sums, rows, columns);

    /// <summary>The same for hundreds of rows: 64 threads a column, whose sums are added in order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static KernelLaunch SumManyRows(ulong matrix, ulong sums, int rows, int columns) =>
        Sum(NhwcModule, "sum_many_rows", new Extent(8, 64), matrix, sums, rows, columns);

    private static KernelLaunch Sum(string module, string kernel, Extent block, ulong matrix, ulong sums, int rows, int columns) => new(
        module,
        kernel,
        new Extent((int)LaunchShape.CeilingDivide(LaunchShape.Positive(columns, nameof(columns)), block.X)),
        block,
        0,
        [
            KernelArgument.Pointer(matrix), KernelArgument.Pointer(sums), KernelArgument.Value(LaunchShape.Positive(rows, nameof(rows))),
            KernelArgument.Value(columns),
        ],
        4L * rows * columns,
        4L * columns);

    // With elements of two bytes: NHWC, and planes of one element, which have no layout.
    private static bool IsMatrix(ImageShape shape, Storage storage, Layout layout)
    {
        _ = storage.Suffix(layout);
        return storage != Storage.Float32 && (layout == Layout.Nhwc || shape.Plane == 1);
    }

    private static int Size(ImageShape shape)
    {
        LaunchShape.Positive(shape.Images, nameof(shape));
        LaunchShape.Positive(shape.Channels, nameof(shape));
        return LaunchShape.Fit((long)shape.Channels * shape.Plane, nameof(shape));
    }

    // Shares of the images that are summed apart: enough blocks for the GPU, but at least a plane for each of a block's warps.
    private static int Splits(ImageShape shape, bool matrix, Storage storage)
    {
        Size(shape);
        if (matrix)
        {
            var (rows, group, lanes) = Matrix(shape, storage);
            var most = LaunchShape.CeilingDivide(2 * LaunchShape.BlocksWanted, LaunchShape.CeilingDivide(shape.Channels, group));
            return (int)Math.Clamp(Math.Min(most, rows / (RowsOfThread * lanes)), 1, LaunchShape.LargestY);
        }

        var blocks = LaunchShape.CeilingDivide(shape.Channels, shape.Plane == 1 ? 64 : Group(shape));
        var wanted = LaunchShape.CeilingDivide(2 * LaunchShape.BlocksWanted, blocks);
        return (int)Math.Clamp(Math.Min(wanted, shape.Images * Group(shape) / 8), 1, LaunchShape.LargestY);
    }

    // Channels of a block: several where planes share sectors with their neighbours.
    private static int Group(ImageShape shape) => shape.Plane % 8 == 0 || shape.Plane == 1 || shape.Plane > 4096 ? 1 : 4;

    // An NHWC tensor as a matrix: its rows, the channels of a block, and the rows that a block has at once. The fewest groups of at
    // most 256 channels (of 64, where rows are too few to divide, and of floats, so that a block has 64 rows), about as large as each
    // other, of whole eights.
    private static (long Rows, int Group, int Lanes) Matrix(ImageShape shape, Storage storage)
    {
        var rows = (long)shape.Images * shape.Plane;
        var groups = LaunchShape.CeilingDivide(shape.Channels, rows < 512 || storage == Storage.Float32 ? 64 : 256);
        var group = (int)(8 * LaunchShape.CeilingDivide(LaunchShape.CeilingDivide(shape.Channels, groups), 8));
        var vector = 16 / storage.Bytes();
        return (rows, group, 256 / (shape.Channels % vector == 0 ? group / vector : group));
    }
}
