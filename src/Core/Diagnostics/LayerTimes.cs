using AlexNetCuda.Devices;

namespace AlexNetCuda.Diagnostics;

/// <summary>The mean time and the work of one phase of a layer.</summary>
/// <param name="Seconds">The mean over the steps.</param>
/// <param name="Flops">Floating-point operations a step, 0 for layers without weights.</param>
/// <param name="Bytes">Bytes read and written a step, each once.</param>
public readonly record struct PhaseTime(double Seconds, double Flops, double Bytes)
{
    /// <summary>Whether arithmetic, not memory, is what the layer is about.</summary>
    public bool IsArithmetic => Flops > 0;

    /// <summary>What the host hands to the device for it in a step; null where the device works in the host's threads.</summary>
    public EnqueuedCalls? Calls { get; init; }

    /// <summary>Billions of operations a second where the phase is arithmetic, else of bytes; 0 where no time was measured.</summary>
    public double Rate => Seconds > 0 ? (IsArithmetic ? Flops : Bytes) / Seconds / 1e9 : 0;
}

/// <summary>The times of a layer, or of several that the device runs as one, named by the first.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Algorithm">How the device does it.</param>
/// <param name="Forward">The forward pass; null if it was not run.</param>
/// <param name="Backward">The backward pass; null if it was not run.</param>
public sealed record LayerTime(string Layer, string Algorithm, PhaseTime? Forward, PhaseTime? Backward)
{
    /// <summary>The mean seconds of both passes.</summary>
    public double Seconds => (Forward?.Seconds ?? 0) + (Backward?.Seconds ?? 0);
}

/// <summary>Averages what <see cref="Executable.ReadTimings"/> says of many steps of one executable.</summary>
public sealed class LayerTimes
{
    private StepWork[] _work = [];
    private double[] _seconds = [];
    private EnqueuedCalls?[] _calls = [];
    private int _steps;

    /// <summary>The layers in the order of the forward pass.</summary>
    public IReadOnlyList<LayerTime> Rows =>
        [.. Enumerable.Range(0, _work.Length).GroupBy(i => (_work[i].Layer, _work[i].Algorithm)).Select(g => new LayerTime(
            g.Key.Layer, g.Key.Algorithm, Mean(g.Where(i => _work[i].Phase == Phase.Forward)), Mean(g.Where(i => _work[i].Phase == Phase.Backward))))];

    /// <summary>The mean seconds of all layers together.</summary>
    public double TotalSeconds => _steps == 0 ? 0 : _seconds.Sum() / _steps;

    /// <summary>Adds a step.</summary>
    /// <exception cref="ArgumentException">The step is not of the executable that the others are of.</exception>
    public void Add(IReadOnlyList<StepTiming> timings)
    {
        ArgumentNullException.ThrowIfNull(timings);
        if (_steps == 0) (_work, _seconds, _calls) = ([.. timings.Select(t => t.Work)], new double[timings.Count], [.. timings.Select(t => t.Calls)]);
        if (timings.Count != _work.Length) throw new ArgumentException($"A step has {_work.Length} timings, not {timings.Count}.", nameof(timings));
        _steps++;
        for (int i = 0; i < timings.Count; i++) _seconds[i] += timings[i].Seconds;
    }

    private PhaseTime? Mean(IEnumerable<int> steps)
    {
        int[] all = [.. steps];
        return all.Length == 0 ? null : new PhaseTime(all.Sum(i => _seconds[i]) / _steps, all.Sum(i => _work[i].Flops), all.Sum(i => _work[i].Bytes))
        {
            Calls = all.Aggregate((EnqueuedCalls?)default(EnqueuedCalls), (sum, i) => _calls[i] is { } calls ? sum?.Plus(calls) : null),
        };
    }
}
