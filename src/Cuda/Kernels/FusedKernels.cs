using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// Launches of kernels/bias_relu_lrn_max_pool.cu and bias_relu_lrn_max_pool_nhwc.cu: bias, ReLU, LRN and max-pool in one pass
/// over a convolution's output.
/// </summary>
public static class FusedKernels
{
    private const string Module = "bias_relu_lrn_max_pool";
    private const string ModuleNhwc = "bias_relu_lrn_max_pool_nhwc";
    private const int ForwardThreads = 512;
    private const int BackwardThreads = 384;

    // Two blocks fit a multiprocessor that has 64 KiB, as Turing's.
    private const int SharedWanted = 32 * 1024;

    // Of NCHW's forward, which has two batches of channels there: two blocks fit from Volta on.
    private const int ForwardSharedWanted = 40 * 1024;

    // Threads that backward's blocks have unless a row is wider, and blocks: they are small, and several share a multiprocessor.
    private const int BackwardThreadsWanted = 256;
    private const int BackwardBlocksWanted = 2 * LaunchShape.BlocksWanted;

    /// <summary>
    /// Whether the fused kernels take a shape: radius 2, 4 or 5, beta 0.75 and alpha not negative, windows of at most two strides; NCHW:
    /// rows that fit a block; NHWC: 16-bit storage, windows of at most 94 elements.
    /// </summary>
    /// <param name="pool">The pool; Planes is images times channels.</param>
    /// <param name="lrn">The normalisation before it.</param>
    /// <param name="storage">How elements lie in memory.</param>
    /// <param name="layout">Their order.</param>
    public static bool Supports(PoolShape pool, LrnParameters lrn, Storage storage = Storage.Float32, Layout layout = Layout.Nchw) =>
        lrn.HasKernel && (layout == Layout.Nchw ? SupportsNchw(pool) : storage != Storage.Float32 && SupportsNhwc(pool));

    private static bool SupportsNhwc(PoolShape pool) =>
        pool.KernelY <= 2 * pool.StrideY
        && pool.KernelX <= 2 * pool.StrideX
        && (long)pool.KernelY * pool.KernelX <= 256 && (long)Math.Min(pool.KernelY, pool.Height) * Math.Min(pool.KernelX, pool.Width) * 512 <= LaunchShape.LargestShared - 1024;

    private static bool SupportsNchw(PoolShape pool) =>
        pool.KernelY <= 2 * pool.StrideY
        && pool.KernelX <= 2 * pool.StrideX
        && pool.KernelY * pool.KernelX <= 256
        && pool.Width <= BackwardThreads
        && Math.Min(pool.KernelY, pool.Height) * pool.Width <= ForwardThreads
        && ForwardBytes(pool, 1) <= LaunchShape.LargestShared
        && BackwardBytes(pool, 1) <= LaunchShape.LargestShared;

