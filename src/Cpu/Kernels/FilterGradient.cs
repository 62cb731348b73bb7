using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The gradient of a convolution's weights: the gathered source, transposed, times the gradient of the output, summed over pixels and images. Each part is a run of rows of
/// the weight panels, so that no two threads add to the same sum and the order of additions is fixed.
/// </summary>
internal sealed unsafe class FilterGradient<T> : TeamTask, IFilterGradient
    where T : unmanaged, IVector<T>
{
    private const int MostPixels = 256, MostBlocks = 16;
    private readonly Gather _gather;
    private readonly PanelFormat _panels;
    private readonly BlockedFormat _output;
    private readonly int _threads, _columns, _chunk, _blocksAtOnce, _partsPerGroup;
    private readonly bool _alignedGroups;
    private float* _source, _outputGradient, _weightGradient, _scratch;

    public FilterGradient(Gather gather, PanelFormat panels, BlockedFormat output, int threads)
    {
        (_gather, _panels, _output) = (gather, panels, output);
        _threads = threads;
        _columns = output.Logical.C / panels.Groups;
        _alignedGroups = panels.Groups == 1 || _columns % Tile.Block == 0;
        int pixels = (output.Pixels + Tile.Rows - 1) / Tile.Rows * Tile.Rows, chunks = (pixels + MostPixels - 1) / MostPixels;
        _chunk = ((pixels + chunks - 1) / chunks + Tile.Rows - 1) / Tile.Rows * Tile.Rows;
        int parts = Math.Max((panels.RowBlocks + MostBlocks - 1) / MostBlocks, Math.Min(panels.RowBlocks, ((2 * threads) + panels.Groups - 1) / panels.Groups));
        _blocksAtOnce = (panels.RowBlocks + parts - 1) / parts;
        _partsPerGroup = (panels.RowBlocks + _blocksAtOnce - 1) / _blocksAtOnce;
    }

    /// <inheritdoc/>
    public long ScratchBytes => _threads * ScratchFloats * sizeof(float);

    private long PanelFloats => (long)_blocksAtOnce * _chunk * Tile.Block;

    private long ScratchFloats => PanelFloats + (_alignedGroups ? 0 : 2L * _chunk * Tile.Block);

    /// <inheritdoc/>
    public void Bind(float* source, float* outputGradient, float* weightGradient, float* scratch)
    {
        _source = source;
        _outputGradient = outputGradient;
        _weightGradient = weightGradient;
        _scratch = scratch;
    }

    /// <inheritdoc/>
    public void Run(ThreadTeam team) => team.Run(this, _panels.Groups * _partsPerGroup);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        (int group, int run) = Math.DivRem(part, _partsPerGroup);
        int first = run * _blocksAtOnce, blocks = Math.Min(_blocksAtOnce, _panels.RowBlocks - first);
        float* panel = _scratch + (worker * ScratchFloats), lanes = panel + PanelFloats;
        int blockStride = _chunk * Tile.Block;
        float* weights = _weightGradient + (group * _panels.Panels * _panels.PanelFloats) + ((long)first * Tile.Block * Tile.Block);
        bool accumulate = false;
        for (int image = 0; image < _output.Logical.N; image++)
        {
            for (int pixel = 0; pixel < _output.Pixels; pixel += _chunk)
            {
                int count = Math.Min(_chunk, _output.Pixels - pixel);
                _gather.Fill(panel, blockStride, _source, image, group, first, blocks, pixel, count);
                for (int j = 0; j < _panels.Panels; j += 2)
                {
                    float* gradient = OutputGradient(image, group, j, pixel, count, lanes, out nint halfStride);
                    float* to = weights + (j * _panels.PanelFloats);
                    Tile.OuterProduct<T>(
                        panel, blockStride, blocks, gradient, halfStride, Math.Min(2, _panels.Panels - j), count, to, (nint)_panels.PanelFloats, accumulate ? OuterMode.Accumulate : OuterMode.Overwrite);
                }

                accumulate = true;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* OutputGradient(int image, int group, int panel, int pixel, int count, float* lanes, out nint halfStride)
    {
        float* images = _outputGradient + (image * _output.ImageFloats);
        int columns = Math.Min(2 * Tile.Block, _columns - (panel * Tile.Block)), channel = (group * _columns) + (panel * Tile.Block);
        nint plane = _output.Pixels * Tile.Block;
        if (_alignedGroups)
        {
            halfStride = columns > Tile.Block ? plane : 0;
            return images + ((channel / Tile.Block) * plane) + ((long)pixel * Tile.Block);
        }

        // The group's channels do not begin at a block: they are put together lane by lane.
        halfStride = _chunk * Tile.Block;
        NativeMemory.Clear(lanes, (nuint)(2 * halfStride * sizeof(float)));
        for (int j = 0; j < columns; j++, channel++)
        {
            float* from = images + ((channel / Tile.Block) * plane) + ((long)pixel * Tile.Block) + (channel % Tile.Block);
            float* to = lanes + (j / Tile.Block * halfStride) + (j % Tile.Block);
            for (int p = 0; p < count; p++) to[p * Tile.Block] = from[p * Tile.Block];
        }

        return lanes;
    }
}
