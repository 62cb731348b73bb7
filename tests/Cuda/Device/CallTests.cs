using AlexNetCuda.Bench.HostCost;
using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Interop;
using AlexNetCuda.Layers;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>How many kernels and library calls a pass takes, as the operators count them.</summary>
public sealed class CallTests : IDisposable
{
    private static readonly string[] Computing = ["cublasGemmEx", "cublasLtMatmul", "cudnnConvolutionForward", "cudnnConvolutionBiasActivationForward"];
    private readonly string _cache = Directory.CreateTempSubdirectory("alexnet-calls-").FullName;

    public static TheoryData<string> Names => [.. NetworkZoo.All.Select(e => e.Name)];

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    /// <summary>At full size, on libraries that do nothing; in float32, and in 16 bits.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_forward_pass_keeps_to_few_calls(string name)
    {
        Network network = NetworkZoo.Create(name);
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(0));
        foreach (Precision precision in new[] { Precision.Float32, Precision.BFloat16 })
        {
            using var device = new CudaDevice(
                new CudaLibraries(new NullDriver(), new NullCublas(), new NullCublasLt(), new NullCudnn()), new CudaDeviceOptions { Precision = precision, CacheDirectory = _cache });
            CheckForward(network, device, parameters);
        }
    }

    /// <summary>In reduced width, on the simulator: what its cuDNN does not fuse takes a kernel more.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_forward_pass_keeps_to_few_calls_where_libraries_refuse(string name)
    {
        Network network = Narrow.Create(name);
        foreach (SimulatedGpu gpu in new[] { SimulatedGpu.TeslaT4, SimulatedGpu.A100 })
        {
            using var simulated = new SimulatedDevice(machine: new SimulatorOptions { Gpus = [gpu] });
            CheckForward(network, simulated.Device, Narrow.Values(network, Precision.Float32), simulated.Machine.Counters);
        }
    }

    [Theory]
    [InlineData("alexnet-same", 3, 8, 24, 23)]
    [InlineData("vgg16", 7, 16, 42, 47)]
    public void The_totals_are_those_of_the_documentation(string name, int forwardLaunches, int forwardCalls, int launches, int calls)
    {
        Network network = NetworkZoo.Create(name);
        using var device = new CudaDevice(
            new CudaLibraries(new NullDriver(), new NullCublas(), new NullCublasLt(), new NullCudnn()), new CudaDeviceOptions { CacheDirectory = _cache });
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(0));
        using (Executable forward = network.Compile(device, parameters, new CompileOptions { Batch = 32 }))
        {
            forward.Forward();
            Assert.Equal(new EnqueuedCalls(forwardLaunches, forwardCalls), forward.Calls);
        }

        using Executable executable = network.Compile(device, parameters, new CompileOptions { Batch = 32, Mode = ExecutionMode.Gradients });
        Assert.Null(executable.Calls);
        for (int run = 0; run < 3; run++) // the list, the capture, the graph: the same calls
        {
            executable.ForwardBackward();
            Assert.Equal(new EnqueuedCalls(launches, calls), executable.Calls);
        }
    }

    private static void CheckForward(Network network, CudaDevice device, Parameters parameters, SimulatorCounters? counters = null)
    {
        using Executable executable = network.Compile(device, parameters, new CompileOptions { Target = network.Target, Timed = true });
        executable.Forward();
        if (counters is not null)
        {
            EnqueuedCalls before = Counted(counters);
            executable.Forward();
            Assert.Equal(Counted(counters), before.Plus(executable.Calls!.Value));
        }

        StepTiming[] steps = [.. executable.ReadTimings()];
        int Count(Func<Layer, bool> kind) => network.Nodes.Count(n => kind(n.Layer));
        int limit = (2 * Count(l => l is ConvolutionLayer)) + Count(l => l is PoolLayer or LrnLayer or FullyConnectedLayer) + 1;
        Assert.True(Total(executable.Calls!.Value) <= limit, $"{network.Name} takes {executable.Calls}, more than {limit} calls.");
        Assert.Equal(executable.Calls, steps.Aggregate(default(EnqueuedCalls), (sum, s) => sum.Plus(s.Calls!.Value)));
        foreach (StepTiming step in steps)
        {
            int allowed = network.Nodes.Single(n => n.Layer.Name == step.Work.Layer).Layer is ConvolutionLayer ? 2 : 1;
            Assert.True(Total(step.Calls!.Value) <= allowed, $"{network.Name}: {step.Work.Layer} ({step.Work.Algorithm}) takes {step.Calls}.");
        }
    }

    /// <summary>As the machine sees it.</summary>
    private static EnqueuedCalls Counted(SimulatorCounters counters) => new(
        (int)counters.CallsOf("cuLaunchKernel"),
        (int)Computing.Sum(counters.CallsOf));

    private static int Total(EnqueuedCalls calls) => calls.Launches + calls.LibraryCalls;
}
