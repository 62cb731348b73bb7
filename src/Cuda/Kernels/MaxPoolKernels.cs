using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>A pooling window over planes. The output's size is the caller's: it knows the padding rule.</summary>
/// <param name="Planes">Images times channels.</param>
/// <param name="Height">Rows of the input.</param>
/// <param name="Width">Columns of the input.</param>
/// <param name="OutHeight">Rows of the output.</param>
/// <param name="OutWidth">Columns of the output.</param>
/// <param name="KernelY">Rows of the window.</param>
/// <param name="KernelX">Columns of the window.</param>
/// <param name="StrideY">Rows from window to window.</param>
/// <param name="StrideX">Columns from window to window.</param>
/// <param name="Top">Rows of padding above.</param>
/// <param name="Left">Columns of padding at the left.</param>
/// <param name="Bottom">Rows of padding below: they matter to an average that counts padding alone.</param>
/// <param name="Right">Columns of padding at the right, likewise.</param>
public readonly record struct PoolShape(
    int Planes, int Height, int Width, int OutHeight, int OutWidth, int KernelY, int KernelX, int StrideY, int StrideX, int Top, int Left, int Bottom = 0, int Right = 0)
{
    internal int Inputs => Height * Width;

    internal int Outputs => OutHeight * OutWidth;

    /// <summary>Input elements of a plane that some window covers.</summary>
    internal long Covered => (long)CoveredLines(Height, OutHeight, KernelY, StrideY, Top) * CoveredLines(Width, OutWidth, KernelX, StrideX, Left);

    /// <summary>Throws where a size is out of range or a window lies in padding alone.</summary>
    internal void Check()
    {
        LaunchShape.Positive(Planes, nameof(Planes));
        LaunchShape.Fit((long)Height * Width, nameof(Height));
        LaunchShape.Fit((long)OutHeight * OutWidth, nameof(OutHeight));
        CheckLine(Height, OutHeight, KernelY, StrideY, Top);
        CheckLine(Width, OutWidth, KernelX, StrideX, Left);
    }

    private static void CheckLine(int size, int outputs, int kernel, int stride, int padding)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernel);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        if (padding >= kernel || ((outputs - 1) * stride) - padding >= size)
        {
            throw new ArgumentException($"a window of {kernel} at stride {stride} with padding {padding} lies outside of a line of {size}", nameof(size));
        }
    }

    private static int CoveredLines(int size, int outputs, int kernel, int stride, int padding)
    {
        var lines = 0;
        for (int o = 0, next = 0; o < outputs; o++)
        {
            var from = Math.Max((o * stride) - padding, next);
            var to = Math.Min((o * stride) - padding + kernel, size);
            lines += Math.Max(to - from, 0);
            next = Math.Max(next, to);
        }

        return lines;
    }
}

/// <summary>Launches of kernels/max_pool.cu and kernels/max_pool_nhwc.cu: max-pool.</summary>
public static class MaxPoolKernels
{
    private const string Module = "max_pool";
    private const int Threads = 256;

    // Shared memory aimed at: eight blocks of it fit a multiprocessor that has 128 KiB or more.
    private const int SharedWanted = 16 * 1024;

