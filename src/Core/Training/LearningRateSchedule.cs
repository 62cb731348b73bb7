using System.Globalization;

namespace AlexNetCuda.Training;

/// <summary>
/// The learning rate of each step. The policies are Caffe's (fixed, step, multistep, exp, inv, poly, sigmoid), and the cosine of Loshchilov and Hutter ("SGDR", 2017)
/// without restarts; each after a linear warm-up (Goyal et al., "Accurate, large minibatch SGD", 2017) where one is asked for.
/// </summary>
public abstract record LearningRateSchedule
{
    /// <summary>The rate that the policy starts from; above 0.</summary>
    public required float Rate { get; init; }

    /// <summary>The number of first steps whose rate grows, in equal parts, to what the policy says; 0 for none.</summary>
    public long WarmUp { get; init; }

    /// <summary>The rate of a step.</summary>
    /// <param name="step">The step, from 0: the updates done before it.</param>
    public float At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        double rate = Rate * Factor(step);
        return (float)(step < WarmUp ? rate * (step + 1) / (WarmUp + 1) : rate);
    }

    /// <summary>What the first rate is multiplied by at a step.</summary>
    protected abstract double Factor(long step);

    /// <summary>Throws if a value is out of its range.</summary>
    /// <exception cref="ArgumentException">The rate is not above 0, or another value makes no sense; the message says which.</exception>
    public virtual void Validate()
    {
        Check(Rate > 0 && float.IsFinite(Rate), "rate", Rate, "above 0");
        Check(WarmUp >= 0, "warm-up", WarmUp, "at least 0");
    }

    /// <summary>Throws unless a value is right.</summary>
    private protected static void Check(bool right, string name, double value, string wanted)
    {
        if (!right) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The learning rate's {name} is {wanted}, not {value}."));
    }
}

/// <summary>The same rate always.</summary>
public sealed record FixedSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => 1;
}

/// <summary>gamma^floor(step / every).</summary>
/// <param name="Every">Steps between two drops; at least 1.</param>
/// <param name="Gamma">What each multiplies the rate by; above 0.</param>
public sealed record StepSchedule(long Every, double Gamma = 0.1) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => Math.Pow(Gamma, step / Every);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Every >= 1, "every", Every, "at least 1 step");
        Check(Gamma > 0 && double.IsFinite(Gamma), "gamma", Gamma, "above 0");
    }
}

/// <summary>gamma to the number of drops so far.</summary>
/// <param name="Drops">The steps at which the rate drops, rising.</param>
/// <param name="Gamma">What each multiplies the rate by; above 0.</param>
public sealed record MultistepSchedule(IReadOnlyList<long> Drops, double Gamma = 0.1) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => Math.Pow(Gamma, Drops.Count(d => d <= step));

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Drops.Count > 0, "drops", 0, "at least one step");
        for (int i = 0; i < Drops.Count; i++) Check(Drops[i] > (i == 0 ? 0 : Drops[i - 1]), "drops", Drops[i], "rising from 1");
        Check(Gamma > 0 && double.IsFinite(Gamma), "gamma", Gamma, "above 0");
    }
}

/// <summary>gamma^step.</summary>
/// <param name="Gamma">What every step multiplies the rate by; above 0.</param>
public sealed record ExponentialSchedule(double Gamma) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => Math.Pow(Gamma, step);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Gamma > 0 && double.IsFinite(Gamma), "gamma", Gamma, "above 0");
    }
}

/// <summary>(1 + gamma * step)^-power.</summary>
/// <param name="Gamma">How fast the rate falls; at least 0.</param>
/// <param name="Power">The power; at least 0.</param>
public sealed record InverseSchedule(double Gamma, double Power = 0.75) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => Math.Pow(1 + (Gamma * step), -Power);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Gamma >= 0 && double.IsFinite(Gamma), "gamma", Gamma, "at least 0");
        Check(Power >= 0 && double.IsFinite(Power), "power", Power, "at least 0");
    }
}

/// <summary>(1 - step / steps)^power; 0 from the last step on.</summary>
/// <param name="Steps">The steps of the whole training; at least 1.</param>
/// <param name="Power">The power; above 0.</param>
public sealed record PolynomialSchedule(long Steps, double Power = 1) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => Math.Pow(1 - (Math.Min(step, Steps) / (double)Steps), Power);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Steps >= 1, "steps", Steps, "at least 1");
        Check(Power > 0 && double.IsFinite(Power), "power", Power, "above 0");
    }
}

/// <summary>1 / (1 + e^(gamma * (step - middle))).</summary>
/// <param name="Gamma">How steeply the rate falls; above 0. (Caffe's gamma has the other sign.)</param>
/// <param name="Middle">The step at which the rate has halved.</param>
public sealed record SigmoidSchedule(double Gamma, long Middle) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => 1 / (1 + Math.Exp(Gamma * (step - Middle)));

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Gamma > 0 && double.IsFinite(Gamma), "gamma", Gamma, "above 0");
        Check(Middle >= 0, "middle", Middle, "at least 0");
    }
}

/// <summary>(1 + cos(pi * step / steps)) / 2; 0 from the last step on.</summary>
/// <param name="Steps">The steps of the whole training; at least 1.</param>
public sealed record CosineSchedule(long Steps) : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double Factor(long step) => (1 + Math.Cos(Math.PI * Math.Min(step, Steps) / Steps)) / 2;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check(Steps >= 1, "steps", Steps, "at least 1");
    }
}
