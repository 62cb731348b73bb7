using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace AlexNetCuda.Bench.Comparison;

/// <summary>Another engine in a process of its own, which runs steps when told to and sleeps in between.</summary>
internal sealed class PeerProcess : IPeer
{
    private readonly Process _process;

    /// <summary>Starts a process that says "ready", then runs as many steps as each line of its input says and answers with a line of their milliseconds.</summary>
    /// <param name="name">The engine's name.</param>
    /// <param name="start">The command.</param>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public PeerProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.UseShellExecute = false;
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{name} could not be started ({start.FileName}: {e.Message}); bench/compare-peers.sh installs it.", e);
        }

        if (_process.StandardOutput.ReadLine() == "ready") return;
        Dispose();
        throw new InvalidOperationException($"{name} did not start; see its message above.");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public double[] Steps(int count)
    {
        try
        {
            _process.StandardInput.WriteLine(count.ToString(CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended, and so has its output.
        }

        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended before its time; see its message above.");
        return [.. line.Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