    /// <summary>y, and the winners' places in their windows, from x.</summary>
    /// <param name="x">Planes of Height x Width elements.</param>
    /// <param name="y">Planes of OutHeight x OutWidth elements.</param>
    /// <param name="argmax">Planes of OutHeight x OutWidth bytes, in the layout of y, or 0: not wanted.</param>
    /// <param name="shape">The window and the sizes.</param>
    /// <param name="storage">How the elements of x and y lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <param name="images">Images of the batch; needed in NHWC, where planes are divided among them.</param>
    /// <exception cref="ArgumentException">
    /// A window lies outside or has more than 256 elements (with argmax); one row of windows exceeds shared memory (NCHW); or there
    /// is no kernel for the storage and layout.
    /// </exception>
    public static KernelLaunch Forward(
        ulong x, ulong y, ulong argmax, PoolShape shape, Storage storage = Storage.Float32, Layout layout = Layout.Nchw, int images = 0)
    {
        var suffix = storage.Suffix(layout);
        shape.Check();
        if (argmax != 0 && shape.KernelY * shape.KernelX > 256)
        {
            throw new ArgumentException("argmax is a byte: a window has at most 256 elements", nameof(shape));
        }

        var element = storage.Bytes();
        long leastRead = element * shape.Covered * shape.Planes, leastWritten = (argmax != 0 ? element + 1L : element) * shape.Outputs * shape.Planes;
        if (layout == Layout.Nhwc)
        {
            KernelArgument[] pointers = [KernelArgument.Pointer(x), KernelArgument.Pointer(y), KernelArgument.Pointer(argmax)];
            return Nhwc($"max_pool_forward{suffix}", pointers, shape, images, shape.OutHeight, shape.OutWidth, leastRead, leastWritten);
        }

        var lines = Lines.Of(shape);
        var (rows, tiles) = ForwardRows(shape, lines);
        var copied = tiles == 1 ? Math.Min((shape.OutHeight - 1) * shape.StrideY - shape.Top + shape.KernelY, shape.Height) * shape.Width : 1;
        var planePitch = lines.Span(InputRows(shape, rows));
        var planes = 1;
        if (tiles == 1)
        {
            planePitch = lines.Plane(shape, planePitch, copied);
            planes = Group(shape, planePitch * sizeof(float), shape.Outputs);
        }

        var kernel = (shape.KernelY, shape.KernelX) switch { (3, 3) => "3", (2, 2) => "2", _ => "any" };
        return new KernelLaunch(
            Module,
            $"max_pool_forward_{kernel}{suffix}",
            new Extent((int)LaunchShape.CeilingDivide(shape.Planes, planes), tiles),
            new Extent(Threads),
            Align((planes * planePitch) + 1, 2, 0) * sizeof(float),
            [
                KernelArgument.Pointer(x),
                KernelArgument.Pointer(y),
                KernelArgument.Pointer(argmax),
                KernelArgument.Structure(new Pool(shape, planes, rows, lines, planePitch, rows * shape.OutWidth, copied)),
            ],
            leastRead,
            leastWritten);
    }

    /// <summary>dx from dy and the winners' places.</summary>
    /// <param name="dy">Planes of OutHeight x OutWidth elements.</param>
    /// <param name="argmax">What the forward wrote.</param>
    /// <param name="dx">Planes of Height x Width elements; every one is written.</param>
    /// <param name="shape">The forward's.</param>
    /// <param name="storage">How the elements of dy and dx lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <param name="images">Images of the batch; needed in NHWC.</param>
    /// <exception cref="ArgumentException">
    /// A window lies outside, or one row of windows exceeds shared memory (NCHW); or there is no kernel for the storage and layout.
    /// </exception>
    public static KernelLaunch Backward(
        ulong dy, ulong argmax, ulong dx, PoolShape shape, Storage storage = Storage.Float32, Layout layout = Layout.Nchw, int images = 0)
    {
        var suffix = storage.Suffix(layout);
        shape.Check();
        long leastRead = (storage.Bytes() + 1L) * shape.Outputs * shape.Planes, leastWritten = (long)storage.Bytes() * shape.Inputs * shape.Planes;
        if (layout == Layout.Nhwc)
        {
            KernelArgument[] pointers = [KernelArgument.Pointer(dy), KernelArgument.Pointer(argmax), KernelArgument.Pointer(dx)];
            return Nhwc($"max_pool_backward{suffix}", pointers, shape, images, shape.Height, shape.Width, leastRead, leastWritten);
        }

        var rows = shape.Height;
        var reached = shape.OutHeight;
        if (shape.Outputs * 5 > SharedWanted)
        {
            var outputRows = Math.Max(SharedWanted / 5 / shape.OutWidth, 1 + ((shape.KernelY + shape.StrideY - 1) / shape.StrideY));
            rows = Math.Clamp(((outputRows - 1) * shape.StrideY) - shape.KernelY + 1, 1, shape.Height);
            reached = Math.Min(((rows + shape.KernelY - 2) / shape.StrideY) + 1, shape.OutHeight);
        }

        var tiles = (int)LaunchShape.CeilingDivide(shape.Height, rows);
        var planes = tiles == 1 ? Group(shape, shape.Outputs * 5, shape.Inputs) : 1;
        var planePitch = reached * shape.OutWidth;
        var kernel = (shape.KernelY, shape.KernelX, shape.StrideY, shape.StrideX) switch
        {
            (3, 3, 2, 2) => "3",
            (2, 2, 2, 2) => "2",
            var (height, width, down, right) => height <= 2 * down && width <= 2 * right ? "two" : "any",
        };
        var sharedBytes = Align(planes * planePitch * 5, 8, 0);
        CheckShared(sharedBytes, tiles);
        return new KernelLaunch(
            Module,
            $"max_pool_backward_{kernel}{suffix}",
            new Extent((int)LaunchShape.CeilingDivide(shape.Planes, planes), tiles),
            new Extent(Threads),
            sharedBytes,
            [
                KernelArgument.Pointer(dy),
                KernelArgument.Pointer(argmax),
                KernelArgument.Pointer(dx),
                KernelArgument.Structure(new Pool(shape, planes, rows, default, planePitch, rows * shape.Width, shape.Outputs)),
            ],
            leastRead,
            leastWritten);
    }

