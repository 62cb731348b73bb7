namespace AlexNetCuda.Training;

/// <summary>
/// Stochastic gradient descent with momentum and weight decay, as PyTorch defines it: g' = g + weightDecay * w; v = momentum * v + g'; w = w - learningRate * v,
/// or, with Nesterov's momentum, w = w - learningRate * (g' + momentum * v) (Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in
/// deep learning", 2013, in PyTorch's form).
/// </summary>
/// <param name="Momentum">The share of the last change that is kept, at least 0 and below 1.</param>
/// <param name="WeightDecay">The coefficient of the L2 penalty, at least 0.</param>
/// <param name="Nesterov">Whether the momentum is Nesterov's; it must then be above 0.</param>
public sealed record SgdOptions(float Momentum = 0.9f, float WeightDecay = 0f, bool Nesterov = false)
{
    /// <summary>What differs for some parameters. The factors of all rules that match a parameter's name multiply.</summary>
    public IReadOnlyList<ParameterRule> Rules { get; init; } = [];

    /// <summary>Caffe's rule of thumb: biases learn at twice the rate and do not decay.</summary>
    public static ParameterRule FastBiases { get; } = new("*/biases", 2, 0);

    /// <summary>Throws if a value is out of its range.</summary>
    /// <exception cref="ArgumentException">Momentum is not in [0, 1), or 0 with Nesterov's; or weight decay or a rule's factor is negative or not a number.</exception>
    public void Validate()
    {
        if (!(Momentum >= 0 && Momentum < 1)) throw new ArgumentException($"Momentum is at least 0 and below 1, not {Momentum}.");
        if (Nesterov && Momentum == 0) throw new ArgumentException("Nesterov's momentum must be above 0.");
        if (!(WeightDecay >= 0 && float.IsFinite(WeightDecay))) throw new ArgumentException($"Weight decay is at least 0, not {WeightDecay}.");
        foreach (ParameterRule rule in Rules)
        {
            if (!IsFactor(rule.LearningRate) || !IsFactor(rule.WeightDecay))
                throw new ArgumentException($"The factors for parameters '{rule.Pattern}' are at least 0, not {rule.LearningRate} and {rule.WeightDecay}.");
        }
    }

    /// <summary>The rule for one parameter.</summary>
    public UpdateRule RuleFor(ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        float rate = 1, decay = WeightDecay;
        foreach (ParameterRule rule in Rules.Where(r => NamePattern.Matches(r.Pattern, parameter.Name)))
        {
            rate *= rule.LearningRate;
            decay *= rule.WeightDecay;
        }

        return new UpdateRule(Momentum, decay, Nesterov, rate);
    }

    private static bool IsFactor(float factor) => factor >= 0 && float.IsFinite(factor);
}

/// <summary>What differs for the parameters of some names.</summary>
/// <param name="Pattern">A name with * and ?.</param>
/// <param name="LearningRate">The learning rate is multiplied by it; at least 0.</param>
/// <param name="WeightDecay">The weight decay is multiplied by it; at least 0.</param>
public sealed record ParameterRule(string Pattern, float LearningRate = 1, float WeightDecay = 1);

/// <summary>How one parameter is updated, from its gradient times <see cref="Devices.StepState.GradientScale"/>; see <see cref="SgdOptions"/>.</summary>
/// <param name="Momentum">The share of the last change that is kept.</param>
/// <param name="WeightDecay">The coefficient of the L2 penalty.</param>
/// <param name="Nesterov">Whether the momentum is Nesterov's.</param>
/// <param name="LearningRateFactor">The step's learning rate is multiplied by it.</param>
public sealed record UpdateRule(float Momentum = 0, float WeightDecay = 0, bool Nesterov = false, float LearningRateFactor = 1);
