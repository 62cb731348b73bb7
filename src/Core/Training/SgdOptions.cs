namespace AlexNetCuda.Training;

/// <summary>
/// Stochastic gradient descent with momentum and weight decay, as PyTorch defines it:
/// v = momentum * v + (g + weightDecay * w); w = w - learningRate * v.
/// </summary>
/// <param name="Momentum">The share of the last change that is kept, 0 to 1.</param>
/// <param name="WeightDecay">The coefficient of the L2 penalty, at least 0.</param>
public sealed record SgdOptions(float Momentum = 0.9f, float WeightDecay = 0f)
{
    /// <summary>Throws if a value is out of its range.</summary>
    /// <exception cref="ArgumentException">Momentum is not in [0, 1) or weight decay is negative or not a number.</exception>
    public void Validate()
    {
        if (!(Momentum >= 0 && Momentum < 1)) throw new ArgumentException($"Momentum is at least 0 and below 1, not {Momentum}.");
        if (!(WeightDecay >= 0 && float.IsFinite(WeightDecay))) throw new ArgumentException($"Weight decay is at least 0, not {WeightDecay}.");
    }
}
