using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// Launches of kernels/bias_relu_lrn_max_pool.cu: bias, ReLU, LRN and max-pool in one pass over a convolution's output, NCHW,
/// float32.
/// </summary>
public static class FusedKernels
{
    private const string Module = "bias_relu_lrn_max_pool";
    private const int ForwardThreads = 512;
    private const int BackwardThreads = 384;

    // Two blocks fit a multiprocessor that has 64 KiB, as Turing's.
    private const int SharedWanted = 32 * 1024;

    /// <summary>Whether the fused kernels take a shape: radius 2, 4 or 5, beta 0.75, windows of at most two strides, rows that fit a block.</summary>
    /// <param name="pool">The pool; Planes is images times channels.</param>
    /// <param name="lrn">The normalisation before it.</param>
    public static bool Supports(PoolShape pool, LrnParameters lrn) =>
        lrn.Beta == 0.75f
        && lrn.Radius is 2 or 4 or 5
        && pool.KernelY <= 2 * pool.StrideY
        && pool.KernelX <= 2 * pool.StrideX
        && pool.KernelY * pool.KernelX <= 256
        && pool.Width <= BackwardThreads
        && Math.Min(pool.KernelY, pool.Height) * pool.Width <= ForwardThreads
        && ForwardTilePitch(pool, 1) * Window(lrn) * sizeof(float) <= LaunchShape.LargestShared;

