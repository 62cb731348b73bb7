using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The gradient of a convolution's weights by minimal filtering: dW = G' (sum over tiles of (B' d B) * (A dy A')) G. For a run of tiles at a time, inputs and gradients of outputs are
/// transformed, then multiplied point by point; the sums of all runs are transformed back. The order of additions does not depend on the threads.
/// </summary>
internal sealed unsafe class WinogradFilterGradient<T, TScheme, TShort> : IFilterGradient
    where T : unmanaged, IVector<T>
    where TScheme : struct, IWinograd
    where TShort : struct, IWinograd
{
    private const long MostRunFloats = 3_000_000; // a run should stay in the last-level cache between its transformation and its use
    private const int TilesAPart = 8, PanelsAPart = 8;
    private readonly WinogradTiles _tiles;
    private readonly WinogradPanels _points;
    private readonly ConvolutionPanels _weights;
    private readonly TransformTask _transform;
    private readonly MultiplyTask _multiply;
    private readonly ReturnTask _return;
    private readonly int _run;
    private float* _source, _gradient, _weightGradient, _inputs, _gradients, _sums;
    private int _first, _count;

    public WinogradFilterGradient(BlockedFormat source, BlockedFormat output, ConvolutionPanels weights, WinogradPanels points, int top, int left)
    {
        _tiles = new WinogradTiles(source, output, top, left, TScheme.Outputs, TScheme.Points, typeof(TShort) != typeof(TScheme));
        (_weights, _points) = (weights, points);
        long tileFloats = (long)Points * (source.Blocks + output.Blocks) * Tile.Block;
        int runs = (int)Math.Max(1, (_tiles.Count * tileFloats + MostRunFloats - 1) / MostRunFloats);
        _run = ((((_tiles.Count + runs - 1) / runs) + _tiles.Unit - 1) / _tiles.Unit) * _tiles.Unit;
        _transform = new TransformTask(this);
        _multiply = new MultiplyTask(this);
        _return = new ReturnTask(this);
    }

    /// <inheritdoc/>
    public long ScratchBytes => (((long)Points * (InputStep + GradientStep)) + _points.Floats) * sizeof(float);

    private static int Points => TScheme.Points * TScheme.Points;

    private int InputStep => (_tiles.Source.Blocks * _run * Tile.Block) + Tile.Block;

    private int GradientStep => (_tiles.Destination.Blocks * _run * Tile.Block) + Tile.Block;

    private TileRun Tiles => new(_first, _count);

    private int BlockStep => _run * Tile.Block;

    /// <inheritdoc/>
    public void Bind(float* source, float* outputGradient, float* weightGradient, float* scratch)
    {
        _source = source;
        _gradient = outputGradient;
        _weightGradient = weightGradient;
        _inputs = scratch;
        _gradients = _inputs + ((long)Points * InputStep);
        _sums = _gradients + ((long)Points * GradientStep);
    }

    /// <inheritdoc/>
    public void Run(ThreadTeam team)
    {
        for (_first = 0; _first < _tiles.Count; _first += _run)
        {
            _count = Math.Min(_run, _tiles.Count - _first);
            team.Run(_transform, (_count + TilesAPart - 1) / TilesAPart);
            team.Run(_multiply, Points * _points.GroupCount * MultiplyTask.PartsOf(_points.Panels));
        }

        team.Run(_return, _points.GroupCount * _points.Panels * _points.RowBlocks);
    }

    /// <summary>Transforms a few tiles of inputs and of gradients.</summary>
    private sealed class TransformTask(WinogradFilterGradient<T, TScheme, TShort> owner) : TeamTask
    {
        public override void Execute(int part, int worker)
        {
            int first = part * TilesAPart, count = Math.Min(TilesAPart, owner._count - first), step = owner.BlockStep;
            WinogradTiles tiles = owner._tiles;
            WinogradInputs<T, TScheme, TShort>.Transform(
                tiles, owner._source, owner.Tiles, first, count, 0, tiles.Source.Blocks, owner._inputs + (first * Tile.Block), owner.InputStep, step);
            WinogradInputs<T, TScheme, TShort>.TransformGradient(
                tiles, owner._gradient, owner.Tiles, first, count, 0, tiles.Destination.Blocks, owner._gradients + (first * Tile.Block), owner.GradientStep, step);
        }
    }

    /// <summary>Multiplies one point of a few panels.</summary>
    private sealed class MultiplyTask(WinogradFilterGradient<T, TScheme, TShort> owner) : TeamTask
    {
        public static int PartsOf(int panels) => (panels + PanelsAPart - 1) / PanelsAPart;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            WinogradPanels format = owner._points;
            (int rest, int run) = Math.DivRem(part, PartsOf(format.Panels));
            (int point, int group) = Math.DivRem(rest, format.GroupCount);
            owner._tiles.Range(owner.Tiles, point, out int first, out int count);
            float* inputs = owner._inputs + ((long)point * owner.InputStep) + ((long)group * format.RowBlocks * owner.BlockStep) + (first * Tile.Block);
            float* gradients = owner._gradients + ((long)point * owner.GradientStep) + ((long)group * format.Panels * owner.BlockStep) + (first * Tile.Block);
            for (int panel = run * PanelsAPart; panel < Math.Min(format.Panels, (run + 1) * PanelsAPart); panel += 2)
            {
                float* sums = owner._sums + ((((long)group * format.Panels) + panel) * format.PanelFloats) + ((long)point * format.PointFloats);
                int halves = Math.Min(2, format.Panels - panel);
                if (count == 0 && owner._first == 0)
                {
                    for (int half = 0; half < halves; half++) NativeMemory.Clear(sums + (half * format.PanelFloats), (nuint)format.PointFloats * sizeof(float));
                }

                Tile.OuterProduct<T>(
                    inputs, owner.BlockStep, format.RowBlocks, gradients + ((long)panel * owner.BlockStep), owner.BlockStep, halves, count, sums, (nint)format.PanelFloats,
                    owner._first > 0 ? OuterMode.Accumulate : OuterMode.Overwrite);
            }
        }
    }

    /// <summary>Transforms the sums of 16 rows of a panel back.</summary>
    private sealed class ReturnTask(WinogradFilterGradient<T, TScheme, TShort> owner) : TeamTask
    {
        private readonly float[] _filter = [.. TScheme.Filter.Select(v => (float)v)];

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            WinogradPanels format = owner._points;
            (int panel, int block) = Math.DivRem(part, format.RowBlocks);
            int taps = TScheme.Taps;
            float* from = owner._sums + (panel * format.PanelFloats) + ((long)block * Tile.Block * Tile.Block);
            float* to = owner._weightGradient + (panel * owner._weights.PanelFloats) + ((long)block * Tile.Block * Tile.Block);
            float* memory = stackalloc float[((taps * TScheme.Points) + 1) * Tile.Block], half = Tile.Align(memory);
            fixed (float* filter = _filter)
            {
                for (int row = 0; row < Tile.Block; row++, from += Tile.Block, to += Tile.Block)
                {
                    for (int lane = 0; lane < Tile.Block; lane += T.Width) Return(filter, from + lane, format.PointFloats, to + lane, format.PointFloats, half);
                    if (format.Stride > 1) ClearPadding((block * Tile.Block) + row, to);
                }
            }
        }

        /// <summary>Taps where the kernel does not reach have no gradient: an update would make weights of them.</summary>
        private void ClearPadding(int channel, float* to)
        {
            WeightPhases phases = owner._weights.Phases;
            for (int tap = 0; tap < phases.Taps; tap++)
                if (phases.Index(channel, tap) < 0) NativeMemory.Clear(to + ((long)tap * owner._points.PointFloats), Tile.Block * sizeof(float));
        }

        /// <summary>G' u G of one register.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Return(float* filter, float* from, nint pointStep, float* to, nint tapStep, float* half)
        {
            int points = TScheme.Points, taps = TScheme.Taps;
            for (int q = 0; q < points; q++)
            {
                for (int y = 0; y < taps; y++)
                {
                    T sum = T.Zero;
                    for (int p = 0; p < points; p++) sum = T.MultiplyAdd(T.Broadcast(filter[(p * taps) + y]), T.Load(from + (((p * points) + q) * pointStep)), sum);
                    T.Store(sum, half + (((y * points) + q) * Tile.Block));
                }
            }

            for (int y = 0; y < taps; y++)
            {
                for (int x = 0; x < taps; x++)
                {
                    T sum = T.Zero;
                    for (int q = 0; q < points; q++) sum = T.MultiplyAdd(T.Broadcast(filter[(q * taps) + x]), T.Load(half + (((y * points) + q) * Tile.Block)), sum);
                    T.Store(sum, to + (((y * taps) + x) * tapStep));
                }
            }
        }
    }
}