    /// <summary>y and argmax from a convolution's output.</summary>
    /// <param name="x">The convolution's output, planes of Height x Width elements.</param>
    /// <param name="bias">One float a channel, whatever the storage, or 0: none.</param>
    /// <param name="y">Planes of OutHeight x OutWidth elements.</param>
    /// <param name="argmax">As many bytes, in the same layout, or 0: not wanted.</param>
    /// <param name="images">Images of the batch; the pool's planes are divided among them.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="lrn">The normalisation.</param>
    /// <param name="relu">Whether there is a ReLU.</param>
    /// <param name="storage">How the elements of x and y lie in memory.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">The shape is not supported, or a size is out of range.</exception>
    public static KernelLaunch Forward(
        ulong x, ulong bias, ulong y, ulong argmax, int images, PoolShape pool, LrnParameters lrn, bool relu,
        Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var channels = Check(images, pool, lrn, storage, layout);
        var element = storage.Bytes();
        KernelArgument[] pointers = [KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(y), KernelArgument.Pointer(argmax)];
        var leastRead = (element * pool.Covered * pool.Planes) + (bias != 0 ? 4L * channels : 0);
        var leastWritten = (argmax != 0 ? element + 1L : element) * pool.Outputs * pool.Planes;
        var kernel = $"bias_relu_lrn_max_pool_forward_{lrn.Radius}{storage.Suffix(layout)}";
        if (layout == Layout.Nhwc)
        {
            var lanes = new Lanes(channels, halo: 1);
            var (tileRows, tileColumns) = Tile(images, pool, lanes);
            var (tilesDown, tilesAcross) = ((int)LaunchShape.CeilingDivide(pool.OutHeight, tileRows), (int)LaunchShape.CeilingDivide(pool.OutWidth, tileColumns));
            return new KernelLaunch(
                ModuleNhwc,
                kernel,
                new Extent(LaunchShape.ToGridX((long)images * tilesDown * tilesAcross), lanes.Segments),
                new Extent(256),
                TileBytes(pool, lanes, tileRows, tileColumns),
                [
                    .. pointers, KernelArgument.Structure(lanes),
                    KernelArgument.Structure(new FusedNhwc(
                        pool, lrn, relu, tileRows, tileColumns, tilesDown * tilesAcross, tilesAcross, InputColumns(pool, tileColumns), lanes.Segment)),
                ],
                leastRead,
                leastWritten);
        }

        var rows = 1;
        while (rows < pool.OutHeight && InputRows(pool, rows + 1) * pool.Width <= ForwardThreads
            && ForwardBytes(pool, rows + 1) <= ForwardSharedWanted)
        {
            rows++;
        }

        rows = Balance(pool.OutHeight, rows);
        var tiles = (int)LaunchShape.CeilingDivide(pool.OutHeight, rows);
        var threads = (int)LaunchShape.CeilingDivide(InputRows(pool, rows) * pool.Width, 32) * 32;
        var tilePitch = ForwardTilePitch(pool, rows);
        var chunk = Chunk(channels, lrn, (long)images * tiles, LaunchShape.BlocksWanted, oneTooFew: storage != Storage.Float32);
        var segments = Segments(rows * pool.OutWidth, element);
        return new KernelLaunch(
            Module,
            kernel,
            new Extent(LaunchShape.ToGridX((long)images * tiles), (int)LaunchShape.CeilingDivide(channels, chunk)),
            new Extent(threads),
            ForwardBytes(pool, rows),
            [.. pointers, KernelArgument.Structure(new Fused(channels, pool, lrn, relu, rows, chunk, ForwardPitch(pool), tilePitch, tiles, segments))],
            leastRead,
            leastWritten);
    }

    /// <summary>Floats of workspace that <see cref="Backward"/> needs.</summary>
    /// <param name="images">Images of the batch.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="lrn">The normalisation.</param>
    /// <param name="storage">How elements lie in memory.</param>
    /// <param name="layout">Their order.</param>
    /// <exception cref="ArgumentException">The shape is not supported.</exception>
    public static long WorkspaceFloats(
        int images, PoolShape pool, LrnParameters lrn, Storage storage = Storage.Float32, Layout layout = Layout.Nchw) =>
        (long)Check(images, pool, lrn, storage, layout) * images
        * LaunchShape.CeilingDivide(pool.Height, layout == Layout.Nchw ? BackwardRows(pool) : BackwardRowsNhwc(images, pool));

