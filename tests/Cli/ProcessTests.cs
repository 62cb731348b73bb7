using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_built_command_lists_the_networks()
    {
        RunResult result = Alexnet.RunProcess("networks");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(Alexnet.Run("networks").Output, result.Output);
    }

    [Fact]
    public void The_built_command_returns_2_with_one_line_for_a_bad_command_line()
    {
        RunResult result = Alexnet.RunProcess("time", "alexnet-same", "--steps", "none");
        Assert.Equal((2, ""), (result.Code, result.Output));
        Assert.Contains("--steps is a whole number", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_results_is_written_where_there_is_no_terminal()
    {
        string path = _folder["result.json"];
        RunResult result = Alexnet.RunProcess(
            "time", "alexnet-conv", "--input-size", "57", "--batch", "1", "--steps", "2", "--burn-in", "1", "--forward-only", "--json", path);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.DoesNotContain('\r', result.Output.ReplaceLineEndings("\n"));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_signal_ends_the_command_with_130_and_no_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        using Process process = Alexnet.Start(
            "time", "alexnet-conv", "--input-size", "57", "--batch", "1", "--steps", "1000000", "--json", _folder["result.json"]);
        while (process.StandardOutput.ReadLine() is { } line && !line.Contains("step 0,", StringComparison.Ordinal)) { }
        using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) kill.WaitForExit();
        process.StandardOutput.ReadToEnd();
        Assert.Equal("alexnet: interrupted.", process.StandardError.ReadToEnd().Trim());
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
