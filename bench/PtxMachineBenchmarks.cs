using System.Diagnostics.CodeAnalysis;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.KernelTools;
using AlexNetCuda.Ptx;
using BenchmarkDotNet.Attributes;

namespace AlexNetCuda.Bench;

/// <summary>The PTX machine's own speed: the shipped LRN forward kernel of radius 5 over 32x96x55x55, with and without checkers and meters.</summary>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls CleanUp.")]
public class PtxMachineBenchmarks
{
    private const string NoChecks = "no checkers", Metered = "meters", AllChecks = "all checkers";
    private static readonly ImageShape Shape = new(32, 96, 55 * 55);
    private KernelRunner? _runner;
    private KernelLaunch? _launch;
    private long _threadInstructions;

    public static IEnumerable<string> Modes => [NoChecks, Metered, AllChecks];

    [ParamsSource(nameof(Modes))]
    public string Mode { get; set; } = NoChecks;

    [GlobalSetup]
    public void SetUp()
    {
        _runner = new KernelRunner(new MachineOptions
        {
            Checks = Mode == AllChecks ? Checks.All : Checks.None,
            Metered = Mode == Metered,
            Workers = BenchOptions.Current.Device.Threads,
        });
        DeviceMemory memory = _runner.Machine.Memory;
        ulong x = memory.Allocate<float>(new float[Shape.Count]), y = memory.Allocate(Shape.Count * sizeof(float));
        _launch = LrnKernels.Forward(x, y, Shape, new LrnParameters(5, 1, 0.001f / 9, 0.75f));
    }

    [Benchmark]
    public void LrnForward() => _threadInstructions = _runner!.Run(_launch!).ThreadInstructions;

    [GlobalCleanup]
    public void CleanUp()
    {
        Console.WriteLine($"Thread-instructions a step, {Mode}: {_threadInstructions}");
        _runner?.Dispose();
        _runner = null;
    }
}
