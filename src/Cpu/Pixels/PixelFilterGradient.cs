using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The gradient of the weights of a convolution of images with few channels. The images are divided into a fixed number of runs, whose sums are added at the end in their order:
/// so the result does not depend on the threads. A part is a run of images and two panels of output channels.
/// </summary>
internal sealed unsafe class PixelFilterGradient<T> : TeamTask, IFilterGradient
    where T : unmanaged, IVector<T>
{
    private const int MostRuns = 16, LinesAtOnce = 4;
    private readonly PixelFormat _source;
    private readonly BlockedFormat _output;
    private readonly PixelPanels _panels;
    private readonly WindowGeometry _window;
    private readonly SumTask _sum;
    private readonly int _runs, _images;
    private float* _pixels, _gradient, _weightGradient, _sums;

    public PixelFilterGradient(PixelFormat source, BlockedFormat output, PixelPanels panels, WindowGeometry window)
    {
        (_source, _output, _panels, _window) = (source, output, panels, window);
        int images = output.Logical.N;
        _images = (images + MostRuns - 1) / MostRuns;
        _runs = (images + _images - 1) / _images;
        _sum = new SumTask(this);
    }

    /// <inheritdoc/>
    public long ScratchBytes => _runs * _panels.Bytes;

    /// <inheritdoc/>
    public void Bind(float* source, float* outputGradient, float* weightGradient, float* scratch)
    {
        _pixels = source;
        _gradient = outputGradient;
        _weightGradient = weightGradient;
        _sums = scratch;
    }

    /// <inheritdoc/>
    public void Run(ThreadTeam team)
    {
        team.Run(this, _runs * _panels.Pairs);
        team.Run(_sum, _panels.Panels * _panels.RowBlocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        (int run, int panel) = Math.DivRem(part, _panels.Pairs);
        panel *= 2;
        int halves = Math.Min(2, _panels.Panels - panel);
        float* sums = _sums + ((((long)run * _panels.Panels) + panel) * _panels.PanelFloats);
        NativeMemory.Clear(sums, (nuint)(halves * _panels.PanelFloats * sizeof(float)));
        int plane = _output.Pixels * Tile.Block, end = Math.Min(_output.Logical.N, (run + 1) * _images);
        for (int image = run * _images; image < end; image++)
        {
            for (int y = 0; y < _window.OutputHeight; y += LinesAtOnce)
            {
                float* from = _pixels + (image * _source.ImageFloats) + ((long)y * _window.StrideHeight * _source.RowFloats);
                float* gradient = _gradient + (image * _output.ImageFloats) + ((long)panel * plane) + ((long)y * _window.OutputWidth * Tile.Block);
                Lines(from, gradient, plane, halves, Math.Min(LinesAtOnce, _window.OutputHeight - y), sums);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Lines(float* from, float* gradient, nint plane, int halves, int lines, float* sums)
    {
        int channels = _source.Logical.C, width = _window.OutputWidth, depth = _window.KernelWidth * channels;
        var shape = new OuterShape(_window.StrideWidth * channels, width, lines, (nint)_window.StrideHeight * _source.RowFloats, (nint)width * Tile.Block);
        for (int row = 0; row < _window.KernelHeight; row++, from += _source.RowFloats, sums += depth * Tile.Block)
            Tile.OuterProduct<T>(shape, from, depth, gradient, plane, halves, sums, (nint)_panels.PanelFloats, OuterMode.Accumulate);
    }

    /// <summary>Adds the sums of all runs. A part is 16 rows of a panel.</summary>
    private sealed class SumTask(PixelFilterGradient<T> owner) : TeamTask
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            long first = (long)part * Tile.Block * Tile.Block, step = owner._panels.Floats;
            for (long i = first; i < first + (Tile.Block * Tile.Block); i += T.Width)
            {
                T sum = T.Load(owner._sums + i);
                for (int run = 1; run < owner._runs; run++) sum = T.Add(sum, T.Load(owner._sums + (run * step) + i));
                T.Store(sum, owner._weightGradient + i);
            }
        }
    }
}
