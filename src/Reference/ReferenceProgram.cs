using System.Diagnostics;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>Runs its steps one after the other; each step ends before the next begins.</summary>
internal sealed class ReferenceProgram : IProgram
{
    private readonly (ReferenceOperator Operator, Phase Phase)[] _steps;
    private readonly double[]? _seconds;

    public ReferenceProgram(IReadOnlyList<Step> steps, bool timed)
    {
        _steps = [.. steps.Select(s => (
            s.Operator as ReferenceOperator ?? throw new ArgumentException($"The operator of layer '{s.Layer}' is not one of the reference device."),
            s.Phase))];
        foreach (Step step in steps)
            if (!((ReferenceOperator)step.Operator).IsBound) throw new ArgumentException($"The operator of layer '{step.Layer}' is not bound.");
        if (timed) _seconds = new double[_steps.Length];
    }

    public void Run(in StepState state)
    {
        for (int i = 0; i < _steps.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            (ReferenceOperator op, Phase phase) = _steps[i];
            switch (phase)
            {
                case Phase.Forward: op.Forward(state); break;
                case Phase.Backward: op.Backward(state); break;
                default: op.Update(state); break;
            }

            if (_seconds is not null) _seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    public void Wait()
    {
        // Run has waited already.
    }

    public void ReadStepSeconds(Span<double> seconds)
    {
        if (_seconds is null) throw new InvalidOperationException("The program was not linked to be timed.");
        if (seconds.Length != _seconds.Length) throw new ArgumentException($"The program has {_seconds.Length} steps, not {seconds.Length}.", nameof(seconds));
        _seconds.CopyTo(seconds);
    }

    public void Dispose()
    {
        // It owns nothing but managed memory.
    }
}
