using System.Diagnostics;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Steps that run one after the other, each on all threads.</summary>
internal sealed class CpuProgram : IProgram
{
    private readonly ThreadTeam _team;
    private readonly CpuOperator[] _operators;
    private readonly bool[] _backward;
    private readonly long[]? _ticks;

    public CpuProgram(ThreadTeam team, IReadOnlyList<Step> steps, bool timed)
    {
        _team = team;
        _operators = [.. steps.Select(s => (CpuOperator)s.Operator)];
        _backward = [.. steps.Select(s => s.Phase == Phase.Backward)];
        _ticks = timed ? new long[steps.Count] : null;
    }

    public void Run(in StepState state)
    {
        for (int i = 0; i < _operators.Length; i++)
        {
            long start = _ticks is null ? 0 : Stopwatch.GetTimestamp();
            if (_backward[i]) _operators[i].Backward(_team, state);
            else _operators[i].Forward(_team, state);
            if (_ticks is not null) _ticks[i] = Stopwatch.GetTimestamp() - start;
        }
    }

    public void Wait()
    {
        // Run returns when all is done.
    }

    public void ReadStepSeconds(Span<double> seconds)
    {
        if (_ticks is null) throw new InvalidOperationException("The program was not linked to be timed.");
        for (int i = 0; i < _ticks.Length; i++) seconds[i] = (double)_ticks[i] / Stopwatch.Frequency;
    }

    public void Dispose()
    {
        // Operators and threads are owned by others.
    }
}
