using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Turns the gradient of a rectifier's output into that of its input, in place, and sums it over images and pixels into the gradient of the biases. Each part is one block of 16 channels.
/// </summary>
internal sealed unsafe class ReluBiasGradient<T> : TeamTask
    where T : unmanaged, IVector<T>
{
    private readonly BlockedFormat _format;
    private readonly BiasFormat? _biasFormat;
    private readonly bool _relu;
    private float* _output, _gradient, _biasGradient;

    public ReluBiasGradient(BlockedFormat format, BiasFormat? bias, bool relu) => (_format, _biasFormat, _relu) = (format, bias, relu);

    public int Parts => _relu || _biasFormat is not null ? _format.Blocks : 0;

    public void Bind(float* output, float* gradient, float* biasGradient)
    {
        _output = output;
        _gradient = gradient;
        _biasGradient = biasGradient;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(int part, int worker)
    {
        float* sums = stackalloc float[Tile.Block];
        for (int lane = 0; lane < Tile.Block; lane += T.Width)
        {
            T sum = T.Zero;
            for (int n = 0; n < _format.Logical.N; n++)
            {
                long offset = (n * _format.ImageFloats) + ((long)part * _format.Pixels * Tile.Block) + lane;
                sum = T.Add(sum, Image(_output + offset, _gradient + offset));
            }

            T.Store(sum, sums + lane);
        }

        if (_biasFormat is null) return;
        for (int lane = 0; lane < Tile.Block; lane++)
        {
            int channel = (part * Tile.Block) + lane;
            if (channel < _format.Logical.C) _biasFormat.Put(_biasGradient, channel, sums[lane]);
        }
    }

    /// <summary>One image's sum on its own: shorter chains of additions round less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private T Image(float* output, float* gradient)
    {
        T sum = T.Zero;
        for (int p = 0; p < _format.Pixels; p++, output += Tile.Block, gradient += Tile.Block)
        {
            T g = T.Load(gradient);
            if (_relu)
            {
                g = T.ReluGradient(T.Load(output), g);
                T.Store(g, gradient);
            }

            sum = T.Add(sum, g);
        }

        return sum;
    }
}
