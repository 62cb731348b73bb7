using AlexNetCuda.Devices;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>The timing of a network, as it is written to a JSON file.</summary>
internal sealed record TimeReport
{
    public required string Network { get; init; }

    public required int InputSize { get; init; }

    public required int Batch { get; init; }

    public required int Steps { get; init; }

    public required int BurnIn { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The folder of the pictures; null for random images.</summary>
    public string? Images { get; init; }

    /// <summary>The pattern of the parameters whose gradients are computed; null for all.</summary>
    public string? Gradients { get; init; }

    public required string Device { get; init; }

    public required string DeviceDescription { get; init; }

    public required string DeviceReason { get; init; }

    public required int Threads { get; init; }

    public required MachineInfo Machine { get; init; }

    public required PassReport Forward { get; init; }

    /// <summary>Null where forward alone was timed.</summary>
    public PassReport? ForwardBackward { get; init; }
}

/// <summary>The timing of one pass.</summary>
internal sealed record PassReport
{
    public required double MeanSeconds { get; init; }

    /// <summary>The sample standard deviation.</summary>
    public required double StdDevSeconds { get; init; }

    public required double MedianSeconds { get; init; }

    public required double MinSeconds { get; init; }

    public required double MaxSeconds { get; init; }

    /// <summary>Of the mean.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Billions of floating-point operations a second, of the mean; those of convolutions and fully connected layers, two a multiply-add.</summary>
    public required double Gflops { get; init; }

    /// <summary>Each step that counts.</summary>
    public required IReadOnlyList<double> StepSeconds { get; init; }

    /// <summary>What the steps took on the device's own clock; null where it has none.</summary>
    public DeviceTimeReport? OnDevice { get; init; }

    /// <summary>What the host hands to the device in a step; null where the device works in the host's threads, or layers were not asked for.</summary>
    public EnqueuedCalls? Calls { get; init; }

    /// <summary>The means of layers; null if they were not asked for.</summary>
    public IReadOnlyList<LayerReport>? Layers { get; init; }

    public static PassReport Of(TimingResult result, int batch, NetworkPass pass, LayerTimes? layers)
    {
        SampleStatistics s = result.Statistics;
        return new PassReport
        {
            MeanSeconds = s.Mean,
            StdDevSeconds = s.StandardDeviation,
            MedianSeconds = s.Median,
            MinSeconds = s.Minimum,
            MaxSeconds = s.Maximum,
            ImagesPerSecond = PerSecond(batch, s.Mean),
            Gflops = PerSecond(pass.Flops / 1e9, s.Mean),
            StepSeconds = result.StepSeconds,
            OnDevice = result.DeviceSeconds is { } device ? DeviceTimeReport.Of(device) : null,
            Calls = layers is null ? null : pass.Executable.Calls,
            Layers = layers is null ? null : [.. layers.Rows.Select(r => LayerReport.Of(r, layers.TotalSeconds))],
        };
    }

    /// <summary>A rate; 0 where the clock saw no time pass.</summary>
    private static double PerSecond(double amount, double seconds) => seconds > 0 ? amount / seconds : 0;
}

/// <summary>What steps took on the device's own clock, from the first call of a step to its last.</summary>
/// <param name="MedianSeconds">The median.</param>
/// <param name="MinSeconds">The least.</param>
/// <param name="MaxSeconds">The most.</param>
/// <param name="StepSeconds">Each step that counts.</param>
internal sealed record DeviceTimeReport(double MedianSeconds, double MinSeconds, double MaxSeconds, IReadOnlyList<double> StepSeconds)
{
    public static DeviceTimeReport Of(IReadOnlyList<double> seconds)
    {
        SampleStatistics s = SampleStatistics.Of(seconds);
        return new DeviceTimeReport(s.Median, s.Minimum, s.Maximum, seconds);
    }
}

/// <summary>The mean times of a layer, or of several that the device runs as one, named by the first.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Algorithm">How the device does it.</param>
/// <param name="Forward">The forward phase.</param>
/// <param name="Backward">The backward phase; null where there is none.</param>
/// <param name="Share">Its part of the time of all layers, 0 to 1.</param>
internal sealed record LayerReport(string Layer, string Algorithm, PhaseTime? Forward, PhaseTime? Backward, double Share)
{
    public static LayerReport Of(LayerTime time, double totalSeconds) =>
        new(time.Layer, time.Algorithm, time.Forward, time.Backward, totalSeconds > 0 ? time.Seconds / totalSeconds : 0);
}
