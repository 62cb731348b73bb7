using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>A kernel's parameters as the shipped PTX declares them, read from its text.</summary>
internal static partial class ParameterList
{
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<(int Bytes, int Alignment)>>> s_modules = [];

    /// <summary>The kernels of a module with their parameters' sizes and alignments.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyList<(int Bytes, int Alignment)>> Kernels(string module) =>
        s_modules.GetOrAdd(module, name => Entry().Matches(KernelSources.ShippedPtx(name)).ToDictionary(
            match => match.Groups["name"].Value,
            IReadOnlyList<(int, int)> (match) => [.. Parameter().Matches(match.Groups["list"].Value).Select(Layout)],
            StringComparer.Ordinal));

    /// <summary>Fails unless a launch's arguments are what its kernel takes, and its grid is one every GPU accepts.</summary>
    internal static void Check(KernelLaunch launch)
    {
        var parameters = Kernels(launch.Module)[launch.Kernel];
        Assert.Equal(parameters, launch.Arguments.Select(argument => (argument.Bytes.Length, argument.Alignment)));
        Assert.All(launch.Arguments, argument => Assert.True(!argument.IsPointer || argument.Bytes.Length == 8));
        Assert.InRange(launch.Grid.X, 1, int.MaxValue);
        Assert.InRange(launch.Grid.Y, 1, 65_535);
        Assert.InRange(launch.Grid.Z, 1, 65_535);
        Assert.InRange(launch.Block.Count, 1, 1024);
        Assert.InRange(launch.SharedBytes, 0, 48 * 1024);
        Assert.True(launch.LeastBytes > 0);
    }

    private static (int Bytes, int Alignment) Layout(Match parameter)
    {
        if (parameter.Groups["array"].Success)
        {
            return (Number(parameter.Groups["array"]), Number(parameter.Groups["align"]));
        }

        var bytes = Number(parameter.Groups["bits"]) / 8;
        return (bytes, bytes);
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.entry (?<name>\w+)\((?<list>[^)]*)\)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.param (\.align (?<align>\d+) )?\.[a-z](?<bits>\d+) \w+(\[(?<array>\d+)\])?", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Parameter();
}
