using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Packs a matrix of [N][blocks * 16] for products: block b of row n comes to b * stride + n * 16, rows up to a multiple of 8 are 0. A part is a few blocks.
/// </summary>
internal sealed unsafe class PackRows<T> : TeamTask
    where T : unmanaged, IVector<T>
{
    private const int BlocksAtOnce = 32;
    private readonly int _rows, _blocks;
    private float* _matrix, _packed;

    public PackRows(int rows, int blocks) => (_rows, _blocks) = (rows, blocks);

    public int Parts => (_blocks + BlocksAtOnce - 1) / BlocksAtOnce;

    /// <summary>Rows with those that are 0.</summary>
    public int PaddedRows => (_rows + Tile.Rows - 1) / Tile.Rows * Tile.Rows;

    /// <summary>Floats from one block to the next.</summary>
    public int BlockStride => PaddedRows * Tile.Block;

    public long PackedBytes => (((long)_blocks * BlockStride) + Tile.Slack) * sizeof(float);

    public void Bind(float* matrix, float* packed)
    {
        _matrix = matrix;
        _packed = packed;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        int first = part * BlocksAtOnce, end = Math.Min(_blocks, first + BlocksAtOnce);
        long rowFloats = (long)_blocks * Tile.Block;
        for (int n = 0; n < PaddedRows; n++)
        {
            float* from = _matrix + (n * rowFloats), to = _packed + (n * Tile.Block);
            for (int b = first; b < end; b++)
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                    T.Store(n < _rows ? T.Load(from + (b * Tile.Block) + lane) : T.Zero, to + ((long)b * BlockStride) + lane);
        }
    }
}

/// <summary>[N][k] times panels, to [N][columns], plus biases, rectified. A part is two panels, whose weights are read from memory once.</summary>
internal sealed unsafe class PackedProduct<T> : ProductTask
    where T : unmanaged, IVector<T>
{
    private const int BlocksAtOnce = 16; // a piece of a panel that stays in the first-level cache while all rows pass by
    private readonly PanelFormat _panels;
    private readonly int _rows, _columnBlocks, _blockStride;
    private readonly TileMode _end;

    public PackedProduct(PanelFormat panels, int rows, int columnBlocks, int blockStride, bool relu)
    {
        (_panels, _rows, _columnBlocks, _blockStride) = (panels, rows, columnBlocks, blockStride);
        _end = relu ? TileMode.Relu : TileMode.Overwrite;
    }

    public override void Run(ThreadTeam team) => team.Run(this, _panels.Pairs);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        int panel = 2 * part;
        float* weights = _weights + (panel * _panels.PanelFloats), bias = _bias == null ? null : _bias + (panel * Tile.Block);
        int halves = Math.Min(2, _panels.Panels - panel), rowFloats = _columnBlocks * Tile.Block;
        for (int block = 0; block < _panels.RowBlocks; block += BlocksAtOnce)
        {
            int blocks = Math.Min(BlocksAtOnce, _panels.RowBlocks - block);
            Ahead ahead = Ahead.Of(
                weights + ((block + blocks) * Tile.Block * Tile.Block), Math.Min(BlocksAtOnce, _panels.RowBlocks - block - blocks) * Tile.Block * Tile.Block, halves, (nint)_panels.PanelFloats);
            TileMode mode = (block > 0 ? TileMode.Accumulate : TileMode.Overwrite) | (block + blocks == _panels.RowBlocks ? _end : TileMode.Overwrite);
            Tile.Product<T>(
                _source + ((long)block * _blockStride), _blockStride, weights + (block * Tile.Block * Tile.Block), (nint)_panels.PanelFloats, blocks, bias,
                _output + (panel * Tile.Block), rowFloats, Tile.Block, _rows, halves, mode, ref ahead);
        }
    }
}

/// <summary>The gradient of panels: the packed input, transposed, times the packed gradient of the output. A part is two panels.</summary>
internal sealed unsafe class PackedOuterProduct<T> : TeamTask
    where T : unmanaged, IVector<T>
{
    private readonly PanelFormat _panels;
    private readonly int _rows, _columnBlocks, _blockStride;
    private float* _packed, _packedGradient, _weightGradient;

    public PackedOuterProduct(PanelFormat panels, int rows, int columnBlocks, int blockStride) =>
        (_panels, _rows, _columnBlocks, _blockStride) = (panels, rows, columnBlocks, blockStride);

    public int Parts => _panels.Pairs;

    public void Bind(float* packed, float* packedGradient, float* weightGradient)
    {
        _packed = packed;
        _packedGradient = packedGradient;
        _weightGradient = weightGradient;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        int panel = 2 * part;
        float* to = _weightGradient + (panel * _panels.PanelFloats), gradient = _packedGradient + ((long)panel * _blockStride);
        Tile.OuterProduct<T>(_packed, _blockStride, _panels.RowBlocks, gradient, _blockStride, Math.Min(2, _panels.Panels - panel), _rows, to, (nint)_panels.PanelFloats, OuterMode.Stream);
    }
}