    /// <summary>y and argmax from a convolution's output.</summary>
    /// <param name="x">The convolution's output, planes of Height x Width floats.</param>
    /// <param name="bias">One float a channel, or 0: none.</param>
    /// <param name="y">Planes of OutHeight x OutWidth floats.</param>
    /// <param name="argmax">As many bytes, or 0: not wanted.</param>
    /// <param name="images">Images of the batch; the pool's planes are divided among them.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="lrn">The normalisation.</param>
    /// <param name="relu">Whether there is a ReLU.</param>
    /// <exception cref="ArgumentException">The shape is not supported, or a size is out of range.</exception>
    public static KernelLaunch Forward(
        ulong x, ulong bias, ulong y, ulong argmax, int images, PoolShape pool, LrnParameters lrn, bool relu)
    {
        var channels = Check(images, pool, lrn);
        var rows = 1;
        while (rows < pool.OutHeight && InputRows(pool, rows + 1) * pool.Width <= ForwardThreads
            && ForwardTilePitch(pool, rows + 1) * Window(lrn) * sizeof(float) <= SharedWanted)
        {
            rows++;
        }

        rows = Balance(pool.OutHeight, rows);
        var tiles = (int)LaunchShape.CeilingDivide(pool.OutHeight, rows);
        var threads = (int)LaunchShape.CeilingDivide(InputRows(pool, rows) * pool.Width, 32) * 32;
        var tilePitch = ForwardTilePitch(pool, rows);
        var chunk = Chunk(channels, lrn, (long)images * tiles);
        var segments = (int)LaunchShape.CeilingDivide((rows * pool.OutWidth) + 31, 32);
        return new KernelLaunch(
            Module,
            $"bias_relu_lrn_max_pool_forward_{lrn.Radius}",
            new Extent(LaunchShape.ToGridX((long)images * tiles), (int)LaunchShape.CeilingDivide(channels, chunk)),
            new Extent(threads),
            tilePitch * Window(lrn) * sizeof(float),
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(y), KernelArgument.Pointer(argmax),
                KernelArgument.Structure(new Fused(channels, pool, lrn, relu, rows, chunk, ForwardPitch(pool), tilePitch, tiles, segments)),
            ],
            (4 * pool.Covered * pool.Planes) + (bias != 0 ? 4L * channels : 0),
            (argmax != 0 ? 5L : 4L) * pool.Outputs * pool.Planes);
    }

    /// <summary>Floats of workspace that <see cref="Backward"/> needs.</summary>
    /// <exception cref="ArgumentException">The shape is not supported.</exception>
    public static long WorkspaceFloats(int images, PoolShape pool, LrnParameters lrn) =>
        (long)images * LaunchShape.CeilingDivide(pool.Height, BackwardRows(pool)) * Check(images, pool, lrn);

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
    /// <exception cref="ArgumentException">The shape is not supported, or a size is out of range.</exception>
    public static IReadOnlyList<KernelLaunch> Backward(
        ulong x, ulong bias, ulong dy, ulong argmax, ulong dx, ulong biasGradient, ulong workspace, int images, PoolShape pool, LrnParameters lrn, bool relu)
    {
        var channels = Check(images, pool, lrn);
        var rows = BackwardRows(pool);
        var tiles = (int)LaunchShape.CeilingDivide(pool.Height, rows);
        var reached = Math.Min(((rows + pool.KernelY - 2) / pool.StrideY) + 1, pool.OutHeight);
        var tilePitch = reached * pool.OutWidth;
        var chunk = Chunk(channels, lrn, (long)images * tiles);
        var segments = (int)LaunchShape.CeilingDivide(tilePitch + 31, 32);
        var window = Window(lrn);
        var blocks = LaunchShape.ToGridX((long)images * tiles);
        var launch = new KernelLaunch(
            Module,
            $"bias_relu_lrn_max_pool_backward_{lrn.Radius}",
            new Extent(blocks, (int)LaunchShape.CeilingDivide(channels, chunk)),
            new Extent((int)LaunchShape.CeilingDivide(rows * pool.Width, 32) * 32),
            (int)LaunchShape.CeilingDivide((window * tilePitch * 5) + (window * 16 * sizeof(float)), 8) * 8,
            [
                KernelArgument.Pointer(x), KernelArgument.Pointer(bias), KernelArgument.Pointer(dy), KernelArgument.Pointer(argmax),
                KernelArgument.Pointer(dx), KernelArgument.Pointer(workspace),
                KernelArgument.Structure(new Fused(channels, pool, lrn, relu, rows, chunk, pool.OutWidth, tilePitch, tiles, segments)),
            ],
            (((4L * pool.Inputs) + (5L * pool.Outputs)) * pool.Planes) + (bias != 0 ? 4L * channels : 0),
            4L * pool.Inputs * pool.Planes);
        return [launch, BiasReluKernels.SumRows(workspace, biasGradient, blocks, channels)];
    }

    private static int Window(LrnParameters lrn) => (2 * lrn.Radius) + 1;

    private static int InputRows(PoolShape pool, int rows) => Math.Min(((rows - 1) * pool.StrideY) + pool.KernelY, pool.Height);

    // As in MaxPoolKernels: consecutive outputs then read at a constant stride over row ends.
    private static int ForwardPitch(PoolShape pool) => pool.Width + ((((pool.OutWidth - pool.Width) % 32) + 32) % 32);

    private static int ForwardTilePitch(PoolShape pool, int rows) => ((InputRows(pool, rows) * ForwardPitch(pool)) + 1) / 2 * 2;

    private static int BackwardRows(PoolShape pool) => Balance(pool.Height, Math.Min(BackwardThreads / pool.Width, pool.Height));

    private static int Balance(int lines, int most) => (int)LaunchShape.CeilingDivide(lines, LaunchShape.CeilingDivide(lines, most));

    // Chunks only where tiles alone leave multiprocessors idle, and none shorter than two windows.
    private static int Chunk(int channels, LrnParameters lrn, long blocks)
    {
        var chunks = Math.Clamp(Math.Min(LaunchShape.CeilingDivide(LaunchShape.BlocksWanted, blocks), channels / (2 * Window(lrn))), 1, LaunchShape.LargestY);
        return (int)LaunchShape.CeilingDivide(channels, chunks);
    }

    private static int Check(int images, PoolShape pool, LrnParameters lrn)
    {
        pool.Check();
        if (images <= 0 || pool.Planes % images != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(images), images, "must divide the planes");
        }

        return Supports(pool, lrn) ? pool.Planes / images : throw new ArgumentException("the fused kernels do not take this shape", nameof(pool));
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
}