    /// <summary>dx and the bias gradient, in two launches.</summary>
    /// <param name="x">The convolution's output, as the forward read it.</param>
    /// <param name="bias">The forward's, or 0.</param>
    /// <param name="dy">The gradient of the pooled output.</param>
    /// <param name="argmax">What the forward wrote.</param>
    /// <param name="dx">The gradient of x; another buffer than x, since neighbouring blocks re-read x.</param>
    /// <param name="biasGradient">One float a channel.</param>
    /// <param name="workspace">As many floats as <see cref="WorkspaceFloats"/> says.</param>
    /// <param name="images">Images of the batch.</param>
    /// <param name="pool">The forward's.</param>
    /// <param name="lrn">The forward's.</param>
    /// <param name="relu">The forward's.</param>
    /// <param name="storage">How the elements of x, dy and dx lie in memory; biasGradient and workspace are floats.</param>
    /// <param name="layout">Their order; NHWC takes 16-bit storage only.</param>
    /// <exception cref="ArgumentException">The shape is not supported, or a size is out of range.</exception>
    public static IReadOnlyList<KernelLaunch> Backward(
        ulong x, ulong bias, ulong dy, ulong argmax, ulong dx, ulong biasGradient, ulong workspace, int images, PoolShape pool, LrnParameters lrn, bool relu,
        Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var channels = Check(images, pool, lrn, storage, layout);
        var element = storage.Bytes();
        KernelArgument[] pointers =
        [
            KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(dy), KernelArgument.Pointer(argmax), KernelArgument.Pointer(dx),
            KernelArgument.Pointer(workspace),
        ];
        var leastRead = ((((long)element * pool.Inputs) + ((element + 1L) * pool.Outputs)) * pool.Planes) + (bias != 0 ? 4L * channels : 0);
        var leastWritten = (long)element * pool.Inputs * pool.Planes;
        var kernel = $"bias_relu_lrn_max_pool_backward_{lrn.Radius}{storage.Suffix(layout)}";
        if (layout == Layout.Nhwc)
        {
            var lanes = new Lanes(channels, halo: 2);
            var tileRows = BackwardRowsNhwc(images, pool);
            var tilesDown = (int)LaunchShape.CeilingDivide(pool.Height, tileRows);
            var grid = LaunchShape.ToGridX((long)images * tilesDown);
            var nhwc = new KernelLaunch(
                ModuleNhwc,
                kernel,
                new Extent(grid, lanes.Segments),
                new Extent(256),
                0,
                [
                    .. pointers, KernelArgument.Structure(lanes),
                    KernelArgument.Structure(new FusedNhwc(pool, lrn, relu, tileRows, pool.Width, tilesDown, 1, pool.Width, lanes.Segment)),
                ],
                leastRead,
                leastWritten);
            return [nhwc, BiasReluKernels.SumManyRows(workspace, biasGradient, grid, channels)];
        }

        var rows = BackwardRows(pool);
        var tiles = (int)LaunchShape.CeilingDivide(pool.Height, rows);
        var tilePitch = BackwardPitch(pool, rows);
        var chunk = Chunk(channels, lrn, (long)images * tiles, BackwardBlocksWanted, oneTooFew: false);
        var blocks = LaunchShape.ToGridX((long)images * tiles);
        var launch = new KernelLaunch(
            Module,
            kernel,
            new Extent(blocks, (int)LaunchShape.CeilingDivide(channels, chunk)),
            new Extent((int)LaunchShape.CeilingDivide(rows * pool.Width, 32) * 32),
            BackwardBytes(pool, rows),
            [.. pointers, KernelArgument.Structure(new Fused(channels, pool, lrn, relu, rows, chunk, pool.OutWidth, tilePitch, tiles, tilePitch))],
            leastRead,
            leastWritten);
        return [launch, BiasReluKernels.SumManyRows(workspace, biasGradient, blocks, channels)];
    }

    private static int Window(LrnParameters lrn) => (2 * lrn.Radius) + 1;

    // Warps' worth of elements that begin up to 128 bytes less one element after a boundary.
    private static int Segments(int elements, int bytes) => (int)LaunchShape.CeilingDivide(elements + (128 / bytes) - 1, 32);

    // Outputs of a tile: where tiles share the fewest positions. In 32 KiB, unless a quarter would then be read twice.
    private static (int Rows, int Columns) Tile(int images, PoolShape pool, Lanes lanes) =>
        Tile(images, pool, lanes, SharedWanted) is var (tile, cost) && cost <= 1.25 * pool.Covered ? tile : Tile(images, pool, lanes, LaunchShape.LargestShared - 1024).Tile;

