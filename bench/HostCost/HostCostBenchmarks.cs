using System.Diagnostics.CodeAnalysis;
using AlexNetCuda.Cuda;
using AlexNetCuda.Interop;
using BenchmarkDotNet.Attributes;

namespace AlexNetCuda.Bench.HostCost;

/// <summary>
/// What a step of alexnet-same, forward and backward, costs the host: on libraries that do nothing, so that enqueueing is all that is left. As a list of calls
/// the calls are many; as a graph it is one.
/// </summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls CleanUp.")]
public class HostCostBenchmarks
{
    private const int Batch = 32, Steps = 1000;
    private const string AsList = "list", AsGraph = "graph";
    private readonly NullDriver _driver = new();
    private readonly NullCublas _blas = new();
    private readonly NullCublasLt _lt = new();
    private readonly NullCudnn _dnn = new();
    private CudaDevice? _device;
    private Executable? _executable;

    /// <summary>Whether a step is a list of calls or one graph.</summary>
    [Params(AsList, AsGraph)]
    public string Step { get; set; } = AsList;

    /// <summary>Launches, library calls and copies so far.</summary>
    private long Calls => _driver.Calls + _blas.Calls + _lt.Calls + _dnn.Calls;

    [GlobalSetup]
    public void SetUp()
    {
        string cache = Path.Combine(Path.GetTempPath(), "alexnet-host-cost"); // choices of algorithms that do not exist must not be kept with the real ones
        _device = new CudaDevice(new CudaLibraries(_driver, _blas, _lt, _dnn), new CudaDeviceOptions { Graphs = Step == AsGraph, CacheDirectory = cache, Trials = 0 });
        Network network = NetworkZoo.Create("alexnet-same");
        _executable = network.Compile(_device, network.CreateParameters(), new CompileOptions { Batch = Batch, Mode = ExecutionMode.Gradients });
        for (int i = 0; i < 3; i++) _executable.ForwardBackward(); // the list, the capture, the graph
        long before = Calls;
        _executable.ForwardBackward();
        Console.WriteLine($"// {Calls - before} launches, library calls and copies a step");
    }

    [Benchmark(OperationsPerInvoke = Steps)]
    public void ForwardBackward()
    {
        for (int i = 0; i < Steps; i++) _executable!.ForwardBackward();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _executable?.Dispose();
        _device?.Dispose();
    }
}
