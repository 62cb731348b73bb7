using System.Text.Json;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Simulator;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>What the device refuses or does without: places outside its memory, formats it knows no way between, caches that do not serve, calls that fail where few do.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly LayerCase s_chain =
        LayerCases.Get(LayerCases.Names.Select(row => (string)row.Data).First(name => name.StartsWith("conv relu lrn pool", StringComparison.Ordinal)));

    private readonly string _folder = Directory.CreateTempSubdirectory("alexnet-refusals-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(-256)]
    [InlineData(4)]
    [InlineData(256)]
    public void A_tensor_lies_aligned_within_its_memory(long offset)
    {
        using var simulated = new SimulatedDevice();
        TensorFormat format = Formats.Of(new Shape(1, 64), Storage.Float32);
        using IDeviceMemory memory = simulated.Device.Allocate(256);
        Assert.Equal(format, memory.View(0, format).Format);
        Assert.Contains("aligned to 256, within 256 bytes", Assert.Throws<ArgumentOutOfRangeException>(() => memory.View(offset, format)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_of_other_sizes_or_of_integers_are_not_converted()
    {
        using var simulated = new SimulatedDevice();
        TensorFormat format = Formats.Of(new Shape(1, 64), Storage.Float32);
        foreach (TensorFormat other in new[] { Formats.Of(new Shape(1, 32), Storage.Float32), new PlainFormat(new Shape(1, 64), ElementType.Int32) })
            Assert.Contains("does not convert", Assert.Throws<NotSupportedException>(() => simulated.Device.CreateConversion(format, other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_place_for_the_cache_algorithms_are_chosen_each_time()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        (long first, long second) = (Measured(Path.Combine(file, "below")), Measured(Path.Combine(file, "below")));
        Assert.True(first > 0);
        Assert.Equal(first, second);
    }

    [Fact]
    public void An_algorithm_that_the_library_has_no_more_is_chosen_anew()
    {
        long first = Measured(_folder);
        Assert.Equal(0, Measured(_folder));
        string kept = Path.Combine(_folder, "convolutions.json");
        Dictionary<string, string> choices = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(kept))!;
        File.WriteAllBytes(kept, JsonSerializer.SerializeToUtf8Bytes(choices.Keys.ToDictionary(key => key, _ => "one of before")));
        Assert.Equal(first, Measured(_folder));
    }

    [Fact]
    public void Every_event_that_times_steps_and_trials_may_fail()
    {
        // Of a network that is timed step by step, whose algorithms are tried again.
        long events = Events(null);
        Assert.InRange(events, 10, 100);
        for (int call = 1; call <= events; call++)
        {
            int failing = call;
            Assert.Equal("cuEventCreate", Assert.Throws<CudaException>(() => Events(failing)).Function);
        }

        long Events(int? failing)
        {
            string cache = Path.Combine(_folder, $"{failing}");
            using var machine = new SimulatedCuda(new SimulatorOptions { Faults = failing is { } call ? [new InjectedFault("cuEventCreate", call, 2)] : [] });
            try
            {
                using var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = cache, ConvolutionWorkspaceBytes = 1 << 20, Trials = 1 });
                using Executable executable = s_chain.Network.Compile(device, s_chain.CreateParameters(), s_chain.Options with { Timed = true });
                return machine.Counters.CallsOf("cuEventCreate");
            }
            finally
            {
                Assert.Empty(machine.Leaks());
            }
        }
    }

    [Fact]
    public void A_fused_convolution_that_is_refused_when_it_runs_is_an_error_that_names_its_algorithm()
    {
        const string Function = "cudnnConvolutionBiasActivationForward";
        Network network = new NetworkBuilder("fused", 4, 8, 8).Convolution("conv", 8, 3).Relu().Build();
        long trials = Compiled(null);
        Assert.Contains("which was taken when the network was compiled", Assert.Throws<CudaOperationException>(() => Compiled((int)trials + 1)).Message, StringComparison.Ordinal);

        long Compiled(int? failing)
        {
            string cache = Path.Combine(_folder, $"{failing}");
            using var machine = new SimulatedCuda(new SimulatorOptions { Faults = failing is { } call ? [new InjectedFault(Function, call, 3000)] : [] });
            using var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = cache, ConvolutionWorkspaceBytes = 1 << 20, Trials = 0 });
            using Executable executable = network.Compile(device, network.CreateParameters(), new CompileOptions { Batch = 1 });
            long calls = machine.Counters.CallsOf(Function);
            executable.Forward();
            Assert.True(machine.Counters.CallsOf(Function) > calls);
            return calls;
        }
    }

    /// <summary>How often algorithms of a convolution are measured.</summary>
    private static long Measured(string cache)
    {
        using var machine = new SimulatedCuda(new SimulatorOptions());
        using var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = cache, ConvolutionWorkspaceBytes = 1 << 20, Trials = 0 });
        using Executable executable = s_chain.Network.Compile(device, s_chain.CreateParameters(), s_chain.Options);
        return machine.Counters.CallsOf("cudnnFindConvolutionForwardAlgorithmEx") + machine.Counters.CallsOf("cudnnFindConvolutionBackwardDataAlgorithmEx")
            + machine.Counters.CallsOf("cudnnFindConvolutionBackwardFilterAlgorithmEx");
    }
}
