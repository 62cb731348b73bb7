using AlexNetCuda.Cli;
using AlexNetCuda.Diagnostics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace AlexNetCuda.Bench;

/// <summary>The benchmarks' command line: a few options of ours, the rest is BenchmarkDotNet's.</summary>
internal static class BenchApplication
{
    private const int Success = 0, Failure = 1, Usage = 2;

    /// <summary>What is not a benchmark of a network runs only where <c>--filter</c> names it.</summary>
    private static readonly string DefaultFilter = $"*.{nameof(Networks)}.*";

    private static readonly string[] Informing = ["--help", "--list", "--version", "--info"];

    /// <summary>Runs the benchmarks; returns the exit code.</summary>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        BenchOptions options;
        try
        {
            BenchOptions.Current = options = BenchOptions.Parse(args); // the benchmarks run in this process
            using ChosenDevice device = DeviceFactory.Create(options.Device);
            output.WriteLine($"Device: {device}");
        }
        catch (Exception e) when (e is DeviceUnavailableException or NotSupportedException)
        {
            error.WriteLine("bench: " + e.Message);
            return Failure;
        }
        catch (ArgumentException e)
        {
            error.WriteLine("bench: " + e.Message);
            return Usage;
        }

        output.WriteLine($"Machine: {MachineInfo.Current}");
        if (options.IsReduced)
        {
            output.WriteLine(
                $"Reduced, because a simulated GPU takes seconds a step: batch {options.Batch}, {string.Join(" and ", Networks.Names)} alone, one step of each pass and none before it. "
                + "It shows that the CUDA device runs; its times say nothing of a GPU's.");
        }

        output.WriteLine("A step is timed whole and has ended when its results are computed. Ours: " + BenchOptions.Help);
        bool informing = options.Rest.Any(a => Informing.Contains(a.Split('=')[0]));
        string[] rest = informing || options.Rest.Any(IsSelection) ? options.Rest : [.. options.Rest, "--filter", DefaultFilter];
        Summary[] summaries;
        try
        {
            summaries = [.. BenchmarkSwitcher.FromTypes([typeof(Networks), typeof(Operators), typeof(PtxMachineBenchmarks), typeof(HostCost.HostCostBenchmarks)]).Run(rest, BenchConfig.Create(options))];
        }
        catch (Exception e)
        {
            error.WriteLine("bench: " + (PassBenchmarks.Failure ?? e.ToString()));
            return Failure;
        }

        if (informing) return Success;
        if (summaries.Sum(s => s.BenchmarksCases.Length) == 0)
        {
            error.WriteLine("bench: nothing was run; see the message above.");
            return Usage;
        }

        if (PassBenchmarks.Failure is { } failure) error.WriteLine("bench: " + failure);
        return PassBenchmarks.Failure is null && summaries.All(Succeeded) ? Success : Failure;
    }

    private static bool IsSelection(string argument) => argument.Split('=')[0] is "--filter" or "-f" or "--anyCategories" or "--allCategories";

    private static bool Succeeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.Length == summary.BenchmarksCases.Length && summary.Reports.All(r => r.Success);
}
