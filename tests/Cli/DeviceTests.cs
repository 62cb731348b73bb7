using System.Text.Json;
using System.Text.RegularExpressions;
using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

/// <summary>Which device a command line gets, how it works, and what is said where it cannot be had.</summary>
public sealed partial class DeviceTests
{
    private static readonly string Reference = Path.Combine(AppContext.BaseDirectory, "data", "alexnet-conv.json");

    private static readonly string[] Small = ["time", "alexnet-conv", "--input-size", "64", "--batch", "1", "--steps", "1", "--burn-in", "0"];

    public static TheoryData<string> Verbs => ["time alexnet-conv", "verify " + Reference, "summary alexnet-conv --memory"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Without_cuda_its_device_cannot_be_had_and_the_doctor_is_named(string line)
    {
        SkipWithCuda();
        RunResult result = Alexnet.Run([.. line.Split(' '), "--device", "cuda"]);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Equal(
            "alexnet: Device 'cuda' cannot be had: The CUDA driver was not found (and 2 more problems). 'alexnet doctor' says what was looked for and tried, and how to mend it.",
            result.Message);
    }

    [Fact]
    public void Auto_is_what_the_doctor_says_and_for_the_same_reason()
    {
        JsonElement auto = Parse(Alexnet.Run("doctor", "--json")).GetProperty("auto");
        RunResult result = Alexnet.Run("summary", "alexnet-conv", "--memory");
        Assert.Equal((0, ""), (result.Code, result.Error));
        string line = Assert.Single(result.Lines, l => l.StartsWith("Device: ", StringComparison.Ordinal));
        Assert.StartsWith($"Device: {auto.GetProperty("device").GetString()} (", line, StringComparison.Ordinal);
        Assert.Contains(", chosen because ", line, StringComparison.Ordinal);
        Assert.EndsWith(auto.GetProperty("reason").GetString()!, line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_precision_of_cuda_is_not_given_up_for_the_cpu()
    {
        SkipWithCuda();
        RunResult result = Alexnet.Run([.. Small, "--precision", "float16"]);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.StartsWith("alexnet: --precision float16 is for CUDA devices, and CUDA does not work here: The CUDA driver was not found", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_on_a_simulated_gpu_does_not_pass_for_one()
    {
        RunResult result = Alexnet.Run([.. Small, "--device", "sim:75", "--precision", "float16"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches(@"^Device: sim \(Tesla T4 \(cuda:0, sm_75\), Float16, Nhwc, cuDNN \d+\), a simulated GPU, whose times are not a GPU's, asked for$", result.Lines[0]);
        Assert.Contains(result.Lines, l => l.Contains("Forward-backward across 1 steps", StringComparison.Ordinal));
    }

    [Fact]
    public void All_switches_together_run_on_a_simulated_gpu()
    {
        RunResult result = Alexnet.Run(
            [.. Small, "--device", "sim", "--deterministic", "--no-graph", "--no-fuse", "--no-lt", "--no-space-to-depth", "--nchw", "--sync-checks", "--precision", "bfloat16"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches(@"^Device: sim \(.*, BFloat16, Nchw, cuDNN \d+, deterministic\)", result.Lines[0]);
    }

    [Fact]
    public void A_simulated_gpu_is_watched_where_that_is_asked_for()
    {
        RunResult result = Alexnet.Run([.. Small, "--device", "sim", "--checks"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.EndsWith("a simulated GPU, watched by all checkers, whose times are not a GPU's, asked for", result.Lines[0], StringComparison.Ordinal);
        using var machine = new SimulatedMachine(null, 0, checks: true);
        Assert.Equal((Ptx.Checks.All, true), (machine.Options.Checks, machine.Options.ReportHazards));
    }

    [Fact]
    public void Without_fusion_every_layer_is_an_operator_on_the_cpu_too()
    {
        string[] fused = Alexnet.Run([.. Small, "--device", "cpu", "--layers", "--forward-only"]).Lines;
        string[] split = Alexnet.Run([.. Small, "--device", "cpu", "--layers", "--forward-only", "--no-fuse", "--deterministic"]).Lines;
        Assert.DoesNotContain(fused, l => l.StartsWith("conv2/relu ", StringComparison.Ordinal));
        Assert.Contains(split, l => l.StartsWith("conv2/relu ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_cpu_computes_directly_where_that_is_asked_for_and_no_other_device_does()
    {
        string[] fast = Alexnet.Run([.. Small, "--device", "cpu", "--layers", "--forward-only"]).Lines;
        string[] exact = Alexnet.Run([.. Small, "--device", "cpu", "--layers", "--forward-only", "--exact"]).Lines;
        Assert.Contains(fast, l => l.Contains("Winograd", StringComparison.Ordinal));
        Assert.DoesNotContain(exact, l => l.Contains("Winograd", StringComparison.Ordinal));
        RunResult refused = Alexnet.Run([.. Small, "--device", "reference", "--exact"]);
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.Contains("--exact is for the CPU device; it has no meaning on device 'reference'.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gpu_that_is_too_old_for_a_precision_gives_1()
    {
        RunResult result = Alexnet.Run([.. Small, "--device", "sim:61", "--precision", "tf32"]);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Contains("compute capability 6.1; TF32 needs 8.0", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float32", "1e-05")]
    [InlineData("tf32", "5e-04")]
    [InlineData("bfloat16", "4e-03")]
    public void Verify_on_a_simulated_gpu_allows_for_the_precision(string precision, string level)
    {
        RunResult result = Alexnet.Run("verify", Reference, "--device", "sim", "--precision", precision);
        Assert.Equal("", result.Error);
        Assert.Equal($"alexnet-conv passed at level {level}.", result.Lines[^1]);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public void Summary_says_what_memory_a_device_takes()
    {
        JsonElement inference = Memory("--mode", "inference"), training = Memory("--mode", "training"), more = Memory("--batch", "8");
        Assert.Equal(("sim", "inference", "training"), (Text(inference, "device"), Text(inference, "mode"), Text(training, "mode")));
        Assert.True(Bytes(training, "arenaBytes") > Bytes(inference, "arenaBytes"));
        Assert.True(Bytes(more, "arenaBytes") > Bytes(inference, "arenaBytes"));
        Assert.Equal(Bytes(inference, "parameterBytes"), Bytes(more, "parameterBytes"));
        const int FilledUp = 64 * 3 * ((12 * 12) - (11 * 11)); // conv1's filters are over whole blocks of 4x4 pixels
        Assert.Equal(4 * (2_469_696 + FilledUp), Bytes(inference, "parameterBytes"), 4096.0); // aligned, or padded
        Assert.Equal(Bytes(inference, "totalBytes"), Bytes(inference, "arenaBytes") + Bytes(inference, "parameterBytes"));

        RunResult text = Alexnet.Run("summary", "alexnet-conv", "--memory", "--mode", "gradients", "--device", "cpu");
        Assert.Matches(MemoryLine(), text.Lines[^1]);

        JsonElement Memory(params string[] more) =>
            Parse(Alexnet.Run(["summary", "alexnet-conv", "--input-size", "64", "--memory", "--json", "--device", "sim", .. more])).GetProperty("memory");
        string? Text(JsonElement memory, string name) => memory.GetProperty(name).GetString();
        long Bytes(JsonElement memory, string name) => memory.GetProperty(name).GetInt64();
    }

    [Theory]
    [InlineData("--no-graph", SwitchScope.Cuda)]
    [InlineData("--no-fuse", SwitchScope.Any)]
    [InlineData("--no-lt", SwitchScope.Cuda)]
    [InlineData("--no-space-to-depth", SwitchScope.Cuda)]
    [InlineData("--nchw", SwitchScope.Cuda)]
    [InlineData("--sync-checks", SwitchScope.Cuda)]
    [InlineData("--deterministic", SwitchScope.Any)]
    [InlineData("--exact", SwitchScope.Cpu)]
    internal void Each_switch_turns_its_own_option(string name, SwitchScope scope)
    {
        DeviceSwitch one = DeviceSwitch.All.Single(s => s.Name == name);
        var before = new DeviceRequest();
        DeviceRequest expected = name switch
        {
            "--no-graph" => before with { Cuda = before.Cuda with { Graphs = false } },
            "--no-fuse" => before with { Cuda = before.Cuda with { Fuse = false } },
            "--no-lt" => before with { Cuda = before.Cuda with { BlasLt = false } },
            "--no-space-to-depth" => before with { Cuda = before.Cuda with { SpaceToDepth = false } },
            "--nchw" => before with { Cuda = before.Cuda with { Layout = Layout.Nchw } },
            "--sync-checks" => before with { Cuda = before.Cuda with { SyncChecks = true } },
            "--exact" => before with { Exact = true },
            _ => before with { Cuda = before.Cuda with { Deterministic = true } },
        };
        Assert.Equal(expected, one.Apply(before));
        Assert.NotEqual(before, expected);
        Assert.Equal(scope, one.Scope);
    }

    [Fact]
    public void The_simulators_cache_does_not_outlive_it()
    {
        // In a process of its own, with a folder for temporary files of its own: other tests have simulators too.
        using var folder = new TemporaryFolder();
        (string, string?)[] variables = [("TMPDIR", folder.Path), ("TMP", folder.Path), ("TEMP", folder.Path)];
        RunResult result = Alexnet.RunProcess(variables, [.. Small, "--device", "sim", "--forward-only"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Profilers_are_told_when_to_begin_and_to_end()
    {
        using var machine = new SimulatedCuda();
        using (var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = Path.GetTempPath() }))
        {
            device.StartProfiling();
            Assert.Equal((1, 0), (machine.Counters.CallsOf("cuProfilerStart"), machine.Counters.CallsOf("cuProfilerStop")));
            device.StopProfiling();
            Assert.Equal((1, 1), (machine.Counters.CallsOf("cuProfilerStart"), machine.Counters.CallsOf("cuProfilerStop")));
        }

        Assert.Empty(machine.Reports);
    }

    [Theory]
    [InlineData(5, false)] // disabled
    [InlineData(7, false)] // started already
    [InlineData(719, true)]
    public void No_profiler_is_no_fault_but_a_fault_is(int status, bool throws)
    {
        using var machine = new SimulatedCuda(new SimulatorOptions { Faults = [new InjectedFault("cuProfilerStart", 1, status)] });
        using var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = Path.GetTempPath() });
        Exception? thrown = Record.Exception(device.StartProfiling);
        Assert.Equal(throws, thrown is CudaException);
    }

    private static void SkipWithCuda() => Assert.SkipWhen(
        CudaLibraries.Probe().All.Any(library => library.IsUsable || library.Rejected.Count > 0), "this machine has a library of CUDA");

    private static JsonElement Parse(RunResult result)
    {
        Assert.Equal((0, ""), (result.Code, result.Error));
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    [GeneratedRegex(@"^Memory for gradients: [\d.]+ MiB, of which [\d.]+ MiB for activations, gradients and scratch and [\d.]+ MiB for parameters$")]
    private static partial Regex MemoryLine();
}
