using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using Xunit;

namespace AlexNetCuda.Simulator.Tests;

/// <summary>The core as the simulated libraries use it.</summary>
public sealed unsafe class CoreTests : IDisposable
{
    private readonly SimulatedCuda _cuda = new(new SimulatorOptions
    {
        Faults = [new InjectedFault("cublasCreate_v2", 2, 3), new InjectedFault("cublasSgemm_v2", 1, 700) { IsLate = true }],
    });

    public CoreTests()
    {
        CUcontext context;
        Assert.Equal(CUresult.ErrorNotInitialized, _cuda.Core.Current(out _));
        Assert.Equal(CUresult.Success, _cuda.Driver.Init(0));
        Assert.Equal(CUresult.ErrorInvalidContext, _cuda.Core.Current(out _));
        Assert.Equal(CUresult.Success, _cuda.Driver.DevicePrimaryCtxRetain(&context, 0));
        Assert.Equal(CUresult.Success, _cuda.Driver.CtxSetCurrent(context));
    }

    public void Dispose() => _cuda.Dispose();

    [Fact]
    public void Work_runs_when_its_stream_is_drained_and_not_before()
    {
        ulong allocated;
        Assert.Equal(CUresult.Success, _cuda.Driver.MemAlloc(&allocated, 16));
        ulong address = allocated;
        Assert.True(_cuda.Core.Holds(address + 8, 8));
        Assert.False(_cuda.Core.Holds(address + 8, 9));
        bool ran = false;
        var work = new Work("cublasSgemm_v2", [new MemoryUse(address, 16, false, true, "C")], memory =>
        {
            memory.Fill(address, 1, 16);
            ran = true;
        });
        Assert.Equal(CUresult.Success, _cuda.Core.Submit(default, work));
        Assert.False(ran);
        Assert.Equal(CUresult.Success, _cuda.Core.Drain(default));
        Assert.True(ran);
        Assert.Equal(CUresult.ErrorInvalidHandle, _cuda.Core.Submit(new CUstream(12345), work));
        Assert.Equal(1, _cuda.Counters.LibraryWorks);
    }

    [Fact]
    public void Work_has_hazards_by_its_uses_and_becomes_a_node_when_captured()
    {
        using var cuda = new SimulatedCuda(new SimulatorOptions { ReportHazards = true });
        CUcontext context;
        Assert.Equal(CUresult.Success, cuda.Driver.Init(0));
        Assert.Equal(CUresult.Success, cuda.Driver.DevicePrimaryCtxRetain(&context, 0));
        Assert.Equal(CUresult.Success, cuda.Driver.CtxSetCurrent(context));
        CUstream left, right;
        Assert.Equal(CUresult.Success, cuda.Driver.StreamCreate(&left, CUstreamFlags.NonBlocking));
        Assert.Equal(CUresult.Success, cuda.Driver.StreamCreate(&right, CUstreamFlags.NonBlocking));
        ulong allocated;
        Assert.Equal(CUresult.Success, cuda.Driver.MemAlloc(&allocated, 16));
        ulong address = allocated;
        int runs = 0;
        Work Writing(string name, string operand) => new(name, [new MemoryUse(address, 16, false, true, operand)], _ => runs++);
        Assert.Equal(CUresult.Success, cuda.Core.Submit(left, Writing("cublasSgemm_v2", "C")));
        Assert.Equal(CUresult.Success, cuda.Core.Submit(right, Writing("cudnnConvolutionForward", "y")));
        Assert.Equal(CUresult.Success, cuda.Driver.CtxSynchronize());
        string text = Assert.Single(cuda.Reports).Text;
        Assert.Contains("(y)", text, StringComparison.Ordinal);
        Assert.Contains("cublasSgemm_v2 in stream 1 writes", text, StringComparison.Ordinal);

        Assert.Equal(CUresult.Success, cuda.Driver.StreamBeginCapture(left, CUstreamCaptureMode.ThreadLocal));
        Assert.Equal(CUresult.Success, cuda.Core.Submit(left, Writing("cublasSgemm_v2", "C")));
        Assert.True(cuda.Core.IsCapturing(left));
        CUgraph graph;
        CUgraphExec executable;
        Assert.Equal(CUresult.Success, cuda.Driver.StreamEndCapture(left, &graph));
        Assert.Equal(CUresult.Success, cuda.Driver.GraphInstantiate(&executable, graph, 0));
        for (int i = 0; i < 3; i++) Assert.Equal(CUresult.Success, cuda.Driver.GraphLaunch(executable, left));
        Assert.Equal(2, runs);
        Assert.Equal(CUresult.Success, cuda.Core.Drain(left));
        Assert.Equal(5, runs);
        Assert.Equal(CUresult.Success, cuda.Driver.StreamBeginCapture(left, CUstreamCaptureMode.ThreadLocal));
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, cuda.Core.Drain(left));
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, cuda.Core.Submit(left, Writing("cublasSgemm_v2", "C")));
    }

    [Fact]
    public void A_late_failure_breaks_the_context_when_the_work_runs()
    {
        Assert.False(_cuda.Core.Fails("cublasSgemm_v2", "", out _));
        Assert.Equal(CUresult.Success, _cuda.Core.Submit(default, new Work("cublasSgemm_v2", [], _ => { })));
        Assert.Equal(CUresult.ErrorIllegalAddress, _cuda.Core.Drain(default));
        Assert.Equal(CUresult.ErrorIllegalAddress, _cuda.Core.Current(out _));
    }

    [Fact]
    public void Calls_fail_on_purpose_by_their_number()
    {
        Assert.False(_cuda.Core.Fails("cublasCreate_v2", "", out _));
        Assert.True(_cuda.Core.Fails("cublasCreate_v2", "", out int status));
        Assert.Equal(3, status);
        Assert.False(_cuda.Core.Fails("cublasCreate_v2", "", out _));
        Assert.Equal(3, _cuda.Counters.CallsOf("cublasCreate_v2"));
    }

    [Fact]
    public void Handles_are_found_by_type_and_listed_until_they_are_released()
    {
        nint handle = _cuda.Core.NewHandle("cublasHandle_t", "state");
        Assert.Equal("state", _cuda.Core.Find<string>(handle));
        Assert.Null(_cuda.Core.Find<Version>(handle));
        Assert.Contains(_cuda.Leaks(), leak => leak.StartsWith("cublasHandle_t", StringComparison.Ordinal));
        Assert.True(_cuda.Core.Release<string>(handle));
        Assert.False(_cuda.Core.Release<string>(handle));
        Assert.DoesNotContain(_cuda.Leaks(), leak => leak.StartsWith("cublasHandle_t", StringComparison.Ordinal));
    }
}
