using System.Diagnostics;
using System.Globalization;

namespace AlexNetCuda.Bench.Comparison;

/// <summary>PyTorch and ONNX Runtime as bench/compare-peers.sh installs them, run by the scripts of bench/peers.</summary>
/// <param name="folder">The folder they are in.</param>
internal sealed class InstalledPeers(string folder) : IPeers
{
    private readonly string _scripts = Path.Combine("bench", "peers");

    /// <inheritdoc/>
    public IEnumerable<IPeer> Start(PeerRow row, int threads, bool avx512)
    {
        if (!Directory.Exists(_scripts)) throw new InvalidOperationException("compare is run from the root of the repository: it needs the scripts of bench/peers.");
        string batch = row.Batch.ToString(CultureInfo.InvariantCulture), count = threads.ToString(CultureInfo.InvariantCulture);
        yield return new PeerProcess("PyTorch", new ProcessStartInfo("/usr/bin/python3",
        [
            "-W", "ignore", Path.Combine(_scripts, "torch_steps.py"), folder, row.Letter, batch, count, row.Backward ? "fwdbwd" : "fwd", avx512 ? "avx512" : "avx2",
        ]));
        if (!row.OnnxRuntime) yield break;
        var start = new ProcessStartInfo("node", [Path.Combine(_scripts, "onnxruntime_steps.js"), folder, row.Letter, batch, count]);
        start.Environment["NODE_PATH"] = Path.Combine(folder, "ort", "node_modules");
        yield return new PeerProcess("ONNX Runtime", start);
    }
}