    private static ((int Rows, int Columns) Tile, double Cost) Tile(int images, PoolShape pool, Lanes lanes, int limit)
    {
        var (best, least) = ((1, 1), double.PositiveInfinity);
        for (var rows = pool.OutHeight; rows > 0; rows = Shorter(pool.OutHeight, rows))
        {
            for (var columns = pool.OutWidth; columns > 0; columns = Shorter(pool.OutWidth, columns))
            {
                if (TileBytes(pool, lanes, rows, columns) > limit)
                {
                    continue;
                }

                var tiles = LaunchShape.CeilingDivide(pool.OutHeight, rows) * LaunchShape.CeilingDivide(pool.OutWidth, columns);
                var idle = Math.Max(1, (double)LaunchShape.BlocksWanted / (images * tiles * lanes.Segments));
                var cost = idle * Lines(pool.OutHeight, rows, pool.KernelY, pool.StrideY, pool.Top, pool.Height)
                    * Lines(pool.OutWidth, columns, pool.KernelX, pool.StrideX, pool.Left, pool.Width);
                (best, least) = cost < least ? ((rows, columns), cost) : (best, least);
            }
        }

        return (best, least);
    }

    // Lines of the input that the tiles of a number of outputs read, those of a seam twice.
    private static long Lines(int outputs, int tile, int kernel, int stride, int padding, int size)
    {
        var lines = 0L;
        for (var first = 0; first < outputs; first += tile)
        {
            var last = Math.Min(first + tile, outputs) - 1;
            lines += Math.Min((last * stride) - padding + kernel, size) - Math.Max((first * stride) - padding, 0);
        }

        return lines;
    }

    // The next length that cuts a line into more parts than this one does, 0 after 1.
    private static int Shorter(int line, int length) => length == 1 ? 0 : (int)LaunchShape.CeilingDivide(line, LaunchShape.CeilingDivide(line, length) + 1) is var next && next < length ? next : length - 1;

    private static int TileBytes(PoolShape pool, Lanes lanes, int rows, int columns) =>
        (int)Math.Min((long)InputRows(pool, rows) * InputColumns(pool, columns) * lanes.Segment * 16, int.MaxValue);

    private static int InputColumns(PoolShape pool, int columns) => Math.Min(((columns - 1) * pool.StrideX) + pool.KernelX, pool.Width);

    // Enough tiles for the GPU, but at least a position for every warp.
    private static int BackwardRowsNhwc(int images, PoolShape pool) =>
        Balance(pool.Height, (int)Math.Max(LaunchShape.CeilingDivide(pool.Height, LaunchShape.CeilingDivide(BackwardBlocksWanted, images)), LaunchShape.CeilingDivide(8, pool.Width)));

    private static int InputRows(PoolShape pool, int rows) => Math.Min(((rows - 1) * pool.StrideY) + pool.KernelY, pool.Height);

    // As in MaxPoolKernels: consecutive outputs then read at a constant stride over row ends.
    private static int ForwardPitch(PoolShape pool) => pool.Width + ((((pool.OutWidth - pool.Width) % 32) + 32) % 32);

    private static int ForwardTilePitch(PoolShape pool, int rows) => ((InputRows(pool, rows) * ForwardPitch(pool)) + 1) / 2 * 2;

    private static int ForwardBytes(PoolShape pool, int rows) => ((16 * ForwardTilePitch(pool, rows)) + 16) * sizeof(float);

    // Outputs that a tile of rows may need.
    private static int BackwardPitch(PoolShape pool, int rows) => Math.Min(((rows + pool.KernelY - 2) / pool.StrideY) + 1, pool.OutHeight) * pool.OutWidth;

    private static int BackwardBytes(PoolShape pool, int rows) => (16 * BackwardPitch(pool, rows) * sizeof(ulong)) + ((256 + 16) * sizeof(float));

