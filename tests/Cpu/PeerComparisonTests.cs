using System.Diagnostics;
using System.Globalization;
using AlexNetCuda.Bench.Comparison;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>The comparison with other engines, with engines that need not be installed.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class PeerComparisonTests : IDisposable
{
    private const string Row = "alexnet-same/forward/1";
    private readonly string _folder = Directory.CreateTempSubdirectory("alexnetcuda-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_fastest_peer_is_compared_with_and_the_table_takes_the_place_of_an_earlier_one_of_its_kind()
    {
        string file = Path.Combine(_folder, "page.md"), registers = Registers();
        string before = $"# Page\n\n<!-- compare-peers: {registers}, 2 threads -->\nkept\n<!-- end -->\n\n<!-- compare-peers: {registers}, 2 threads, exact -->\n", after = "<!-- end -->\n\nafter\n";
        File.WriteAllText(file, before + "old\n" + after);
        var peers = new FakePeers(("slow", 500), ("fast", 250), ("middling", 300));
        (int code, string output, string error) = Run(peers, "--rows", Row, "--pairs", "3", "--exact", "--threads", "2", "--write", file);
        Assert.Equal((0, ""), (code, error));

        string row = output.Split('\n').Single(l => l.StartsWith("| alexnet-same | forward | 1 | fast | 250.0 | ", StringComparison.Ordinal));
        string text = File.ReadAllText(file);
        Assert.StartsWith(before, text, StringComparison.Ordinal);
        Assert.EndsWith($"\n{row}\n{after}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old", text, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder));

        Assert.All(peers.Started, p => Assert.True(p.Disposed));
        // Warmed up and tried, as the others were; then so many steps in each of three turns as 0.6 s have of 250 ms, after one that does not count (and takes ten times as long).
        Assert.Equal([3, 3], peers.Started[0].Asked);
        Assert.Equal([3, 3, 3, 3, 3], peers.Started[1].Asked);
    }

    [Fact]
    public void A_row_says_the_median_of_the_pairs_ratios_and_their_least_and_most()
    {
        // Ratios 2, 3, 1, 6, 4: the medians of the times, 30 and 10, would say 3 too, so these do not.
        var result = new PeerResult(PeerRow.All[0], "PyTorch", [10, 10, 20, 5, 10], [20, 30, 20, 30, 40]);
        Assert.Equal("| alexnet-same | forward | 32 | PyTorch | 30.0 | 10.0 | **3.00** | 1.00, 6.00 |", result.ToString());
        var other = new PeerResult(PeerRow.All[1], "PyTorch", [10, 20, 30], [50, 40, 30]);
        Assert.Equal("| alexnet-same | forward-backward | 32 | PyTorch | 40.0 | 20.0 | **2.00** | 1.00, 5.00 |", other.ToString());
    }

    [Theory]
    [InlineData("compare needs the folder of the peers first")]
    [InlineData("No row matches 'lenet/*'. They are: alexnet-same/forward/32, ", "peers", "--rows", "lenet/*")]
    [InlineData("--pairs is a whole number from 3 to 1000, not '2'.", "peers", "--pairs", "2")]
    [InlineData("--threads is a whole number from 1 to 1024, not 'all'.", "peers", "--threads", "all")]
    [InlineData("--write needs a value.", "peers", "--write")]
    [InlineData("compare has no option '--row'", "peers", "--row", "x")]
    public void Wrong_usage_is_told_before_anything_is_run(string message, params string[] args)
    {
        var error = new StringWriter();
        Assert.Equal(2, PeerComparison.Run(args, _ => new FakePeers(), TextWriter.Null, error));
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_that_cannot_be_started_ends_or_says_something_else_is_named()
    {
        Assert.Equal(1, Run(new FakePeers(new InvalidOperationException("PyTorch did not start; see its message above.")), "--rows", Row).Code);
        Assert.StartsWith(
            "None could not be started (/nowhere/none: ",
            Assert.Throws<InvalidOperationException>(() => new PeerProcess("None", new ProcessStartInfo("/nowhere/none"))).Message, StringComparison.Ordinal);
        Assert.SkipUnless(File.Exists("/bin/sh"), "There is no /bin/sh here.");
        Assert.Equal(
            "Dumb did not start; see its message above.",
            Assert.Throws<InvalidOperationException>(() => new PeerProcess("Dumb", new ProcessStartInfo("/bin/sh", ["-c", "echo what"]))).Message);
        using var peer = new PeerProcess("Brief", new ProcessStartInfo("/bin/sh", ["-c", "echo ready; read n; echo 1.5 $n.25; read n"]));
        Assert.Equal([1.5, 2.25], peer.Steps(2));
        Assert.Equal("Brief ended before its time; see its message above.", Assert.Throws<InvalidOperationException>(() => peer.Steps(1)).Message);
        Assert.Equal("Brief ended before its time; see its message above.", Assert.Throws<InvalidOperationException>(() => peer.Steps(1)).Message);
    }

    private static string Registers()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        return device.Info.Description.Contains("AVX-512", StringComparison.Ordinal) ? "AVX-512" : "AVX2";
    }

    private (int Code, string Output, string Error) Run(FakePeers peers, params string[] args)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture), error = new(CultureInfo.InvariantCulture);
        int code = PeerComparison.Run([_folder, .. args], _ => peers, output, error);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }

    private sealed class FakePeers(params (string Name, double Milliseconds)[] peers) : IPeers
    {
        private readonly Exception? _failure;

        public FakePeers(Exception failure) : this([]) => _failure = failure;

        public List<FakePeer> Started { get; } = [];

        public IEnumerable<IPeer> Start(PeerRow row, int threads, bool avx512)
        {
            if (_failure is not null) throw _failure;
            foreach ((string name, double milliseconds) in peers)
            {
                Started.Add(new FakePeer(name, milliseconds));
                yield return Started[^1];
            }
        }
    }

    private sealed class FakePeer(string name, double milliseconds) : IPeer
    {
        public string Name => name;

        public List<int> Asked { get; } = [];

        public bool Disposed { get; private set; }

        public double[] Steps(int count)
        {
            Asked.Add(count);
            return [10 * milliseconds, .. Enumerable.Repeat(milliseconds, count - 1)];
        }

        public void Dispose() => Disposed = true;
    }
}
