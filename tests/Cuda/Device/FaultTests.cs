using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Calls that fail: each ends in one exception that says which call, nothing hangs, nothing is left behind, and what follows works.</summary>
public sealed class FaultTests : IDisposable
{
    private static readonly int[] DriverStatuses = [2, 719, 1, 700]; // out of memory, launch failed, invalid value, illegal address
    private static readonly int[] BlasStatuses = [3, 13, 7, 14]; // not allocated, execution failed, invalid value, internal error
    private static readonly int[] DnnStatuses = [4000, 5000, 2000, 3000]; // internal error, execution failed, bad parameter, not supported
    private static readonly string[] Work = ["cuLaunchKernel", "cuMemcpyHtoDAsync_v2", "cublasGemmEx", "cublasLtMatmul", "cudnnConvolutionBiasActivationForward", "cudnnConvolutionBackwardFilter"];
    private const int MostCalls = 2; // of each function, evenly spread; EveryCallTests tries every call
    private static readonly Lazy<(double Loss, Dictionary<string, long> Calls)> Clean = new(RunClean);
    private readonly FaultyProgram _program = new(Small, steps: 3); // a list, a capture, a graph

    private static Network Small { get; } = new NetworkBuilder("faults", 3, 14, 14)
        .Convolution("conv1", 4, 5, 2).Relu().Lrn("lrn1", 1, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2)
        .Convolution("conv2", 4, 3, groups: 2).Relu().FullyConnected("fc1", 6).Relu().Dropout(0.5f).FullyConnected("fc2", 5).SoftmaxCrossEntropy().Build();

    public static TheoryData<string> Functions
    {
        get
        {
            return [.. Clean.Value.Calls.Keys.Order(StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _program.Dispose();

    [Theory]
    [MemberData(nameof(Functions))]
    public void Every_call_may_fail(string function)
    {
        (double expected, long calls) = (Clean.Value.Loss, Clean.Value.Calls[function]);
        int stride = (int)((calls + MostCalls - 1L) / MostCalls), tried = 0;
        for (int call = 1; call <= calls; call += stride)
        {
            int[] statuses = function.StartsWith("cudnn", StringComparison.Ordinal) ? DnnStatuses : function.StartsWith("cublas", StringComparison.Ordinal) ? BlasStatuses : DriverStatuses;
            int status = statuses[tried++ % statuses.Length];
            string where = $"{function}, call {call} of {calls}, gives {status}";
            using var machine = new SimulatedCuda(new SimulatorOptions { Faults = [new InjectedFault(function, call, status)] });
            FaultyProgram.Outcome outcome = _program.Run(machine);
            Assert.True(outcome.Errors.Count <= 1, $"{where}: {string.Join("\n---\n", outcome.Errors)}");
            if (outcome.Errors.Count == 1) FaultyProgram.CheckMessage(outcome.Errors[0], function, where);
            else Assert.True(outcome.Loss == expected, $"{where}: nothing was thrown, but the loss is {outcome.Loss}, not {expected}");
            Assert.True(machine.Leaks().Count <= FaultyProgram.Leaks(function), $"{where}: {string.Join('\n', machine.Leaks())}\n{string.Join('\n', outcome.Errors)}");
            if (tried > 1) continue;
            // What freeing leaves behind stays; all else is as new.
            FaultyProgram.Outcome next = _program.Run(machine);
            Assert.True(next.Errors.Count == 0 && next.Loss == expected, $"after {where}: {next.Loss}, not {expected}: {string.Join('\n', next.Errors)}");
        }
    }

    [Theory]
    [InlineData(700)]
    [InlineData(719)]
    public void Work_that_fails_on_the_device_surfaces_with_its_step(int status)
    {
        var list = new CudaDeviceOptions { Graphs = false };
        Dictionary<string, long> calls = CountCalls(list);
        foreach (string function in Work) TryLate(function, (int)calls[function], status, list);
        TryLate("cuGraphLaunch", 1, status, new CudaDeviceOptions());
    }

    [Fact]
    public void A_late_fault_names_the_step_or_with_synchronous_checks_the_layer()
    {
        long launches = CountCalls(new CudaDeviceOptions { Graphs = false })["cuLaunchKernel"];
        SimulatorOptions faulty = new() { Faults = [new InjectedFault("cuLaunchKernel", (int)launches - 1, 719) { IsLate = true }] };
        using (var machine = new SimulatedCuda(faulty))
            Assert.Contains("waiting for step 2; which layer failed is found with synchronous checks", _program.Run(machine, new() { Graphs = false }).Errors[0].Message, StringComparison.Ordinal);
        using (var machine = new SimulatedCuda(faulty))
        {
            Exception error = _program.Run(machine, new() { SyncChecks = true }).Errors[0];
            Assert.IsType<CudaOperationException>(error);
            Assert.Contains("Update of 'fc2/", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Too_little_memory_is_said_and_leaves_nothing_behind()
    {
        Network network = NetworkZoo.Create("alexnet-same");
        using var machine = new SimulatedCuda(new SimulatorOptions { Gpus = [SimulatedGpu.A100 with { MemoryBytes = 64 << 20 }] });
        using (var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = _program.Folder, ConvolutionWorkspaceBytes = 1 << 20, Trials = 0 }))
        {
            var error = Assert.Throws<DeviceOutOfMemoryException>(() => network.Compile(device, network.CreateParameters(), new CompileOptions { Batch = 16 }));
            Assert.Contains("MiB of memory left. Use a smaller batch", error.Message, StringComparison.Ordinal);
            Assert.Contains("cuMemAlloc_v2", error.InnerException!.Message, StringComparison.Ordinal);
            using Executable small = Small.Compile(device, Small.CreateParameters());
            small.Forward();
        }

        Assert.Empty(machine.Leaks());
    }

    private void TryLate(string function, int call, int status, CudaDeviceOptions options)
    {
        string where = $"{function}, call {call}";
        using var machine = new SimulatedCuda(new SimulatorOptions { Faults = [new InjectedFault(function, call, status) { IsLate = true }] });
        FaultyProgram.Outcome outcome = _program.Run(machine, options);
        Assert.True(outcome.Errors.Count == 1, $"{where}: {string.Join("\n---\n", outcome.Errors)}");
        Assert.Contains($"gave {status}", outcome.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(CUresult.Success, machine.Driver.DevicePrimaryCtxReset(0));
        FaultyProgram.Outcome next = _program.Run(machine);
        Assert.True(next.Errors.Count == 0, $"after {where}: {string.Join('\n', next.Errors)}");
    }

    private static (double Loss, Dictionary<string, long> Calls) RunClean()
    {
        using var tests = new FaultTests();
        using var machine = new SimulatedCuda();
        FaultyProgram.Outcome outcome = tests._program.Run(machine);
        Assert.Empty(outcome.Errors);
        return (outcome.Loss, new Dictionary<string, long>(machine.Counters.Calls, StringComparer.Ordinal));
    }

    private Dictionary<string, long> CountCalls(CudaDeviceOptions options)
    {
        using var machine = new SimulatedCuda();
        FaultyProgram.Outcome outcome = _program.Run(machine, options);
        Assert.Empty(outcome.Errors);
        return new Dictionary<string, long>(machine.Counters.Calls, StringComparer.Ordinal);
    }
}
