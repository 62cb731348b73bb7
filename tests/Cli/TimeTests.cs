using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed class TimeTests : IDisposable
{
    private const string Time = @"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}";
    private static readonly string[] Small = ["time", "alexnet-conv", "--input-size", "57", "--batch", "1", "--burn-in", "1"];

    // Of alexnet-conv over images of 57x57: positions, filters, inputs of each.
    private const double Conv4 = 9.0 * 256 * (384 * 9), Conv5 = 9.0 * 256 * (256 * 9);
    private const double MultiplyAdds = (225.0 * 64 * 363) + (49.0 * 192 * (64 * 25)) + (9.0 * 384 * (192 * 9)) + Conv4 + Conv5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_output_is_that_of_the_articles()
    {
        RunResult result = Alexnet.Run([.. Small, "--steps", "11"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] patterns =
        [
            "^Device: .+", "^Machine: .+", "^Network: alexnet-conv, batch 1, images of 57x57, 2,469,696 parameters$",
            @"^conv1 \[1, 15, 15, 64\]$", @"^lrn1 \[1, 15, 15, 64\]$", @"^pool1 \[1, 7, 7, 64\]$", @"^conv2 \[1, 7, 7, 192\]$", @"^lrn2 \[1, 7, 7, 192\]$",
            @"^pool2 \[1, 3, 3, 192\]$", @"^conv3 \[1, 3, 3, 384\]$", @"^conv4 \[1, 3, 3, 256\]$", @"^conv5 \[1, 3, 3, 256\]$", @"^pool5 \[1, 1, 1, 256\]$",
            $@"^{Time}: step 0, duration = \d+\.\d{{3,9}}$", $@"^{Time}: step 10, duration = \d+\.\d{{3,9}}$",
            $@"^{Time}: Forward across 11 steps, \d+\.\d{{3,9}} \+/- \d+\.\d{{3,9}} sec / batch$",
            @"^Forward: median .+ images/s, .+ GFLOP/s$",
            $@"^{Time}: step 0, duration = \d+\.\d{{3,9}}$", $@"^{Time}: step 10, duration = \d+\.\d{{3,9}}$",
            $@"^{Time}: Forward-backward across 11 steps, \d+\.\d{{3,9}} \+/- \d+\.\d{{3,9}} sec / batch$",
            @"^Forward-backward: median .+ images/s, .+ GFLOP/s$",
        ];
        Assert.Equal(patterns.Length, result.Lines.Length);
        for (int i = 0; i < patterns.Length; i++) Assert.Matches(patterns[i], result.Lines[i]);
    }

    [Fact]
    public void The_json_has_every_step_and_statistics_that_follow_from_them()
    {
        string path = _folder["result.json"];
        RunResult result = Alexnet.Run([.. Small, "--steps", "3", "--device", "reference", "--threads", "1", "--seed", "18446744073709551615", "--json", path]);
        Assert.Equal(0, result.Code);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement root = json.RootElement;
        Assert.Equal("alexnet-conv", root.GetProperty("network").GetString());
        Assert.Equal((1, 1), (root.GetProperty("batch").GetInt32(), root.GetProperty("threads").GetInt32()));
        Assert.Equal("reference", root.GetProperty("device").GetString());
        Assert.Equal(Environment.ProcessorCount, root.GetProperty("machine").GetProperty("cores").GetInt32());
        foreach (string pass in (string[])["forward", "forwardBackward"])
        {
            JsonElement timing = root.GetProperty(pass);
            double[] steps = [.. timing.GetProperty("stepSeconds").EnumerateArray().Select(e => e.GetDouble())];
            double Number(string name) => timing.GetProperty(name).GetDouble();
            Assert.Equal(3, steps.Length);
            Assert.All(steps, s => Assert.True(s > 0));
            double mean = steps.Average();
            Assert.Equal(mean, Number("meanSeconds"), 12);
            Assert.Equal(Math.Sqrt(steps.Sum(s => (s - mean) * (s - mean)) / 2), Number("stdDevSeconds"), 12);
            Assert.Equal(steps.Order().ElementAt(1), Number("medianSeconds"));
            Assert.Equal((steps.Min(), steps.Max()), (Number("minSeconds"), Number("maxSeconds")));
            Assert.Equal(1 / mean, Number("imagesPerSecond"), 9);
            Assert.True(Number("gflops") > 0);
        }

        JsonElement forward = root.GetProperty("forward");
        Assert.Equal(2e-9 * MultiplyAdds, forward.GetProperty("gflops").GetDouble() * forward.GetProperty("meanSeconds").GetDouble(), 9);
    }

    [Fact]
    public void Forward_alone_runs_nothing_backward()
    {
        string path = _folder["result.json"];
        RunResult result = Alexnet.Run("time", "alexnet-conv", "--input-size", "57", "--batch", "1", "--steps", "1", "--burn-in", "0", "--forward-only",
            "--json", path);
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain("Forward-backward", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("forwardBackward", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_adds_a_table_with_shares_that_sum_to_the_whole()
    {
        RunResult result = Alexnet.Run([.. Small, "--steps", "2", "--layers"]);
        Assert.Equal(0, result.Code);
        Assert.Equal(2, result.Lines.Count(l => l.StartsWith("layer ", StringComparison.Ordinal)));
        string[] totals = [.. result.Lines.Where(l => l.StartsWith("total ", StringComparison.Ordinal))];
        Assert.EndsWith("100.0%", totals[0], StringComparison.Ordinal);
        double[] shares = [.. Regex.Matches(totals[1], @"([\d.]+)%").Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(100, shares.Sum(), 0.11);
        Assert.DoesNotContain(result.Lines, l => l.Contains("launches", StringComparison.Ordinal) || l.Contains("on the device", StringComparison.Ordinal));
        Assert.Contains(result.Lines, l => l.StartsWith("conv2", StringComparison.Ordinal) && l.Contains("GFLOP/s", StringComparison.Ordinal));
        Assert.Contains(result.Lines, l => l.StartsWith("pool5", StringComparison.Ordinal) && l.Contains("GB/s", StringComparison.Ordinal));
    }

    [Fact]
    public void Roofline_measures_the_machine_and_says_how_much_of_it_each_layer_reaches()
    {
        RunResult result = Alexnet.Run([.. Small, "--steps", "2", "--device", "cpu", "--forward-only", "--roofline"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, @"^Peak: \d+\.\d+ [GT]FLOP/s of multiply-adds, \d+\.\d+ GB/s read from memory$"));
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, @"^layer .* FLOP/s +of peak +B/s +of peak *$"));
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, @"^conv2 .* [GT]FLOP/s +\d+% +\d+\.\d+ GB/s +\d+% *$"));
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, @"^pool5 .* - +- +\d+\.\d+ GB/s +\d+% *$"));
        RunResult refused = Alexnet.Run([.. Small, "--device", "sim", "--roofline"]);
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.Contains("--roofline is for the CPU device; it has no meaning on device 'sim'.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_GPU_s_own_time_and_the_calls_of_layers_are_told_too()
    {
        string path = _folder["result.json"];
        RunResult result = Alexnet.Run([.. Small, "--steps", "3", "--device", "sim", "--layers", "--json", path]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        const string Milliseconds = @"\d+\.\d+ ms";
        foreach (string pass in (string[])["Forward", "Forward-backward"])
        {
            Assert.Contains(result.Lines, l => Regex.IsMatch(l, $"^{pass} on the device: median {Milliseconds}, min {Milliseconds}, max {Milliseconds}$"));
            Assert.Contains(result.Lines, l => Regex.IsMatch(l, $@"^{pass}, calls a step: \d+ kernel launches, \d+ library calls$"));
        }

        // Convolution, bias, ReLU, LRN and max-pool: a library call and a launch.
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, @"^conv2 +cudnn .+bias_relu_lrn_max_pool.* 1 +1( |$)"));
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement forward = json.RootElement.GetProperty("forward");
        JsonElement device = forward.GetProperty("onDevice");
        double[] steps = [.. device.GetProperty("stepSeconds").EnumerateArray().Select(e => e.GetDouble())];
        Assert.Equal((3, steps.Order().ElementAt(1)), (steps.Length, device.GetProperty("medianSeconds").GetDouble()));
        int Calls(JsonElement calls) => calls.GetProperty("launches").GetInt32() + calls.GetProperty("libraryCalls").GetInt32();
        Assert.Equal(Calls(forward.GetProperty("calls")), forward.GetProperty("layers").EnumerateArray().Sum(l => Calls(l.GetProperty("forward").GetProperty("calls"))));
    }

    [Fact]
    public void A_pattern_leaves_the_work_of_other_gradients_out()
    {
        double Operations(params string[] more)
        {
            string path = _folder["result.json"];
            Assert.Equal(0, Alexnet.Run([.. Small, "--steps", "1", "--json", path, .. more]).Code);
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            JsonElement pass = json.RootElement.GetProperty("forwardBackward");
            return pass.GetProperty("gflops").GetDouble() * pass.GetProperty("meanSeconds").GetDouble();
        }

        double all = Operations(), last = Operations("--gradients", "conv5*, conv4*");
        // Of conv5 both gradients are left, of conv4 that of the weights.
        Assert.Equal(2e-9 * (MultiplyAdds + Conv4 + (2 * Conv5)), last, 9);
        Assert.True(all > last);
    }

    [Fact]
    public void A_network_with_dropout_and_labels_runs_backward_too()
    {
        RunResult result = Alexnet.Run("time", "torchvision-alexnet", "--input-size", "63", "--batch", "2", "--steps", "1", "--burn-in", "0");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains(result.Lines, l => Regex.IsMatch(l, $"^{Time}: Forward-backward across 1 steps"));
    }

    [Fact]
    public void All_times_the_five_networks_of_the_articles_and_prints_their_figures()
    {
        string path = _folder["result.json"];
        RunResult result = Alexnet.Run("time", "--all", "--batch", "1", "--steps", "1", "--burn-in", "0", "--forward-only", "--json", path);
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] networks = ["alexnet-owt-softmax10", "alexnet-valid", "alexnet-same", "alexnet-conv", "vgg16"];
        string[] table = [.. result.Lines.SkipWhile(l => !l.StartsWith("network ", StringComparison.Ordinal)).Skip(1).Take(5)];
        Assert.Equal(networks, table.Select(l => l.Split(' ')[0]));
        Assert.Matches(@"^alexnet-same +\d+\.\d{3,9} +1\.035 +- +3\.700$", table[2]);
        Assert.Matches(@"^alexnet-conv +\d+\.\d{3,9} +- +- +-$", table[3]);
        Assert.Matches(@"^vgg16 +\d+\.\d{3,9} +14\.200 +- +46\.700$", table[4]);
        Assert.Contains("0.026 s forward and 0.078 s forward-backward", result.Lines[^1], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(networks, json.RootElement.EnumerateArray().Select(e => e.GetProperty("network").GetString()));
    }

    [Theory]
    [InlineData("no/such/folder/result.json", "there is no such folder")]
    [InlineData(".", "it is a folder")]
    public void A_json_file_that_cannot_be_written_is_known_before_anything_is_timed(string name, string message)
    {
        RunResult result = Alexnet.Run([.. Small, "--steps", "1000000", "--json", Path.Combine(_folder.Path, name)]);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interruption_gives_130_and_leaves_an_older_file_as_it_was()
    {
        string path = _folder["result.json"];
        File.WriteAllText(path, "old");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        RunResult result = Alexnet.Run([.. Small, "--steps", "1000000", "--json", path], stop.Token);
        Assert.Equal((130, "alexnet: interrupted."), (result.Code, result.Message));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal("old", File.ReadAllText(path));
    }
}
