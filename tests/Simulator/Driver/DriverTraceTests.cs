using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Counts, traces, failures on purpose, and what is left at the end.</summary>
public sealed unsafe class DriverTraceTests
{
    [Fact]
    public void Calls_launches_copies_and_bytes_are_counted()
    {
        using var machine = new TestMachine();
        CUfunction scale = machine.Function(machine.Load(SmallPtx.Text), "scale");
        ulong a = machine.Allocate(1, 2, 3), b = machine.Allocate(12);
        float* pinned = machine.Pinned(0, 0, 0);
        Ok(machine.Launch(scale, 1, 32, default, a, b, SmallPtx.Bits(2), 3));
        machine.Copy(a, b, 3, default);
        machine.Fill(b, 0, 3, default);
        Ok(machine.Driver.MemcpyDtoHAsync(pinned, a, 8, default));
        Ok(machine.Driver.CtxSynchronize());
        SimulatorCounters counters = machine.Cuda.Counters;
        Assert.Equal((1, 1, 12, 1, 8, 1, 12), (counters.Launches, counters.CopiesToDevice, counters.BytesToDevice, counters.CopiesToHost,
            counters.BytesToHost, counters.CopiesOnDevice, counters.BytesOnDevice));
        Assert.Equal(1, counters.Fills);
        Assert.Equal(2, counters.CallsOf("cuMemAlloc_v2"));
        Assert.Equal(2, counters.Calls["cuMemAlloc_v2"]);
        Assert.Equal(0, counters.CallsOf("cuMemFree_v2"));
    }

    [Fact]
    public void Two_runs_leave_the_same_trace()
    {
        string trace = Run();
        Assert.Equal(trace, Run());
        string[] lines = trace.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("cuInit(0) = 0", lines[0]);
        Assert.Contains("cuMemAlloc_v2(4) = 0 -> device memory 1 + 0", lines);
        Assert.Contains("cuMemcpyHtoD_v2(device memory 1 + 0, host, 4) = 0", lines);
        Assert.Contains("cuMemcpyDtoHAsync_v2(page-locked memory 2 + 0, device memory 1 + 0, 4, #5) = 0", lines);
        Assert.Contains("cuLaunchKernel(scale, (1, 1, 1), (32, 1, 1), 0, #5) = 0 -> device memory 1 + 0, device memory 1 + 0, 0x40000000, 0x1", lines);
        Assert.Contains("cuMemFree_v2(unknown memory) = 1", lines);

        static string Run()
        {
            var text = new StringWriter { NewLine = "\n" };
            using var machine = new TestMachine(new SimulatorOptions { Trace = text });
            CUfunction scale = machine.Function(machine.Load(SmallPtx.Text), "scale");
            ulong a = machine.Allocate(1f);
            machine.Event();
            CUstream stream = machine.Stream();
            float* pinned = machine.Pinned(1f);
            Ok(machine.Launch(scale, 1, 32, stream, a, a, SmallPtx.Bits(2), 1));
            Ok(machine.Driver.MemcpyDtoHAsync(pinned, a, 4, stream));
            Ok(machine.Driver.StreamSynchronize(stream));
            Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.MemFree(42));
            return text.ToString();
        }
    }

    [Fact]
    public void The_n_th_call_of_a_function_fails_on_purpose_and_does_nothing()
    {
        using var machine = new TestMachine(new SimulatorOptions
        {
            Faults = [new InjectedFault("cuMemAlloc_v2", 2, 2), new InjectedFault("cuStreamSynchronize", 1, 702), new InjectedFault("cuMemcpyDtoH_v2", 1, 999)],
        });
        ulong address;
        Ok(machine.Driver.MemAlloc(&address, 4));
        Assert.Equal(CUresult.ErrorOutOfMemory, machine.Driver.MemAlloc(&address, 4));
        Ok(machine.Driver.MemAlloc(&address, 4));
        Assert.Equal(CUresult.ErrorLaunchTimeout, machine.Driver.StreamSynchronize(default));
        Ok(machine.Driver.StreamSynchronize(default));
        int local = 7;
        Assert.Equal(CUresult.ErrorUnknown, machine.Driver.MemcpyDtoH(&local, address, 4));
        Assert.Equal(7, local);
        Ok(machine.Driver.MemcpyDtoH(&local, address, 4));
    }

    [Fact]
    public void What_is_not_given_back_is_listed()
    {
        using var machine = new TestMachine();
        ulong memory = machine.Allocate(100);
        float* pinned = machine.Pinned(1f);
        CUstream stream = machine.Stream();
        CUevent made = machine.Event();
        CUmodule module = machine.Load(SmallPtx.Text);
        machine.Function(module, "scale");
        Ok(machine.Driver.StreamBeginCapture(stream, CUstreamCaptureMode.Relaxed));
        machine.Fill(memory, 1, 1, stream);
        CUgraph graph = machine.EndCapture(stream);
        CUgraphExec executable = machine.Instantiate(graph);
        Assert.Equal(
            [
                "device memory 1 (100 bytes)", "page-locked memory 2 (4 bytes)", "CUstream_st #2", "CUevent_st #3", "CUmod_st #4", "CUgraph_st #7",
                "CUgraphExec_st #8", "the primary context of device 0, retained 1 times",
            ],
            machine.Cuda.Leaks());
        Ok(machine.Driver.GraphExecDestroy(executable));
        Ok(machine.Driver.GraphDestroy(graph));
        Ok(machine.Driver.ModuleUnload(module));
        Ok(machine.Driver.EventDestroy(made));
        Ok(machine.Driver.StreamDestroy(stream));
        Ok(machine.Driver.MemFreeHost(pinned));
        Ok(machine.Driver.MemFree(memory));
        Ok(machine.Driver.DevicePrimaryCtxRelease(0));
        Assert.Empty(machine.Cuda.Leaks());
    }

    [Fact]
    public void Leaks_are_known_after_the_end()
    {
        var machine = new TestMachine();
        machine.Allocate(100);
        machine.Dispose();
        machine.Dispose();
        Assert.Equal(["device memory 1 (100 bytes)", "the primary context of device 0, retained 1 times"], machine.Cuda.Leaks());
        Assert.Equal(CUresult.ErrorNotInitialized, machine.Driver.CtxSynchronize());
    }
}
