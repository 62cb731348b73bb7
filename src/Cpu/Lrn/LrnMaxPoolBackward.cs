using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The backward pass of <see cref="LrnMaxPool{T}"/>. For the rows of a window, s^-beta and 1 / s are computed into rings of rows; each output gives its gradient to the first of its
/// window that equals it; and a row that no further window covers is finished:
/// dx[i] = dy[i] * s[i]^-beta - 2 * alpha * beta * x[i] * sum over the window of dy[j] * y[j] / s[j].
/// Where a rectifier and biases come before, the gradient is rectified as it is written, and summed.
/// </summary>
internal sealed unsafe class LrnMaxPoolBackward<T> : TeamTask
    where T : unmanaged, IVector<T>
{
    private readonly LrnRow<T> _row;
    private readonly WindowGeometry _window;
    private readonly BlockedFormat _source, _destination;
    private readonly BiasFormat? _bias;
    private readonly bool _relu;
    private readonly int _threads, _band, _bands;
    private float* _input, _output, _outputGradient, _inputGradient, _biasGradient, _scratch;

    public LrnMaxPoolBackward(LrnLayer lrn, WindowGeometry window, BlockedFormat source, BlockedFormat destination, int threads, bool relu, BiasFormat? bias)
    {
        _row = LrnRow<T>.Create(lrn, source);
        (_window, _source, _destination, _threads) = (window, source, destination, threads);
        (_relu, _bias) = (relu, bias);
        (_band, _bands) = LrnMaxPoolForward<T>.Bands(window.Height, source.Logical.N);
    }

    public long ScratchBytes => ((_threads * ScratchFloats) + (_bias is null ? 0 : (long)Parts * Channels)) * sizeof(float);

    private int Parts => _source.Logical.N * _bands;

    /// <summary>Channels with those of padding.</summary>
    private int Channels => _source.Blocks * Tile.Block;

    private int RowFloats => _source.Blocks * _window.Width * Tile.Block;

    private long RingFloats => (long)_window.KernelHeight * RowFloats;

    private long ScratchFloats => (3 * RingFloats) + _row.ScratchFloats;

    public void Bind(float* input, float* output, float* outputGradient, float* inputGradient, float* biasGradient, float* scratch)
    {
        _input = input;
        _output = output;
        _outputGradient = outputGradient;
        _inputGradient = inputGradient;
        _biasGradient = biasGradient;
        _scratch = scratch;
    }

    public void Run(ThreadTeam team)
    {
        team.Run(this, Parts);
        if (_bias is not null) AddBiases(_bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        (int image, int band) = Math.DivRem(part, _bands);
        var rings = new Rings(_scratch + (worker * ScratchFloats), RingFloats);
        float* line = _row.Prepare(rings.Gradient + RingFloats);
        float* input = _input + (image * _source.ImageFloats), inputGradient = _inputGradient + (image * _source.ImageFloats);
        long outputs = image * _destination.ImageFloats;
        int first = band * _band, end = Math.Min(_window.Height, first + _band), kernel = _window.KernelHeight, stride = _window.StrideHeight;
        int finished = first, begun = 0;
        float* sums = Sums(part);
        if (_bias is not null) NativeMemory.Clear(sums, (nuint)(Channels * sizeof(float)));
        for (int y = Math.Max(0, (first + _window.PadTop - kernel + stride) / stride); y < _window.OutputHeight; y++)
        {
            int top = (y * stride) - _window.PadTop, bottom = Math.Min(_window.Height, top + kernel);
            top = Math.Max(0, top);
            if (top >= end) break;
            for (; finished < Math.Min(top, end); finished++) Finish(input, inputGradient, rings, line, sums, finished);
            for (begun = Math.Max(begun, top); begun < bottom; begun++) Begin(input, rings, line, begun);
            Spread(input, rings, top, bottom, outputs + ((long)y * _window.OutputWidth * Tile.Block));
        }

        for (; finished < end; finished++) Finish(input, inputGradient, rings, line, sums, finished);
    }

    /// <summary>Computes s^-beta and 1 / s of a row, and sets its gradient to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Begin(float* input, in Rings rings, float* line, int row)
    {
        int width = _window.Width, ringRow = RingRow(row);
        NativeMemory.Clear(rings.Gradient + ringRow, (nuint)(RowFloats * sizeof(float)));
        _row.Powers(input + ((long)row * width * Tile.Block), width, line, rings.Power + ringRow, rings.Inverse + ringRow, width * Tile.Block);
    }

    /// <summary>Gives the gradient of a row of outputs to the first pixel of each window that equals the maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Spread(float* input, in Rings rings, int top, int bottom, long outputs)
    {
        int width = _window.Width, kernel = _window.KernelHeight, rowFloats = RowFloats;
        long plane = (long)_source.Pixels * Tile.Block, outputPlane = (long)_destination.Pixels * Tile.Block;
        float* powers = rings.Power, gradients = rings.Gradient;
        for (int block = 0; block < _source.Blocks; block++)
        {
            float* maxima = _output + outputs + (block * outputPlane), maximaGradients = _outputGradient + outputs + (block * outputPlane);
            for (int x = 0; x < _window.OutputWidth; x++)
            {
                int left = (x * _window.StrideWidth) - _window.PadLeft, right = Math.Min(width, left + _window.KernelWidth);
                left = Math.Max(0, left);
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    T max = T.Load(maxima + (x * Tile.Block) + lane), rest = T.Load(maximaGradients + (x * Tile.Block) + lane);
                    for (int i = top; i < bottom; i++)
                    {
                        int at = (i % kernel * rowFloats) + (((block * width) + left) * Tile.Block) + lane;
                        float* values = input + (block * plane) + ((((long)i * width) + left) * Tile.Block) + lane;
                        for (int j = left; j < right; j++, at += Tile.Block, values += Tile.Block)
                        {
                            T same = T.SameMask(T.Multiply(T.Load(values), T.Load(powers + at)), max);
                            T.Store(T.Add(T.Load(gradients + at), T.And(same, rest)), gradients + at);
                            rest = T.AndNot(same, rest);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Writes the gradient of a row of the input, 0 where no window covers it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(float* input, float* inputGradient, in Rings rings, float* line, float* sums, int row)
    {
        int width = _window.Width, ringRow = RingRow(row);
        long plane = (long)_source.Pixels * Tile.Block, first = (long)row * width * Tile.Block;
        if (!IsCovered(row))
        {
            for (int block = 0; block < _source.Blocks; block++) NativeMemory.Clear(inputGradient + (block * plane) + first, (nuint)(width * Tile.Block * sizeof(float)));
            return;
        }

        _row.Gradient(
            input + first, width, line, rings.Gradient + ringRow, width * Tile.Block, rings.Power + ringRow, rings.Inverse + ringRow, width * Tile.Block, inputGradient + first, _relu,
            _bias is null ? null : sums);
    }

    /// <summary>Whether a window covers a row: of those that begin at it or above, the last reaches furthest.</summary>
    private bool IsCovered(int row)
    {
        int window = Math.Min((row + _window.PadTop) / _window.StrideHeight, _window.OutputHeight - 1);
        return row + _window.PadTop - (window * _window.StrideHeight) < _window.KernelHeight;
    }

    private int RingRow(int row) => row % _window.KernelHeight * RowFloats;

    /// <summary>The sums over a part's pixels, by channel.</summary>
    private float* Sums(int part) => _scratch + (_threads * ScratchFloats) + ((long)part * Channels);

    /// <summary>Adds the sums of all parts, in their order, into the gradient of the biases.</summary>
    private void AddBiases(BiasFormat format)
    {
        for (int channel = 0; channel < _source.Logical.C; channel++)
        {
            float sum = 0;
            for (int part = 0; part < Parts; part++) sum += Sums(part)[channel];
            format.Put(_biasGradient, channel, sum);
        }
    }

    /// <summary>The rings of rows, each [row % kernel height][block][width][16].</summary>
    private readonly struct Rings(float* scratch, long floats)
    {
        public readonly float* Power = scratch, Inverse = scratch + floats, Gradient = scratch + (2 * floats);
    }
}
