using System.Collections.Concurrent;
using System.Globalization;
using AlexNetCuda.Diagnostics;
using BenchmarkDotNet.Columns;
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

    /// <summary>Remembers what a benchmark does, for the columns; benchmarks run in this process.</summary>
    public static void Remember(string subject, NetworkPass pass, string device)
    {
        ArgumentNullException.ThrowIfNull(pass);
        Known[(subject, pass.Kind.ToString())] = new StepFacts(pass.Executable.Options.Batch, pass.Flops, device);
    }

    /// <summary>What a benchmark does, or null if it was never set up.</summary>
    public static StepFacts? Of(BenchmarkCase benchmark) =>
        Known.GetValueOrDefault(((string)benchmark.Parameters.Items.Single().Value, benchmark.Descriptor.WorkloadMethod.Name));
}

/// <summary>A column of the work done a second, of the mean.</summary>
/// <param name="name">The column's heading.</param>
/// <param name="rate">The rate, from a step's work and seconds.</param>
internal sealed class WorkColumn(string name, Func<StepFacts, double, double> rate) : IColumn
{
    private const double Nanosecond = 1e-9;

    public string Id => name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => name + " of the mean";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (StepFacts.Of(benchmarkCase) is not { } work || summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "-";
        double value = rate(work, statistics.Mean * Nanosecond);
        return value > 0 ? value.ToString("F1", CultureInfo.InvariantCulture) : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}

/// <summary>A column with the device.</summary>
internal sealed class DeviceColumn : IColumn
{
    public string Id => "device";

    public string ColumnName => "device";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 1;

    public bool IsNumeric => false;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "the device that ran the step";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => StepFacts.Of(benchmarkCase)?.Device ?? "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
