using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution by minimal filtering, plus biases, rectified; or, with the weights for it, the gradient of its input. Runs of tiles are transformed, multiplied point by point with
/// two panels of weights at a time, and transformed back. Either each thread does runs of its own from beginning to end, in memory of its own; or, where the weights are what is
/// large, all threads transform one long run together and then divide the panels, so that weights come from memory as seldom as can be.
/// </summary>
internal sealed unsafe class WinogradProduct<T, TScheme, TShort> : ProductTask
    where T : unmanaged, IVector<T>
    where TScheme : struct, IWinograd
    where TShort : struct, IWinograd
{
    private const long MostOwnFloats = 1_500_000, MostSharedFloats = 3_000_000; // of transformed inputs: a thread's own, and all threads' together, in the last-level cache
    private const long ManyWeights = 4_000_000;
    private const int MostTiles = 96; // of which the products with two panels stay in the second-level cache

    // Sums of at most 96 channels, which are then added: transforming back, large terms cancel, and their rounding, which grows with the length of a sum, is most of the error.
    private const int BlocksAtOnce = 6;
    private readonly WinogradTiles _tiles;
    private readonly WinogradPanels _panels;
    private readonly TransformTask _transform;
    private readonly ProductsTask _products;
    private readonly int _threads, _run, _chunk, _pairs;
    private readonly bool _shared, _relu;
    private int _first, _count;

    public WinogradProduct(BlockedFormat source, BlockedFormat destination, WinogradPanels panels, int top, int left, bool relu, int threads)
    {
        _tiles = new WinogradTiles(source, destination, top, left, TScheme.Outputs, TScheme.Points, typeof(TShort) != typeof(TScheme));
        (_panels, _relu, _threads) = (panels, relu, threads);
        _pairs = (panels.Panels + 1) / 2;
        long tileFloats = (long)Points * panels.RowBlocks * Tile.Block;
        _shared = panels.Floats > ManyWeights || (threads > 1 && _tiles.Count < 2 * threads * Tile.Rows);
        if (_shared)
        {
            _run = Even(_tiles.Count, (int)Math.Max(Tile.Rows, MostSharedFloats / (tileFloats * panels.GroupCount)), 1, _tiles.Unit);
            // Enough parts for all threads, of few tiles only where there are too few panels.
            int most = Math.Min(MostTiles, Math.Max(Tile.Rows, _run * _pairs * panels.GroupCount / (2 * threads)));
            _chunk = Even(_run, most, 1, _tiles.Unit);
        }
        else
        {
            _run = _chunk = Even(_tiles.Count, (int)Math.Clamp(MostOwnFloats / tileFloats, Tile.Rows, MostTiles), threads, _tiles.Unit);
        }

        _transform = new TransformTask(this);
        _products = new ProductsTask(this);
    }

    public override long ScratchBytes => ((_shared ? InputFloats : 0) + (_threads * ThreadFloats)) * sizeof(float);

    private static int Points => TScheme.Points * TScheme.Points;

    /// <summary>Blocks of channels that are transformed at once: of all groups, or of one.</summary>
    private int InputBlocks => _shared ? _panels.RowBlocks * _panels.GroupCount : _panels.RowBlocks;

    /// <summary>Floats from one point of the transformed inputs to the next; not a multiple of 4096 bytes, which would crowd a few sets of the caches.</summary>
    private int InputStep => (_run * InputBlocks * Tile.Block) + Tile.Block;

    private int OutputStep => (_chunk * 2 * Tile.Block) + Tile.Block;

    private long InputFloats => ((long)Points * InputStep) + Tile.Slack;

    private long ThreadFloats => ((long)Points * OutputStep) + (_shared ? 0 : InputFloats);

    public override void Run(ThreadTeam team)
    {
        if (!_shared)
        {
            team.Run(this, (_tiles.Count + _chunk - 1) / _chunk);
            return;
        }

        for (_first = 0; _first < _tiles.Count; _first += _run)
        {
            _count = Math.Min(_run, _tiles.Count - _first);
            team.Run(_transform, _transform.Parts);
            team.Run(_products, _pairs * _panels.GroupCount * ((_count + _chunk - 1) / _chunk));
        }
    }

    /// <summary>Does a run of tiles from beginning to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        var tiles = new TileRun(part * _chunk, Math.Min(_chunk, _tiles.Count - (part * _chunk)));
        int blocks = _panels.RowBlocks;
        float* outputs = _scratch + (worker * ThreadFloats), inputs = outputs + ((long)Points * OutputStep);
        for (int group = 0; group < _panels.GroupCount; group++)
        {
            WinogradInputs<T, TScheme, TShort>.Transform(_tiles, _source, tiles, 0, tiles.Count, group * blocks, blocks, inputs, InputStep, _run * Tile.Block);
            for (int pair = 0; pair < _pairs; pair++) Multiply(inputs, tiles, group, 2 * pair, outputs);
        }
    }

    /// <summary>As even parts as can be, of about so many tiles each at most, whose number is a multiple of that of the threads; in units.</summary>
    private static int Even(int tiles, int most, int threads, int unit)
    {
        int parts = (Math.Max(1, (tiles + most - 1) / most) + threads - 1) / threads * threads;
        return Math.Max(1, (((tiles + parts - 1) / parts) + unit - 1) / unit) * unit;
    }

    /// <summary>A chunk of the run that all threads share.</summary>
    private TileRun Chunk(int chunk) => new(_first + (chunk * _chunk), Math.Min(_chunk, _count - (chunk * _chunk)));

    /// <summary>Multiplies transformed inputs with two panels, and transforms the products back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* inputs, TileRun run, int group, int panel, float* outputs)
    {
        int panels = _panels.Panels, halves = Math.Min(2, panels - panel), blocks = _panels.RowBlocks, blockStep = _run * Tile.Block;
        float* weights = _weights + ((((long)group * panels) + panel) * _panels.PanelFloats);
        for (int point = 0; point < Points; point++)
        {
            _tiles.Range(run, point, out int first, out int count);
            Ahead ahead = default;
            if (point + 1 < Points)
            {
                _tiles.Range(run, point + 1, out int nextFirst, out int nextCount);
                ahead = Ahead.Of(weights + ((point + 1L) * _panels.PointFloats), _panels.PointFloats, halves, (nint)_panels.PanelFloats)
                    .And(inputs + ((point + 1L) * InputStep) + (nextFirst * Tile.Block), nextCount * Tile.Block, blocks, blockStep);
            }

            for (int block = 0; block < blocks; block += BlocksAtOnce)
            {
                Tile.Product<T>(
                    inputs + ((long)point * InputStep) + ((long)block * blockStep) + (first * Tile.Block), blockStep, weights + ((long)point * _panels.PointFloats) + (block * Tile.Block * Tile.Block),
                    (nint)_panels.PanelFloats, Math.Min(BlocksAtOnce, blocks - block), null, outputs + ((long)point * OutputStep) + (first * 2 * Tile.Block), 2 * Tile.Block, Tile.Block, count, halves,
                    block == 0 ? TileMode.Overwrite : TileMode.Accumulate, ref ahead);
            }
        }

        float* bias = _bias == null ? null : _bias + (((group * panels) + panel) * Tile.Block);
        for (int half = 0; half < halves; half++)
            TransformBack(run, (group * panels) + panel + half, outputs + (half * Tile.Block), bias == null ? null : bias + (half * Tile.Block));
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformBack(TileRun run, int block, float* outputs, float* bias)
    {
        int m = TScheme.Outputs, points = TScheme.Points, step = OutputStep, width = _tiles.Destination.Logical.W, height = _tiles.Destination.Logical.H;
        float* memory = stackalloc float[((m * points) + (m * m) + 1) * Tile.Block];
        float* half = Tile.Align(memory), pixels = half + (m * points * Tile.Block);
        for (int t = 0; t < run.Count; t++)
        {
            TilePlace place = _tiles.Locate(run, t);
            int tileRows = m - (place.ShortRows ? 1 : 0), tileColumns = m - (place.ShortColumns ? 1 : 0), columnPoints = points - (place.ShortColumns ? 1 : 0);
            float* from = outputs + (t * 2 * Tile.Block);
            PatchAhead next = new(from + (2 * Tile.Block), (nint)points * step, step), written = _tiles.OutputsAhead(_output, _tiles.LocateAhead(run, t), block);
            for (int lane = 0; lane < Tile.Block; lane += T.Width)
            {
                for (int q = 0; q < columnPoints; q++)
                {
                    if (lane == 0) next.Ask(q, points);
                    if (place.ShortRows) TShort.Output<T>(from + ((nint)q * step) + lane, (nint)points * step, half + (q * Tile.Block) + lane, points * Tile.Block);
                    else TScheme.Output<T>(from + ((nint)q * step) + lane, (nint)points * step, half + (q * Tile.Block) + lane, points * Tile.Block);
                }

                for (int y = 0; y < tileRows; y++)
                {
                    if (lane == 0) written.Ask(y, m);
                    if (place.ShortColumns) TShort.Output<T>(half + (y * points * Tile.Block) + lane, Tile.Block, pixels + (y * m * Tile.Block) + lane, Tile.Block);
                    else TScheme.Output<T>(half + (y * points * Tile.Block) + lane, Tile.Block, pixels + (y * m * Tile.Block) + lane, Tile.Block);
                }
            }

            float* to = _output + (place.Image * _tiles.Destination.ImageFloats) + (((((long)block * height) + place.Row) * width) + place.Column) * Tile.Block;
            int rows = Math.Min(tileRows, height - place.Row), columns = Math.Min(tileColumns, width - place.Column);
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

    /// <summary>Transforms a run that all threads share. A part is a few tiles, or, where there are few, one block of channels of them.</summary>
    private sealed class TransformTask(WinogradProduct<T, TScheme, TShort> owner) : TeamTask
    {
        private const int Tiles = 8;

        public int Parts => TileParts * owner.InputBlocks;

        private int ChunkParts => (owner._chunk + Tiles - 1) / Tiles;

        private int TileParts => (owner._count + owner._chunk - 1) / owner._chunk * ChunkParts;

        public override void Execute(int part, int worker)
        {
            (int block, int tile) = Math.DivRem(part, TileParts);
            (int chunk, int run) = Math.DivRem(tile, ChunkParts);
            TileRun tiles = owner.Chunk(chunk);
            int first = run * Tiles, blockStep = owner._run * Tile.Block;
            WinogradInputs<T, TScheme, TShort>.Transform(
                owner._tiles, owner._source, tiles, first, Math.Min(Tiles, tiles.Count - first), block, 1,
                owner._scratch + ((long)block * blockStep) + (((chunk * owner._chunk) + first) * Tile.Block), owner.InputStep, blockStep);
        }
    }

    /// <summary>Multiplies a shared run. A part is two panels and a few tiles.</summary>
    private sealed class ProductsTask(WinogradProduct<T, TScheme, TShort> owner) : TeamTask
    {
        public override void Execute(int part, int worker)
        {
            int chunks = (owner._count + owner._chunk - 1) / owner._chunk;
            (int rest, int chunk) = Math.DivRem(part, chunks);
            (int group, int pair) = Math.DivRem(rest, owner._pairs);
            float* inputs = owner._scratch + ((long)group * owner._panels.RowBlocks * owner._run * Tile.Block) + (chunk * owner._chunk * Tile.Block);
            float* outputs = owner._scratch + owner.InputFloats + (worker * owner.ThreadFloats);
            owner.Multiply(inputs, owner.Chunk(chunk), group, 2 * pair, outputs);
        }
    }
}
