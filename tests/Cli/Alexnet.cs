using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

/// <summary>What a run of the command gave.</summary>
public sealed record RunResult(int Code, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The message, of which there is exactly one line that begins with the command's name.</summary>
    public string Message
    {
        get
        {
            Assert.StartsWith("alexnet: ", Error, StringComparison.Ordinal);
            Assert.Equal(1, Error.Count(c => c == '\n'));
            return Error.Trim();
        }
    }
}

/// <summary>Runs the command, in this process or in one of its own.</summary>
public static class Alexnet
{
    public static RunResult Run(params string[] args) => Run(args, CancellationToken.None);

    public static RunResult Run(string[] args, CancellationToken cancellation)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        int code = CliApplication.Run(args, output, error, cancellation: cancellation);
        return new RunResult(code, output.ToString(), error.ToString());
    }

    public static Process Start(params string[] args) => Start([], args);

    public static Process Start((string Name, string? Value)[] variables, string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "alexnet.dll"));
        foreach (string arg in args) start.ArgumentList.Add(arg);
        foreach ((string name, string? value) in variables) start.Environment[name] = value; // null takes it away
        return Process.Start(start)!;
    }

    public static RunResult RunProcess(params string[] args) => RunProcess([], args);

    public static RunResult RunProcess((string Name, string? Value)[] variables, string[] args)
    {
        using Process process = Start(variables, args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new RunResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}

/// <summary>A folder that goes away with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "alexnet-" + System.IO.Path.GetRandomFileName());

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
