using System.Runtime.CompilerServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>The forward pass of <see cref="LrnMaxPool{T}"/>: the rows of a window are normalised into a ring of rows in the second-level cache, from which maxima are taken.</summary>
internal sealed unsafe class LrnMaxPoolForward<T> : TeamTask
    where T : unmanaged, IVector<T>
{
    private readonly LrnRow<T> _row;
    private readonly WindowGeometry _window;
    private readonly BlockedFormat _source, _destination;
    private readonly int _threads, _band, _bands;
    private float* _input, _output, _scratch;

    public LrnMaxPoolForward(LrnLayer lrn, WindowGeometry window, BlockedFormat source, BlockedFormat destination, int threads)
    {
        _row = LrnRow<T>.Create(lrn, source);
        (_window, _source, _destination, _threads) = (window, source, destination, threads);
        (_band, _bands) = Bands(window.OutputHeight, source.Logical.N);
    }

    public int Parts => _source.Logical.N * _bands;

    public long ScratchBytes => _threads * ScratchFloats * sizeof(float);

    private int RowFloats => _source.Blocks * _window.Width * Tile.Block;

    private long ScratchFloats => ((long)_window.KernelHeight * RowFloats) + _row.ScratchFloats;

    /// <summary>The rows of a band, and the bands of an image: together some 32 or more, whatever the number of threads.</summary>
    public static (int Band, int Bands) Bands(int rows, int images)
    {
        int bands = Math.Clamp((32 + images - 1) / images, 1, Math.Max(1, rows / 4)), band = (rows + bands - 1) / bands;
        return (band, (rows + band - 1) / band);
    }

    public void Bind(float* input, float* output, float* scratch)
    {
        _input = input;
        _output = output;
        _scratch = scratch;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        (int image, int band) = Math.DivRem(part, _bands);
        float* ring = _scratch + (worker * ScratchFloats), line = _row.Prepare(ring + ((long)_window.KernelHeight * RowFloats));
        float* input = _input + (image * _source.ImageFloats), output = _output + (image * _destination.ImageFloats);
        int end = Math.Min(_window.OutputHeight, (band + 1) * _band), width = _window.Width, next = 0;
        for (int y = band * _band; y < end; y++)
        {
            int top = (y * _window.StrideHeight) - _window.PadTop, bottom = Math.Min(_window.Height, top + _window.KernelHeight);
            top = Math.Max(0, top);
            for (next = Math.Max(next, top); next < bottom; next++) _row.Normalise(input + ((long)next * width * Tile.Block), width, line, ring + (next % _window.KernelHeight * RowFloats), (long)width * Tile.Block);
            Pool(ring, top, bottom, output + ((long)y * _window.OutputWidth * Tile.Block));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pool(float* ring, int top, int bottom, float* to)
    {
        int width = _window.Width, kernel = _window.KernelHeight, rowFloats = RowFloats;
        long plane = (long)_destination.Pixels * Tile.Block;
        for (int block = 0; block < _source.Blocks; block++)
        {
            float* source = ring + (block * width * Tile.Block);
            for (int x = 0; x < _window.OutputWidth; x++)
            {
                int left = (x * _window.StrideWidth) - _window.PadLeft, right = Math.Min(width, left + _window.KernelWidth);
                left = Math.Max(0, left);
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    T max = T.Load(source + (top % kernel * rowFloats) + (left * Tile.Block) + lane);
                    for (int i = top; i < bottom; i++)
                    {
                        float* row = source + (i % kernel * rowFloats) + lane;
                        for (int j = left; j < right; j++) max = T.MaxNaN(max, T.Load(row + (j * Tile.Block)));
                    }

                    T.Store(max, to + (block * plane) + (x * Tile.Block) + lane);
                }
            }
        }
    }
}