    // height, width: of what threads go through, the output or (backward) the input.
    private static KernelLaunch Nhwc(
        string kernel, KernelArgument[] pointers, PoolShape shape, int images, int height, int width, long leastRead, long leastWritten)
    {
        if (images <= 0 || shape.Planes % images != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(images), images, "must divide the planes");
        }

        // Groups of four vectors, 64 bytes, or as near as may be; even, since two vectors are a sector.
        var channels = shape.Planes / images;
        var vectors = (int)LaunchShape.CeilingDivide(channels, 8);
        var group = vectors == 1 ? 1 : (int)LaunchShape.CeilingDivide(vectors, 2 * LaunchShape.CeilingDivide(vectors, 4)) * 2;
        var groups = (int)LaunchShape.CeilingDivide(vectors, group);

        // Tiles of rows: eight elements a thread, and blocks for every multiprocessor, but no more seams than that takes.
        var wanted = LaunchShape.CeilingDivide(LaunchShape.BlocksWanted, (long)images * groups);
        var rows = Math.Min(
            Math.Max(LaunchShape.CeilingDivide(8 * Threads, (long)width * group), 6),
            Math.Max(LaunchShape.CeilingDivide(height, wanted), 2));
        rows = Math.Max(Math.Min(rows, height), LaunchShape.CeilingDivide(height, LaunchShape.LargestY));
        rows = LaunchShape.CeilingDivide(height, LaunchShape.CeilingDivide(height, rows));
        LaunchShape.Fit(rows * width * group, nameof(shape));
        return new KernelLaunch(
            "max_pool_nhwc",
            kernel,
            new Extent(LaunchShape.ToGridX((long)images * groups), (int)LaunchShape.CeilingDivide(height, rows)),
            new Extent(Threads),
            0,
            [.. pointers, KernelArgument.Structure(new PoolNhwc(shape, channels, (int)rows, group, groups, width))],
            leastRead,
            leastWritten);
    }

    // Output rows of a tile, and tiles of a plane.
    private static (int Rows, int Tiles) ForwardRows(PoolShape shape, Lines lines)
    {
        if (lines.Span(InputRows(shape, shape.OutHeight)) * sizeof(float) <= SharedWanted)
        {
            return (shape.OutHeight, 1);
        }

        var inputRows = ((SharedWanted / sizeof(float)) << lines.Log) / lines.Pitch;
        var rows = Math.Max(((inputRows - shape.KernelY) / shape.StrideY) + 1, 1);
        var tiles = (int)LaunchShape.CeilingDivide(shape.OutHeight, rows);
        CheckShared((lines.Span(InputRows(shape, rows)) + 1) * sizeof(float), tiles);
        rows = (int)LaunchShape.CeilingDivide(shape.OutHeight, tiles);   // balanced, which may take fewer tiles
        return (rows, (int)LaunchShape.CeilingDivide(shape.OutHeight, rows));
    }

    private static int InputRows(PoolShape shape, int outputRows) =>
        Math.Min(((outputRows - 1) * shape.StrideY) + shape.KernelY, shape.Height);

    // Planes of a group: enough work for a block, while shared memory and the number of blocks allow.
    private static int Group(PoolShape shape, int sharedBytes, int elements) =>
        Math.Max(1, Math.Min(
            Math.Min(SharedWanted / Math.Max(sharedBytes, 1), (4 * Threads / elements) + 1),
            shape.Planes / LaunchShape.BlocksWanted));

    // The least number >= value that equals target modulo period.
    private static int Align(int value, int period, int target) =>
        value + ((((target - value) % period) + period) % period);

    private static void CheckShared(int bytes, int tiles)
    {
        if (bytes > LaunchShape.LargestShared || tiles > LaunchShape.LargestY)
        {
            throw new ArgumentException($"a row of windows needs {bytes} bytes of shared memory; there are {LaunchShape.LargestShared}", nameof(bytes));
        }
    }

    // How a forward tile lies in shared memory: rows follow each other, but for a gap behind each line of 2^Log rows. And the lanes of a
    // warp that have outputs. With the exchange of an address's bits 0 and 5, lanes at stride 2 have a bank each where their addresses'
    // halves do.
    private readonly record struct Lines(int Width, int Gap, int Log, int Lanes)
    {
        private const int Banks = 32;

        // From line to line.
        internal int Pitch => (Width << Log) + Gap;

        internal static Lines Of(PoolShape shape)
        {
            if (!IsHalving(shape))
            {
                // Row ends at a constant stride: stride * pitch = stride * (output columns) modulo the banks.
                return new(shape.Width, Align(shape.Width, Banks, shape.OutWidth) - shape.Width, 0, Banks);
            }

            // No gaps, where as many whole rows as nearly fill a warp meet no bank twice: from one to the next it is Width banks.
            var rows = Banks / shape.OutWidth;
            var banks = Enumerable.Range(0, rows * shape.OutWidth).Select(i => ((i / shape.OutWidth * shape.Width) + (i % shape.OutWidth)) % Banks);
            return rows * shape.OutWidth >= Banks - 2 && banks.Distinct().Count() == rows * shape.OutWidth
                ? new(shape.Width, 0, 1, rows * shape.OutWidth)
                : new(shape.Width, Align(2 * shape.Width, 2 * Banks, 2 * shape.OutWidth) - (2 * shape.Width), 1, Banks);
        }

        // From a row to the one that many rows below; of a pair of rows, from the upper one.
        internal int Row(int rows) => (rows * Width) + ((rows >> Log) * Gap);

        // From the first element of so many rows to behind the last.
        internal int Span(int rows) => (rows * Width) + (((rows - 1) >> Log) * Gap);

        // From plane to plane, at least that: to where the outputs' rows would go on. Where a plane's copied elements are odd in number the pitch
        // is too, or the copy would go on at an odd address; exchanged bits are worth half a turn of the banks then, less one because
        // a gap of one bank between planes is better than an overlap where a window's place makes them differ.
        internal int Plane(PoolShape shape, int least, int copied) => IsHalving(shape)
            ? Align(least, 2 * Banks, (shape.OutHeight * Pitch) + (copied % 2 == 0 ? 0 : Banks - 1))
            : Align(least, shape.StrideX % 2 == 0 ? 2 * Banks : Banks, shape.StrideY * shape.OutHeight * Pitch);

        private static bool IsHalving(PoolShape shape) => (shape.StrideY, shape.StrideX) == (2, 2);
    }

    // Pool of kernels/max_pool.cu.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Pool(PoolShape shape, int planes, int rows, Lines lines, int planePitch, int swept, int copied)
    {
        private readonly int _height = shape.Height, _width = shape.Width, _outHeight = shape.OutHeight, _outWidth = shape.OutWidth;
        private readonly int _kernelY = shape.KernelY, _kernelX = shape.KernelX, _strideY = shape.StrideY, _strideX = shape.StrideX;
        private readonly int _top = shape.Top, _left = shape.Left, _count = shape.Planes;
        private readonly int _planes = planes, _rows = rows, _planePitch = planePitch;
        private readonly int _gap = lines.Gap, _log = lines.Log, _between = planePitch - copied, _unneeded = shape.Inputs - copied;
        private readonly int _down = lines.Row(shape.StrideY), _pair = lines.Row(2), _lanes = lines.Lanes;
        private readonly Divisor _byLine = new(shape.Width << lines.Log), _byOutWidth = new(shape.OutWidth);
        private readonly Divisor _byStrideY = new(shape.StrideY), _byStrideX = new(shape.StrideX);
        private readonly Divisor _byTile = new(swept), _byPlane = new(copied);
    }

    // Pool of kernels/max_pool_nhwc.cu.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct PoolNhwc(PoolShape shape, int channels, int rows, int group, int groups, int line)
    {
        private readonly int _height = shape.Height, _width = shape.Width, _outHeight = shape.OutHeight, _outWidth = shape.OutWidth;
        private readonly int _kernelY = shape.KernelY, _kernelX = shape.KernelX, _strideY = shape.StrideY, _strideX = shape.StrideX;
        private readonly int _top = shape.Top, _left = shape.Left, _channels = channels, _rows = rows, _group = group;
        private readonly Divisor _byGroups = new(groups), _byGroup = new(group), _byLine = new(line);
        private readonly Divisor _byStrideY = new(shape.StrideY), _byStrideX = new(shape.StrideX);
    }
}
