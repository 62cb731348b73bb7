using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution by minimal filtering, plus biases, rectified; or, with the weights for it, the gradient of its input. A part is a run of tiles: their inputs are transformed, and
/// then, two panels of output channels at a time, multiplied point by point and transformed back, all in memory of the thread's own.
/// </summary>
internal sealed unsafe class WinogradProduct<T, TScheme> : ProductTask
    where T : unmanaged, IVector<T>
    where TScheme : struct, IWinograd
{
    private const long MostScratchFloats = 1_500_000; // inputs and outputs of all points, of which a panel's share stays in the second-level cache
    private const int MostTiles = 96;

    // Sums of at most 64 channels, which are then added: transforming back, large terms cancel, and their rounding, which grows with the length of a sum, is most of the error.
    private const int BlocksAtOnce = 4;
    private readonly WinogradTiles _tiles;
    private readonly WinogradPanels _panels;
    private readonly int _threads, _chunk;
    private readonly bool _relu;
    private float* _source, _weights, _bias, _output, _scratch;

    public WinogradProduct(BlockedFormat source, BlockedFormat destination, WinogradPanels panels, int top, int left, bool relu, int threads)
    {
        _tiles = new WinogradTiles(source, destination, top, left, TScheme.Outputs, TScheme.Points);
        _panels = panels;
        _relu = relu;
        _threads = threads;
        long tileFloats = (long)Points * ((panels.RowBlocks + 2) * Tile.Block);
        int most = (int)Math.Clamp(MostScratchFloats / tileFloats, Tile.Rows, MostTiles);
        // As many parts as there are threads, or a multiple: the last to end keeps the others waiting.
        int parts = (Math.Max(1, _tiles.Count / most) + threads - 1) / threads * threads;
        _chunk = Math.Max(1, (((_tiles.Count + parts - 1) / parts) + Tile.Rows - 1) / Tile.Rows) * Tile.Rows;
        Parts = (_tiles.Count + _chunk - 1) / _chunk;
    }

    public override int Parts { get; }

    public override long ScratchBytes => _threads * ScratchFloats * sizeof(float);

    private static int Points => TScheme.Points * TScheme.Points;

    /// <summary>Floats from one point of the transformed inputs to the next; not a multiple of 4096 bytes, which would crowd a few sets of the caches.</summary>
    private int InputStep => (_chunk * _panels.RowBlocks * Tile.Block) + Tile.Block;

    private int OutputStep => (_chunk * 2 * Tile.Block) + Tile.Block;

    private long ScratchFloats => ((long)Points * (InputStep + OutputStep)) + Tile.Slack;

    public override void Bind(float* source, float* weights, float* bias, float* output, float* scratch)
    {
        _source = source;
        _weights = weights;
        _bias = bias;
        _output = output;
        _scratch = scratch;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        int first = part * _chunk, count = Math.Min(_chunk, _tiles.Count - first), panels = _panels.Panels;
        float* inputs = _scratch + (worker * ScratchFloats), outputs = inputs + ((long)Points * InputStep);
        for (int group = 0; group < _panels.GroupCount; group++)
        {
            WinogradInputs<T, TScheme>.Transform(_tiles, _source, first, count, group * _panels.RowBlocks, _panels.RowBlocks, inputs, InputStep, _chunk * Tile.Block);
            for (int panel = 0; panel < panels; panel += 2)
            {
                float* weights = _weights + ((((long)group * panels) + panel) * _panels.PanelFloats);
                int halves = Math.Min(2, panels - panel);
                for (int point = 0; point < Points; point++)
                {
                    for (int block = 0; block < _panels.RowBlocks; block += BlocksAtOnce)
                    {
                        Tile.Product<T>(
                            inputs + ((long)point * InputStep) + (block * _chunk * Tile.Block), _chunk * Tile.Block,
                            weights + ((long)point * _panels.PointFloats) + (block * Tile.Block * Tile.Block), (nint)_panels.PanelFloats, Math.Min(BlocksAtOnce, _panels.RowBlocks - block), null,
                            outputs + ((long)point * OutputStep), 2 * Tile.Block, Tile.Block, count, halves, block == 0 ? TileMode.Overwrite : TileMode.Accumulate);
                    }
                }

                float* bias = _bias == null ? null : _bias + (((group * panels) + panel) * Tile.Block);
                for (int half = 0; half < halves; half++)
                    TransformBack(first, count, (group * panels) + panel + half, outputs + (half * Tile.Block), bias == null ? null : bias + (half * Tile.Block));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformBack(int first, int count, int block, float* outputs, float* bias)
    {
        int m = TScheme.Outputs, points = TScheme.Points, step = OutputStep, width = _tiles.Destination.Logical.W, height = _tiles.Destination.Logical.H;
        float* half = stackalloc float[m * points * Tile.Block], pixels = stackalloc float[m * m * Tile.Block];
        for (int t = 0; t < count; t++)
        {
            float* from = outputs + (t * 2 * Tile.Block);
            for (int lane = 0; lane < Tile.Block; lane += T.Width)
            {
                for (int q = 0; q < points; q++) TScheme.Output<T>(from + ((nint)q * step) + lane, (nint)points * step, half + (q * Tile.Block) + lane, points * Tile.Block);
                for (int y = 0; y < m; y++) TScheme.Output<T>(half + (y * points * Tile.Block) + lane, Tile.Block, pixels + (y * m * Tile.Block) + lane, Tile.Block);
            }

            _tiles.Locate(first + t, out int image, out int row, out int column);
            float* to = _output + (image * _tiles.Destination.ImageFloats) + (((((long)block * height) + row) * width) + column) * Tile.Block;
            int rows = Math.Min(m, height - row), columns = Math.Min(m, width - column);
            for (int lane = 0; lane < Tile.Block; lane += T.Width)
            {
                T offset = bias == null ? T.Zero : T.Load(bias + lane);
                for (int y = 0; y < rows; y++)
                {
                    for (int x = 0; x < columns; x++)
                    {
                        T value = T.Add(T.Load(pixels + (((y * m) + x) * Tile.Block) + lane), offset);
                        T.Store(_relu ? T.Relu(value) : value, to + ((((nint)y * width) + x) * Tile.Block) + lane);
                    }
                }
            }
        }
    }
}