    // As many as leave the fewest threads idle.
    private static int BackwardRows(PoolShape pool)
    {
        var (best, least) = (1, long.MaxValue);
        for (var rows = 1; rows <= pool.Height && (rows == 1 || (rows * pool.Width <= BackwardThreadsWanted && BackwardBytes(pool, rows) <= SharedWanted)); rows++)
        {
            var threads = LaunchShape.CeilingDivide(pool.Height, rows) * LaunchShape.CeilingDivide(rows * pool.Width, 32);
            (best, least) = threads < least ? (rows, threads) : (best, least);
        }

        return best;
    }

    private static int Balance(int lines, int most) => (int)LaunchShape.CeilingDivide(lines, LaunchShape.CeilingDivide(lines, most));

    // Chunks only where tiles alone leave multiprocessors idle, and none shorter than two windows; forward in 16 bits rather one too few (see LrnKernels).
    private static int Chunk(int channels, LrnParameters lrn, long blocks, int wanted, bool oneTooFew)
    {
        var idle = oneTooFew ? wanted / blocks : LaunchShape.CeilingDivide(wanted, blocks);
        var chunks = Math.Clamp(Math.Min(idle, channels / (2 * Window(lrn))), 1, LaunchShape.LargestY);
        return (int)LaunchShape.CeilingDivide(channels, 8 * chunks) * 8;
    }

    private static int Check(int images, PoolShape pool, LrnParameters lrn, Storage storage, Layout layout)
    {
        storage.Suffix(layout);
        pool.Check();
        if (images <= 0 || pool.Planes % images != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(images), images, "must divide the planes");
        }

        return Supports(pool, lrn, storage, layout) ? pool.Planes / images : throw new ArgumentException("the fused kernels do not take this shape", nameof(pool));
    }

    // Fused of kernels/bias_relu_lrn_max_pool.cu.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Fused(
        int channels, PoolShape pool, LrnParameters lrn, bool relu, int rows, int chunk, int pitch, int tilePitch, int tiles, int segments)
    {
        private readonly int _channels = channels, _height = pool.Height, _width = pool.Width;
        private readonly int _outHeight = pool.OutHeight, _outWidth = pool.OutWidth;
        private readonly int _kernelY = pool.KernelY, _kernelX = pool.KernelX, _strideY = pool.StrideY, _strideX = pool.StrideX;
        private readonly int _top = pool.Top, _left = pool.Left, _rows = rows, _chunk = chunk;
        private readonly int _pitch = pitch, _tilePitch = tilePitch, _rectify = relu ? 1 : 0;
        private readonly Divisor _byWidth = new(pool.Width), _byOutWidth = new(pool.OutWidth);
        private readonly Divisor _byStrideY = new(pool.StrideY), _byStrideX = new(pool.StrideX);
        private readonly Divisor _byTiles = new(tiles), _bySegments = new(segments);
        private readonly float _k = lrn.K, _alpha = lrn.Alpha;
    }

    // Fused of kernels/bias_relu_lrn_max_pool_nhwc.cu.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct FusedNhwc(
        PoolShape pool, LrnParameters lrn, bool relu, int rows, int columns, int tiles, int tilesAcross, int line, int segment)
    {
        private readonly int _height = pool.Height, _width = pool.Width, _outHeight = pool.OutHeight, _outWidth = pool.OutWidth;
        private readonly int _kernelY = pool.KernelY, _kernelX = pool.KernelX, _strideY = pool.StrideY, _strideX = pool.StrideX;
        private readonly int _top = pool.Top, _left = pool.Left, _rows = rows, _columns = columns, _rectify = relu ? 1 : 0;
        private readonly Divisor _byTiles = new(tiles), _byTilesAcross = new(tilesAcross), _byLine = new(line), _byColumns = new(columns);
        private readonly Divisor _bySegment = new(segment), _byStrideY = new(pool.StrideY), _byStrideX = new(pool.StrideX);
        private readonly float _k = lrn.K, _alpha = lrn.Alpha;
    }
}
