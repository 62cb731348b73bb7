using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.Reference;

/// <summary>Stochastic gradient descent, as <see cref="SgdOptions"/> defines it.</summary>
internal sealed class Sgd : ReferenceOperator
{
    private const int Chunk = 1 << 14; // elements that one item computes
    private readonly Loops _loops;
    private readonly UpdateRule _rule;
    private readonly Action<int> _updateChunk;
    private ReferenceBuffer _weights = null!, _gradient = null!;
    private ReferenceBuffer? _velocity;
    private double _learningRate, _gradientScale;

    public Sgd(Loops loops, TensorFormat format, UpdateRule rule)
    {
        if (format is not PlainFormat { Element: ElementType.Float64 })
            throw new NotSupportedException($"The reference device updates plain tensors of doubles, not {format.Layout} of {format.Element}.");
        _loops = loops;
        _rule = rule;
        _updateChunk = UpdateChunk;
        Needs = new OperatorNeeds { Inputs = [], Output = format };
    }

    public override OperatorNeeds Needs { get; }

    public override void Update(in StepState state)
    {
        _learningRate = state.LearningRate * (double)_rule.LearningRateFactor;
        _gradientScale = state.GradientScale;
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
            double change = (_gradientScale * gradient[i]) + (_rule.WeightDecay * weights[i]);
            if (_velocity is not null)
            {
                double velocity = (_rule.Momentum * _velocity.Values[i]) + change;
                _velocity.Values[i] = velocity;
                change = _rule.Nesterov ? change + (_rule.Momentum * velocity) : velocity;
            }

            weights[i] -= _learningRate * change;
        }
    }
}
