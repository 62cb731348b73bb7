using System.Collections.Concurrent;
using System.Globalization;
using AlexNetCuda.Diagnostics;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace AlexNetCuda.Bench;

/// <summary>What one step of a benchmark does.</summary>
/// <param name="Images">The images of its batch.</param>
/// <param name="Flops">Its floating-point operations; 0 where there is no arithmetic to count.</param>
/// <param name="Device">The device that ran it.</param>
internal sealed record StepFacts(int Images, double Flops, string Device)
{
    private static readonly ConcurrentDictionary<(string Subject, string Method), StepFacts> Known = [];

    /// <summary>What each step so far took on the device's own clock, warm-ups among them; empty where it has none.</summary>
    public List<double> DeviceSeconds { get; } = [];

    /// <summary>Remembers what a benchmark does, for the columns; benchmarks run in this process.</summary>
    public static StepFacts Remember(string subject, NetworkPass pass, string device)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return Known[(subject, pass.Kind.ToString())] = new StepFacts(pass.Executable.Options.Batch, pass.Flops, device);
    }

    /// <summary>What a benchmark does, or null if it was never set up.</summary>
    public static StepFacts? Of(BenchmarkCase benchmark) =>
        Known.GetValueOrDefault(((string)benchmark.Parameters.Items.Single().Value, benchmark.Descriptor.WorkloadMethod.Name));
}

/// <summary>A column whose cells come from what is known of a benchmark's step.</summary>
/// <param name="name">The column's heading.</param>
/// <param name="legend">What it says.</param>
internal abstract class StepColumn(string name, string legend) : IColumn
{
    public string Id => name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public virtual int PriorityInCategory => 0;

    public virtual bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        StepFacts.Of(benchmarkCase) is { } facts && summary[benchmarkCase] is { ResultStatistics: not null } report ? Cell(facts, report) ?? "-" : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public virtual bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    /// <summary>The text of a cell; null where there is nothing to say.</summary>
    protected abstract string? Cell(StepFacts facts, BenchmarkReport report);
}

/// <summary>A column of the work done a second, of the mean.</summary>
/// <param name="name">The column's heading.</param>
/// <param name="decimals">The decimals of its cells.</param>
/// <param name="rate">The rate, from a step's work and seconds.</param>
internal class RateColumn(string name, int decimals, Func<StepFacts, double, double> rate) : StepColumn(name, name + " of the mean")
{
    private const double Nanosecond = 1e-9;

    protected override string? Cell(StepFacts facts, BenchmarkReport report)
    {
        double value = Rate(facts, report);
        return value > 0 ? value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The rate of a benchmark.</summary>
    protected double Rate(StepFacts facts, BenchmarkReport report) => rate(facts, report.ResultStatistics!.Mean * Nanosecond);
}

/// <summary>The floating-point operations a second: a table in TFLOP/s where any of its steps has more than 10,000 GFLOP/s, else in GFLOP/s.</summary>
/// <param name="isTera">Which of the two this column is.</param>
internal sealed class FlopsColumn(bool isTera)
    : RateColumn(isTera ? "TFLOP/s" : "GFLOP/s", isTera ? 2 : 1, (work, seconds) => work.Flops / seconds / (isTera ? 1e12 : 1e9))
{
    private const double Thousands = 1e13;

    public override bool IsAvailable(Summary summary)
    {
        double largest = summary.Reports
            .Where(r => r.ResultStatistics is not null && StepFacts.Of(r.BenchmarkCase) is not null)
            .Select(r => Rate(StepFacts.Of(r.BenchmarkCase)!, r) * (isTera ? 1e12 : 1e9))
            .DefaultIfEmpty().Max();
        return isTera == largest >= Thousands;
    }
}

/// <summary>The median time on the device's own clock (between CUDA events), beside the wall times; shown where a device has one.</summary>
internal sealed class DeviceTimeColumn() : StepColumn("on the device", "median on the device's own clock, from a step's first call to its last")
{
    public override bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(c => StepFacts.Of(c)?.DeviceSeconds.Count > 0);

    protected override string? Cell(StepFacts facts, BenchmarkReport report)
    {
        // The steps that count are the last.
        int count = report.AllMeasurements.Count(m => m.IterationMode == IterationMode.Workload && m.IterationStage == IterationStage.Actual);
        if (facts.DeviceSeconds.Count == 0 || count == 0) return null;
        double median = SampleStatistics.Of([.. facts.DeviceSeconds.TakeLast(count)]).Median;
        return MeasureText.Seconds(median * 1000, Math.Max(1, MeasureText.Decimals(median) - 3)) + " ms";
    }
}

/// <summary>A column with the device.</summary>
internal sealed class DeviceColumn() : StepColumn("device", "the device that ran the step")
{
    public override int PriorityInCategory => 1;

    public override bool IsNumeric => false;

    protected override string Cell(StepFacts facts, BenchmarkReport report) => facts.Device;
}
