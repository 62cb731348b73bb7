using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using AlexNetCuda.Cuda.Compilation;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Modules cut down to one kernel, so that no time goes into others.</summary>
internal static partial class SingleKernel
{
    private static readonly ConcurrentDictionary<(string Module, string Kernel), (string Head, string Entry)> s_parts = [];

    /// <summary>A source without the kernels of other budgets: what a macro makes of one line stays together.</summary>
    internal static string Source(string source, string kernel) =>
        Kernel().Replace(source, match => match.Groups["name"].Captures.Any(name => name.Value == kernel) ? match.Value : "");

    /// <summary>The shipped PTX of a module with one of its kernels: what comes before the first one, and that one.</summary>
    internal static string Ptx(string module, string kernel) => Parts(module, kernel).Head + Parts(module, kernel).Entry;

    /// <summary>A kernel in the shipped PTX.</summary>
    internal static string Entry(string module, string kernel) => Parts(module, kernel).Entry;

    private static (string Head, string Entry) Parts(string module, string kernel) => s_parts.GetOrAdd((module, kernel), _ =>
    {
        var ptx = KernelSources.ShippedPtx(module);
        var from = ptx.IndexOf($".visible .entry {kernel}(", StringComparison.Ordinal);
        Assert.True(from >= 0, $"{module} has no kernel {kernel}");
        var to = ptx.IndexOf("\n}\n", from, StringComparison.Ordinal);
        return (ptx[..ptx.IndexOf(".visible .entry ", StringComparison.Ordinal)], ptx[from..(to + 3)]);
    });

    // Budgets, with comments between them, and the macro's line or the function below them.
    [GeneratedRegex("""(^// budget (?<name>\w+) \d+\n(^//(?! budget ).*\n)*)+(^[A-Z_]+\(.*\)\n?|^extern "C" (.|\n)*?^\}\n?)""", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 10_000)]
    private static partial Regex Kernel();
}
