using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using AlexNetCuda.Cpu;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Bench.Comparison;

/// <summary><c>bench compare PEERS_DIR</c>: the CPU device and other engines in turns, in one run. Steps of one engine and of the other make a pair; the ratio of their medians counts.</summary>
internal sealed class PeerComparison
{
    private const int LeastPairs = 3, MostPairs = 1000;
    private const double SecondsATurn = 0.6; // of each engine in a pair, unless a step takes longer
    private const int MostStepsATurn = 20, WarmUpSteps = 3;
    private const double LongStep = 2000; // milliseconds, to which it makes no difference what the other engine left behind

    private const string Help = """
        usage: bench compare PEERS_DIR [--rows PATTERN] [--pairs N] [--threads N] [--exact] [--write FILE]     (bench/compare-peers.sh installs the peers and calls this)
          --rows PATTERN   the rows whose names match, with * and ?: NETWORK/PASS/BATCH, as "alexnet-same/forward/32" or "vgg16/*"; all if left out
          --pairs N        pairs a row, 7 if left out
          --threads N      threads of each engine; one a processor if left out
          --exact          convolutions by direct algorithms alone, on our side
          --write FILE     puts the table into a Markdown file, in the place of an earlier one for the same registers, threads and algorithms
        """;

    private readonly IPeers _peers;
    private string _pattern = "*";
    private string? _file;
    private int _pairs = 7, _threads = Environment.ProcessorCount;
    private bool _exact;

    private PeerComparison(IPeers peers) => _peers = peers;

    /// <summary>Runs the comparison; returns the exit code.</summary>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error) => Run(args, folder => new InstalledPeers(folder), output, error);

    /// <summary>Runs the comparison; returns the exit code.</summary>
    /// <param name="args">The arguments after <c>compare</c>.</param>
    /// <param name="installed">The peers of a folder.</param>
    /// <param name="output">The table.</param>
    /// <param name="error">What is wrong.</param>
    internal static int Run(IReadOnlyList<string> args, Func<string, IPeers> installed, TextWriter output, TextWriter error)
    {
        if (args.Contains("--help"))
        {
            output.WriteLine(Help);
            return 0;
        }

        try
        {
            Parse(args, installed).Run(output);
            return 0;
        }
        catch (ArgumentException e)
        {
            error.WriteLine("bench: " + e.Message);
            return 2;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine("bench: " + e.Message);
            return 1;
        }
    }

    private static PeerComparison Parse(IReadOnlyList<string> args, Func<string, IPeers> installed)
    {
        if (args.Count == 0 || args[0].StartsWith('-')) throw new ArgumentException("compare needs the folder of the peers first; bench/compare-peers.sh installs them and gives it.");
        var comparison = new PeerComparison(installed(Path.GetFullPath(args[0])));
        for (int i = 1; i < args.Count; i++)
        {
            string option = args[i];
            if (option == "--exact")
            {
                comparison._exact = true;
                continue;
            }

            string value = ++i < args.Count ? args[i] : throw new ArgumentException($"{option} needs a value.");
            switch (option)
            {
                case "--rows": comparison._pattern = value; break;
                case "--pairs": comparison._pairs = Number(option, value, LeastPairs, MostPairs); break;
                case "--threads": comparison._threads = Number(option, value, 1, CpuDeviceOptions.MostThreads); break;
                case "--write": comparison._file = value; break;
                default: throw new ArgumentException($"compare has no option '{option}'; --help lists them.");
            }
        }

        if (!comparison.Rows.Any()) throw new ArgumentException($"No row matches '{comparison._pattern}'. They are: {string.Join(", ", PeerRow.All.Select(r => r.Name))}.");
        return comparison;
    }

    private IEnumerable<PeerRow> Rows => PeerRow.All.Where(r => FileSystemName.MatchesSimpleExpression(_pattern, r.Name));

