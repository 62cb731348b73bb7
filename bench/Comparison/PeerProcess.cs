using System.Diagnostics;
using System.Globalization;

namespace AlexNetCuda.Bench.Comparison;

/// <summary>Another engine in a process of its own, which runs steps when told to and sleeps in between.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.UseShellExecute = false;
        _process = Process.Start(start)!;
        if (ReadLine() != "ready") throw new InvalidOperationException($"{name} did not start; see its message above.");
    }

    /// <summary>The engine's name.</summary>
    public string Name { get; }

    /// <summary>PyTorch.</summary>
    public static PeerProcess Torch(string peers, string scripts, PeerRow row, int threads, bool avx512)
    {
        var start = new ProcessStartInfo("/usr/bin/python3",
        [
            "-W", "ignore", Path.Combine(scripts, "torch_steps.py"), peers, row.Letter, Number(row.Batch), Number(threads), row.Backward ? "fwdbwd" : "fwd", avx512 ? "avx512" : "avx2",
        ]);
        return new PeerProcess("PyTorch", start);
    }

    /// <summary>ONNX Runtime.</summary>
    public static PeerProcess OnnxRuntime(string peers, string scripts, PeerRow row, int threads)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(scripts, "onnxruntime_steps.js"), peers, row.Letter, Number(row.Batch), Number(threads)]);
        start.Environment["NODE_PATH"] = Path.Combine(peers, "ort", "node_modules");
        return new PeerProcess("ONNX Runtime", start);
    }

    /// <summary>Runs steps; returns the milliseconds of each.</summary>
    public double[] Steps(int count)
    {
        _process.StandardInput.WriteLine(Number(count));
        _process.StandardInput.Flush();
        return [.. ReadLine().Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private string ReadLine() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended before its time; see its message above.");
}
