using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.Reference;

/// <summary>Stochastic gradient descent, as <see cref="SgdOptions"/> defines it: v = momentum * v + (g + weightDecay * w); w = w - learningRate * v.</summary>
internal sealed class Sgd : ReferenceOperator
{
    private const int Chunk = 1 << 14; // elements that one item computes
    private readonly Loops _loops;
    private readonly double _momentum, _weightDecay;
    private readonly Action<int> _updateChunk;
    private ReferenceBuffer _weights = null!, _gradient = null!;
    private ReferenceBuffer? _velocity;
    private double _learningRate;

    public Sgd(Loops loops, TensorFormat format, SgdOptions options)
    {
        if (format is not PlainFormat { Element: ElementType.Float64 })
            throw new NotSupportedException($"The reference device updates plain tensors of doubles, not {format.Layout} of {format.Element}.");
        _loops = loops;
        (_momentum, _weightDecay) = (options.Momentum, options.WeightDecay);
        _updateChunk = UpdateChunk;
        Needs = new OperatorNeeds { Inputs = [], Output = format };
    }

    public override OperatorNeeds Needs { get; }

    public override void Update(in StepState state)
    {
        _learningRate = state.LearningRate;
        int count = _weights.Values.Length;
        _loops.For(((count - 1) / Chunk) + 1, count, _updateChunk);
    }

    protected override void Bound()
    {
        _weights = Own(Bindings.Parameters[0])!;
        _gradient = Own(Bindings.ParameterGradients[0])!;
        _velocity = Own(Bindings.Saved);
    }

    private void UpdateChunk(int chunk)
    {
        Span<double> weights = _weights.Values;
        ReadOnlySpan<double> gradient = _gradient.Values;
        int end = (int)Math.Min((chunk + 1L) * Chunk, weights.Length);
        for (int i = chunk * Chunk; i < end; i++)
        {
            double change = gradient[i] + (_weightDecay * weights[i]);
            if (_velocity is not null)
            {
                change += _momentum * _velocity.Values[i];
                _velocity.Values[i] = change;
            }

            weights[i] -= _learningRate * change;
        }
    }
}