    private static int Number(string option, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw new ArgumentException($"{option} is a whole number from {least} to {most}, not '{text}'.");

    private void Run(TextWriter output)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = _threads, Exact = _exact });
        bool avx512 = device.Info.Description.Contains("AVX-512", StringComparison.Ordinal);
        string registers = avx512 ? "AVX-512" : "AVX2", about = $"{MachineInfo.Current}; {device.Info.Description}{(_exact ? ", direct algorithms alone" : "")}; {_pairs} pairs a row; {DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
        output.WriteLine(about);
        output.WriteLine();
        output.WriteLine(PeerResult.Heading);
        var results = new List<PeerResult>();
        foreach (PeerRow row in Rows)
        {
            results.Add(Compare(row, device, avx512));
            output.WriteLine(results[^1]);
        }

        if (_file is not null) Write(_file, $"{registers}, {_threads} thread{(_threads == 1 ? "" : "s")}{(_exact ? ", exact" : "")}", $"{about}.\n\n{PeerResult.Heading}\n{string.Join('\n', results)}");
    }

    private PeerResult Compare(PeerRow row, CpuDevice device, bool avx512)
    {
        Network network = NetworkZoo.Create(row.Network);
        using var pass = new NetworkPass(row.Backward ? PassKind.ForwardBackward : PassKind.Forward, network, device, network.CreateParameters(seed: 1), new PassOptions { Batch = row.Batch });
        double step = Ours(pass, WarmUpSteps).Min();
        using IPeer peer = Fastest(row, avx512, out double peerStep);
        int ourSteps = StepsATurn(step), peerSteps = StepsATurn(peerStep);
        // An engine's threads may spin for some time after its turn (those of ONNX Runtime do), and caches are full of what is its own: the first step of a turn does not count.
        int uncounted = Math.Max(step, peerStep) < LongStep ? 1 : 0;
        double[] ours = new double[_pairs], peers = new double[_pairs];
        for (int i = 0; i < _pairs; i++)
        {
            ours[i] = Median(Ours(pass, uncounted + ourSteps), uncounted);
            peers[i] = Median(peer.Steps(uncounted + peerSteps), uncounted);
        }

        return new PeerResult(row, peer.Name, ours, peers);
    }

    private static double Median(IReadOnlyList<double> steps, int uncounted) => SampleStatistics.Of([.. steps.Skip(uncounted)]).Median;

    private static int StepsATurn(double milliseconds) => (int)Math.Clamp(SecondsATurn * 1000 / milliseconds, 1, MostStepsATurn);

    private static double[] Ours(NetworkPass pass, int count)
    {
        var times = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            pass.Step();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times;
    }

    /// <summary>Starts the engines that have the network, one after the other, and keeps the one that is fastest after warming up.</summary>
    private IPeer Fastest(PeerRow row, bool avx512, out double milliseconds)
    {
        var peers = new List<IPeer>();
        try
        {
            foreach (IPeer peer in _peers.Start(row, _threads, avx512))
            {
                peers.Add(peer);
                _ = peer.Steps(WarmUpSteps);
            }

            double[] times = [.. peers.Select(p => p.Steps(WarmUpSteps).Min())];
            milliseconds = times.Min();
            IPeer fastest = peers[Array.IndexOf(times, milliseconds)];
            peers.Remove(fastest);
            return fastest;
        }
        finally
        {
            foreach (IPeer peer in peers) peer.Dispose();
        }
    }

    /// <summary>Puts a table between its marks in a file, or at the end.</summary>
    private static void Write(string file, string title, string table)
    {
        string begin = $"<!-- compare-peers: {title} -->", end = "<!-- end -->", text = File.Exists(file) ? File.ReadAllText(file) : "", block = $"{begin}\n{table}\n{end}";
        int from = text.IndexOf(begin, StringComparison.Ordinal), to = from < 0 ? -1 : text.IndexOf(end, from, StringComparison.Ordinal);
        text = to < 0 ? $"{text.TrimEnd()}\n\n{block}\n" : text[..from] + block + text[(to + end.Length)..];
        string temporary = $"{file}.{Path.GetRandomFileName()}";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, file, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
