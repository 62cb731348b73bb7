using AlexNetCuda.Cli;
using BenchmarkDotNet.Attributes;

namespace AlexNetCuda.Bench;

/// <summary>The articles' five networks, forward and forward-backward, as <c>alexnet time</c> runs them.</summary>
public class Networks : PassBenchmarks
{
    private static readonly string[] Reduced = ["alexnet-same", "alexnet-conv"];

    public static IEnumerable<string> Names => BenchOptions.Current.IsReduced ? Reduced : Articles.Figures.Select(f => f.Network);

    [ParamsSource(nameof(Names))]
    public string Network { get; set; } = "";

    protected override string Subject => Network;

    protected override Network CreateNetwork() => NetworkZoo.Create(Network);
}
