using System.Globalization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Diagnostics;

/// <summary>How long a timing is.</summary>
public sealed record TimingOptions
{
    /// <summary>The steps that count, at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The steps before them, which count nowhere; at least 0.</summary>
    public int BurnIn { get; init; } = 10;

    /// <summary>A line is written for every step whose number is a multiple of this; at least 1.</summary>
    public int ReportEvery { get; init; } = 10;

    /// <summary>Throws if a value is out of its range.</summary>
    /// <exception cref="ArgumentException">A number is too small; the message says which.</exception>
    public void Validate()
    {
        if (Steps < 1) throw new ArgumentException($"There is at least 1 step to time, not {Steps}.");
        if (BurnIn < 0) throw new ArgumentException($"There are at least 0 burn-in steps, not {BurnIn}.");
        if (ReportEvery < 1) throw new ArgumentException($"A line is written for every step or less often, not every {ReportEvery}.");
    }
}

/// <summary>How far a timing is, before a step.</summary>
/// <param name="Title">What is timed.</param>
/// <param name="Step">The number of the step that comes next, from 0; below 0 in the burn-in.</param>
/// <param name="Options">The options of the timing.</param>
public readonly record struct TimingProgress(string Title, int Step, TimingOptions Options);

/// <summary>A finished timing.</summary>
/// <param name="Title">What was timed.</param>
/// <param name="StepSeconds">What each step took; the burn-in is not among them.</param>
public sealed record TimingResult(string Title, IReadOnlyList<double> StepSeconds)
{
    /// <summary>The statistics of the steps.</summary>
    public SampleStatistics Statistics { get; } = SampleStatistics.Of(StepSeconds);

    /// <summary>What each of the steps took on the device's own clock; null where the device has none.</summary>
    public IReadOnlyList<double>? DeviceSeconds { get; init; }
}

/// <summary>
/// The protocol by which AlexNet's early TensorFlow benchmarks were timed, and their lines: the activations, every tenth step, the mean and the sample
/// standard deviation, in seconds of three decimals, or more where a step is short. Burn-in steps count nowhere. Only the step itself is timed, on the clock's monotonic time stamps.
/// </summary>
/// <param name="options">How long.</param>
/// <param name="output">Takes the lines.</param>
/// <param name="clock">The clock; null is the system's.</param>
/// <param name="progress">Told before every step, outside of what is timed.</param>
public sealed class TimingProtocol(TimingOptions options, TextWriter output, TimeProvider? clock = null, IProgress<TimingProgress>? progress = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Writes a line with the name and shape, channels last, of each activation: <c>conv1 [32, 56, 56, 96]</c>.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">The number of images of a batch.</param>
    public void WriteActivations(Network network, int batch)
    {
        ArgumentNullException.ThrowIfNull(network);
        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(batch);
        foreach (Node node in network.Nodes.Where(n => !IsPart(n.Layer))) output.WriteLine($"{node.Layer.Name} {shapes[node.Layer.Name].ToStringChannelsLast()}");
    }

    /// <summary>Times a step over and over.</summary>
    /// <param name="title">What is timed: <c>Forward</c>.</param>
    /// <param name="step">Runs one step to its end.</param>
    /// <param name="before">Runs before each step, untimed: sets its batch.</param>
    /// <param name="after">Runs after each step that counts, untimed: reads its results.</param>
    /// <param name="cancellation">Stops the timing between two steps.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The timing was stopped.</exception>
    public TimingResult Run(string title, Action step, Action? before = null, Action? after = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(step);
        options.Validate();
        var seconds = new double[options.Steps];
        for (int number = -options.BurnIn; number < options.Steps; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new TimingProgress(title, number, options));
            before?.Invoke();
            long start = _clock.GetTimestamp();
            step();
            double duration = _clock.GetElapsedTime(start).TotalSeconds;
            if (number < 0) continue;
            seconds[number] = duration;
            after?.Invoke();
            if (number % options.ReportEvery == 0) WriteLine($"step {number}, duration = {MeasureText.Seconds(duration)}");
        }

        var result = new TimingResult(title, seconds);
        double mean = result.Statistics.Mean;
        string deviation = MeasureText.Seconds(result.Statistics.StandardDeviation, MeasureText.Decimals(mean));
        WriteLine($"{title} across {options.Steps} steps, {MeasureText.Seconds(mean)} +/- {deviation} sec / batch");
        return result;
    }

    /// <summary>
    /// Whether a layer's output is no activation of its own: <c>conv1/relu</c> and <c>fc6/dropout</c> belong to their layers, and a loss is one number.
    /// </summary>
    private static bool IsPart(Layer layer) => layer is LossLayer || layer.Name.Contains('/', StringComparison.Ordinal);

    private void WriteLine(FormattableString text)
    {
        string time = _clock.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        output.WriteLine(time + ": " + text.ToString(CultureInfo.InvariantCulture));
    }
}
