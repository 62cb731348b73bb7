using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Where the pixels of a product's grid lie in its destination.</summary>
/// <param name="Height">Rows of the grid.</param>
/// <param name="Width">Columns of the grid.</param>
/// <param name="StepY">Destination rows from one row of the grid to the next.</param>
/// <param name="StepX">Destination columns from one column of the grid to the next.</param>
/// <param name="Row">The destination row of the grid's row 0.</param>
/// <param name="Column">The destination column of the grid's column 0.</param>
internal readonly record struct Grid(int Height, int Width, int StepY, int StepX, int Row, int Column)
{
    public int Pixels => Height * Width;

    public bool Contiguous => StepY == 1 && StepX == 1;
}

/// <summary>
/// destination = gathered source times panels, plus biases, rectified: the forward pass of a convolution, and (with transposed panels, phase by phase) the gradient of
/// its input. Each part is a run of pixels of one image; a piece of the gathered source stays in the second-level cache while all panels pass by.
/// </summary>
internal sealed unsafe class GatherProduct<T> : ProductTask
    where T : unmanaged, IVector<T>
{
    private const int MostTiles = 16, MostBlocks = 16;
    private readonly Gather _gather;
    private readonly PanelFormat _panels;
    private readonly TensorFormat _destination;
    private readonly Grid _grid;
    private readonly int _threads, _columns, _chunksPerImage, _chunkTiles, _blocksAtOnce, _biasStride;
    private readonly bool _direct, _alignedGroups;
    private readonly TileMode _end;

    public GatherProduct(Gather gather, PanelFormat panels, TensorFormat destination, Grid grid, bool relu, int threads)
    {
        (_gather, _panels, _destination, _grid) = (gather, panels, destination, grid);
        _threads = threads;
        _end = relu ? TileMode.Relu : TileMode.Overwrite;
        _columns = destination.Logical.C / panels.Groups;
        _biasStride = panels.Panels * Tile.Block;
        _alignedGroups = panels.Groups == 1 || _columns % Tile.Block == 0;
        _direct = _alignedGroups && grid.Contiguous && destination is BlockedFormat;
        int tiles = (grid.Pixels + Tile.Rows - 1) / Tile.Rows, images = destination.Logical.N;
        int chunks = Math.Max((tiles + MostTiles - 1) / MostTiles, Math.Min(tiles, ((4 * threads) + images - 1) / images));
        _chunkTiles = (tiles + chunks - 1) / chunks;
        _chunksPerImage = (tiles + _chunkTiles - 1) / _chunkTiles;
        // A tile that is scattered is not added to later: it takes all rows of the panel at once.
        _blocksAtOnce = Math.Max(1, _direct ? Math.Min(MostBlocks, panels.RowBlocks) : panels.RowBlocks);
    }

    public override long ScratchBytes => _threads * ScratchFloats * sizeof(float);

    private nint PanelStep => (nint)_panels.PanelFloats;

    private long ScratchFloats => ((long)_blocksAtOnce * _chunkTiles * Tile.Rows * Tile.Block) + Tile.Slack;

    public override void Run(ThreadTeam team) => team.Run(this, _destination.Logical.N * _chunksPerImage);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        (int image, int chunk) = Math.DivRem(part, _chunksPerImage);
        int firstPixel = chunk * _chunkTiles * Tile.Rows, count = Math.Min(_chunkTiles * Tile.Rows, _grid.Pixels - firstPixel);
        float* panel = _scratch + (worker * ScratchFloats);
        int blockStride = _chunkTiles * Tile.Rows * Tile.Block;
        if (!_alignedGroups && _destination is BlockedFormat blocked) ClearPixels(blocked, image, firstPixel, count);
        for (int group = 0; group < _panels.Groups; group++)
        {
            int block = 0;
            do
            {
                int blocks = Math.Min(_blocksAtOnce, _panels.RowBlocks - block);
                _gather.Fill(panel, blockStride, _source, image, group, block, blocks, firstPixel, count);
                TileMode mode = (block > 0 ? TileMode.Accumulate : TileMode.Overwrite) | (block + blocks == _panels.RowBlocks ? _end : TileMode.Overwrite);
                if (_direct) Direct(panel, blockStride, image, group, block, blocks, firstPixel, count, mode);
                else Scattered(panel, blockStride, image, group, blocks, firstPixel, count, mode);
                block += blocks;
            }
            while (block < _panels.RowBlocks);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Weights(int group, int panel, int block) =>
        _weights + ((((long)group * _panels.Panels) + panel) * _panels.PanelFloats) + ((long)block * Tile.Block * Tile.Block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Bias(int group, int panel) => _bias == null ? null : _bias + (group * _biasStride) + (panel * Tile.Block);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Direct(float* panel, int blockStride, int image, int group, int block, int blocks, int firstPixel, int count, TileMode mode)
    {
        var format = (BlockedFormat)_destination;
        int plane = format.Pixels * Tile.Block, groupBlocks = (_columns + Tile.Block - 1) / Tile.Block;
        for (int j = 0; j < _panels.Panels; j += 2)
        {
            float* weights = Weights(group, j, block), bias = Bias(group, j);
            int halves = Math.Min(2, _panels.Panels - j);
            Ahead ahead = default; // the next pair lies in a cache already: asking for it took 4% longer
            float* output = _output + (image * format.ImageFloats) + ((long)((group * groupBlocks) + j) * plane) + ((long)firstPixel * Tile.Block);
            Tile.Product<T>(panel, blockStride, weights, PanelStep, blocks, bias, output, Tile.Block, plane, count, halves, mode, ref ahead);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scattered(float* panel, int blockStride, int image, int group, int blocks, int firstPixel, int count, TileMode mode)
    {
        float* tile = stackalloc float[Tile.Rows * 2 * Tile.Block];
        for (int j = 0; j < _panels.Panels; j += 2)
        {
            float* weights = Weights(group, j, 0), bias = Bias(group, j);
            int halves = Math.Min(2, _panels.Panels - j), columns = Math.Min(2 * Tile.Block, _columns - (j * Tile.Block)), firstChannel = (group * _columns) + (j * Tile.Block);
            for (int row = 0; row < count; row += Tile.Rows)
            {
                Ahead ahead = default;
                int rows = Math.Min(Tile.Rows, count - row);
                Tile.Product<T>(panel + (row * Tile.Block), blockStride, weights, PanelStep, blocks, bias, tile, 2 * Tile.Block, Tile.Block, rows, halves, mode, ref ahead);
                for (int r = 0; r < rows; r++) Scatter(tile + (r * 2 * Tile.Block), image, firstChannel, columns, firstPixel + row + r);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scatter(float* values, int image, int firstChannel, int columns, int pixel)
    {
        Shape shape = _destination.Logical;
        int y = (pixel / _grid.Width * _grid.StepY) + _grid.Row, x = (pixel % _grid.Width * _grid.StepX) + _grid.Column, at = (y * shape.W) + x;
        if (_destination is BlockedFormat format)
        {
            float* to = _output + (image * format.ImageFloats) + ((long)at * Tile.Block);
            long plane = (long)format.Pixels * Tile.Block;
            // Where groups are aligned the padding lanes of the last block are written too: they are 0, as the panel's padding columns are.
            int written = _alignedGroups ? (columns + Tile.Block - 1) / Tile.Block * Tile.Block : columns;
            for (int j = 0; j < written; j++)
            {
                int channel = firstChannel + j;
                to[(channel / Tile.Block * plane) + (channel % Tile.Block)] = values[j];
            }
        }
        else
        {
            var pixels = (PixelFormat)_destination;
            float* to = _output + (image * pixels.ImageFloats) + pixels.RowOffset(firstChannel, y) + (x * pixels.PixelStep);
            for (int j = 0; j < columns; j++) to[j] = values[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ClearPixels(BlockedFormat format, int image, int firstPixel, int count)
    {
        // The last block has padding lanes that no group writes.
        float* last = _output + (image * format.ImageFloats) + ((long)(format.Blocks - 1) * format.Pixels * Tile.Block);
        for (int p = firstPixel; p < firstPixel + count; p++)
        {
            int y = (p / _grid.Width * _grid.StepY) + _grid.Row, x = (p % _grid.Width * _grid.StepX) + _grid.Column;
            NativeMemory.Clear(last + ((((long)y * format.Logical.W) + x) * Tile.Block), Tile.Block * sizeof(float));
        }
    }
}
