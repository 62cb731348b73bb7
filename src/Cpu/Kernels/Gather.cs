using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Packs what a convolution reads: for a run of pixels and some rows of the weight panel, the factors of the product, in blocks of 16
/// (element (pixel, lane) of block b at b * stride + pixel * 16 + lane). This is im2col ("High performance convolutional neural networks for document processing",
/// Chellapilla, Puri, Simard, 2006), a cache-sized piece at a time and never whole.
/// </summary>
internal abstract unsafe class Gather
{
    /// <summary>Packs blocks for a run of pixels of one image; rows up to the next multiple of 8 become 0.</summary>
    /// <param name="panel">Takes the blocks.</param>
    /// <param name="blockStride">Floats from one block to the next.</param>
    /// <param name="source">The tensor that is read.</param>
    /// <param name="image">The image.</param>
    /// <param name="group">The group.</param>
    /// <param name="firstBlock">The first block of the group's rows.</param>
    /// <param name="blocks">The number of blocks.</param>
    /// <param name="firstPixel">The first pixel of the grid, row-major.</param>
    /// <param name="count">The number of pixels.</param>
    public abstract void Fill(float* panel, nint blockStride, float* source, int image, int group, int firstBlock, int blocks, int firstPixel, int count);

    /// <summary>Clears the rows after the last, up to the next multiple of 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void ClearRest(float* block, int count)
    {
        int rest = -count & (Tile.Rows - 1);
        if (rest > 0) NativeMemory.Clear(block + (count * Tile.Block), (nuint)(rest * Tile.Block * sizeof(float)));
    }
}

/// <summary>
/// Gathers from blocked channels: block (tap, channel block) at grid pixel (y, x) is the source pixel (y * stepY + tap.Row, x * stepX + tap.Column), or 0 outside.
/// </summary>
internal sealed unsafe class BlockedGather<T> : Gather
    where T : unmanaged, IVector<T>
{
    private readonly BlockedFormat _source;
    private readonly (int Row, int Column)[] _taps;
    private readonly int _gridWidth, _stepY, _stepX, _groupChannels, _groupBlocks;
    private readonly bool _aligned;

    public BlockedGather(BlockedFormat source, int groups, (int Row, int Column)[] taps, int stepY, int stepX, int gridWidth)
    {
        (_source, _taps, _stepY, _stepX, _gridWidth) = (source, taps, stepY, stepX, gridWidth);
        _groupChannels = source.Logical.C / groups;
        _groupBlocks = (_groupChannels + Tile.Block - 1) / Tile.Block;
        _aligned = groups == 1 || _groupChannels % Tile.Block == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Fill(float* panel, nint blockStride, float* source, int image, int group, int firstBlock, int blocks, int firstPixel, int count)
    {
        float* from = source + (image * _source.ImageFloats);
        for (int b = 0; b < blocks; b++)
        {
            (int tap, int channelBlock) = Math.DivRem(firstBlock + b, _groupBlocks);
            float* to = panel + (b * blockStride);
            int y = firstPixel / _gridWidth, x = firstPixel % _gridWidth;
            for (int left = count; left > 0;)
            {
                int run = Math.Min(left, _gridWidth - x);
                int row = (y * _stepY) + _taps[tap].Row, column = (x * _stepX) + _taps[tap].Column;
                if (_aligned) Run(to, from + ((long)((group * _groupBlocks) + channelBlock) * _source.Pixels * Tile.Block), row, column, run);
                else RunOfLanes(to, from, (group * _groupChannels) + (channelBlock * Tile.Block), Math.Min(Tile.Block, _groupChannels - (channelBlock * Tile.Block)), row, column, run);
                to += run * Tile.Block;
                left -= run;
                x = 0;
                y++;
            }

            ClearRest(panel + (b * blockStride), count);
        }
    }

    /// <summary>The pixels from <paramref name="first"/> to before <paramref name="end"/> of a run lie within the source's row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Inside(int row, int column, int run, out int first, out int end)
    {
        if ((uint)row >= (uint)_source.Logical.H)
        {
            first = end = run;
            return;
        }

        first = column >= 0 ? 0 : Math.Min(run, (-column + _stepX - 1) / _stepX);
        end = Math.Clamp((_source.Logical.W - column + _stepX - 1) / _stepX, first, run);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(float* to, float* plane, int row, int column, int run)
    {
        Inside(row, column, run, out int first, out int end);
        for (int j = 0; j < first; j++) StoreBlock(to + (j * Tile.Block), T.Zero, T.Zero, T.Zero, T.Zero);
        float* from = plane + ((((long)row * _source.Logical.W) + column) * Tile.Block);
        int step = _stepX * Tile.Block;
        for (int j = first; j < end; j++) CopyBlock(from + ((nint)j * step), to + (j * Tile.Block));
        for (int j = end; j < run; j++) StoreBlock(to + (j * Tile.Block), T.Zero, T.Zero, T.Zero, T.Zero);
    }

    /// <summary>For groups that do not begin at a block: lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunOfLanes(float* to, float* image, int firstChannel, int lanes, int row, int column, int run)
    {
        NativeMemory.Clear(to, (nuint)(run * Tile.Block * sizeof(float)));
        Inside(row, column, run, out int first, out int end);
        for (int lane = 0; lane < lanes; lane++)
        {
            int channel = firstChannel + lane;
            float* plane = image + ((long)(channel / Tile.Block) * _source.Pixels * Tile.Block) + (channel % Tile.Block);
            for (int j = first; j < end; j++)
                to[(j * Tile.Block) + lane] = plane[(((long)row * _source.Logical.W) + column + (j * _stepX)) * Tile.Block];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyBlock(float* from, float* to)
    {
        if (T.PerBlock == 1) T.Store(T.Load(from), to);
        else if (T.PerBlock == 2) StoreBlock(to, T.Load(from), T.Load(from + T.Width), T.Zero, T.Zero);
        else StoreBlock(to, T.Load(from), T.Load(from + T.Width), T.Load(from + (2 * T.Width)), T.Load(from + (3 * T.Width)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBlock(float* to, T a, T b, T c, T d)
    {
        T.Store(a, to);
        if (T.PerBlock >= 2) T.Store(b, to + T.Width);
        if (T.PerBlock < 4) return;
        T.Store(c, to + (2 * T.Width));
        T.Store(d, to + (3 * T.Width));
    }
}
