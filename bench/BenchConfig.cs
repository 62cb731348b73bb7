using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace AlexNetCuda.Bench;

/// <summary>How BenchmarkDotNet measures: in this process, one whole step an invocation.</summary>
internal static class BenchConfig
{
    private const int LongestName = 40, ArticleWarmups = 10, ArticleSteps = 100;
    private const string Networks = "networks", SlowNetworks = "slow networks", Layers = "layers";
    private static readonly TimeSpan NeverReached = TimeSpan.FromDays(7);

    /// <summary>The configuration for our options.</summary>
    public static IConfig Create(BenchOptions options)
    {
        ManualConfig config = ManualConfig.CreateEmpty()
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestName))
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.Full)
            .AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params)
            .AddColumn(
                StatisticColumn.Mean, StatisticColumn.StdDev, StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max,
                new DeviceTimeColumn(), new RateColumn("images/s", 1, (work, seconds) => work.Images / seconds), new FlopsColumn(false), new FlopsColumn(true),
                new DeviceColumn());
        if (options.IsReduced) return config.AddJob(Steps("reduced", 0, 1));
        if (options.Articles) return config.AddJob(Steps("articles", ArticleWarmups, ArticleSteps));

        // A step of VGG takes as long as many of an AlexNet, and one of a layer is short: so that a run without arguments ends within minutes.
        return config
            .AddJob(Steps(Networks, 2, 7), Steps(SlowNetworks, 1, 3), Steps(Layers, 5, 30))
            .AddFilter(new SimpleFilter(c => c.Job.Id == JobOf(c)));
    }

    private static Job Steps(string id, int warmups, int steps) => Job.Default
        .WithId(id)
        .WithToolchain(new InProcessNoEmitToolchain(NeverReached, logOutput: false))
        .WithStrategy(RunStrategy.Monitoring)
        .WithWarmupCount(warmups)
        .WithIterationCount(steps)
        .WithInvocationCount(1)
        .WithUnrollFactor(1);

    private static string JobOf(BenchmarkCase benchmark)
    {
        if (benchmark.Descriptor.Type != typeof(Networks)) return Layers;
        return benchmark.Parameters.Items.Any(p => p.Value is string name && name.StartsWith("vgg", StringComparison.Ordinal)) ? SlowNetworks : Networks;
    }
}
