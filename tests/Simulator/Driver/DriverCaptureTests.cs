using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>What a capture takes, what it forbids, and how it ends.</summary>
public sealed unsafe class DriverCaptureTests : IDisposable
{
    private readonly TestMachine _machine = new();
    private readonly ulong _memory;
    private readonly CUevent _event;

    public DriverCaptureTests()
    {
        _memory = _machine.Allocate(0f, 0f, 0f, 0f);
        _event = _machine.Event();
    }

    private ICudaDriver Driver => _machine.Driver;

    public void Dispose() => _machine.Dispose();

    private CUstream Begin(CUstreamCaptureMode mode = CUstreamCaptureMode.ThreadLocal, CUstreamFlags flags = CUstreamFlags.NonBlocking)
    {
        CUstream stream = _machine.Stream(flags);
        Ok(Driver.StreamBeginCapture(stream, mode));
        return stream;
    }

    private CUstreamCaptureStatus Status(CUstream stream)
    {
        CUstreamCaptureStatus status;
        Ok(Driver.StreamIsCapturing(stream, &status));
        return status;
    }

    private void Spoilt(CUstream stream)
    {
        Assert.Equal(CUstreamCaptureStatus.Invalidated, Status(stream));
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, Driver.MemsetD8Async(_memory, 0, 4, stream));
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, _machine.EndCaptureFails(stream));
        Assert.Equal(CUstreamCaptureStatus.None, Status(stream));
        Ok(Driver.MemsetD8Async(_memory, 0, 4, stream));
    }

    private int Nodes(CUgraph graph)
    {
        nuint count;
        Ok(Driver.GraphGetNodes(graph, null, &count));
        return (int)count;
    }

    [Fact]
    public void Captured_work_becomes_nodes_and_does_not_run()
    {
        CUstream stream = Begin();
        Assert.Equal(CUstreamCaptureStatus.Active, Status(stream));
        Assert.True(_machine.Cuda.Core.IsCapturing(stream));
        _machine.Fill(_memory, 5, 4, stream);
        CUgraph graph = _machine.EndCapture(stream);
        Assert.Equal(CUstreamCaptureStatus.None, Status(stream));
        Assert.Equal(1, Nodes(graph));
        Ok(Driver.CtxSynchronize());
        Assert.Equal([0, 0, 0, 0], _machine.Read(_memory, 4));
        Assert.Equal(0, _machine.Cuda.Counters.Fills);
    }

    [Fact]
    public void A_capture_begins_once_and_ends_where_it_began()
    {
        CUstream stream = Begin();
        Assert.Equal(CUresult.ErrorIllegalState, Driver.StreamBeginCapture(stream, CUstreamCaptureMode.Global));
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Driver.StreamBeginCapture(default, CUstreamCaptureMode.Global));
        Assert.Equal(CUresult.ErrorInvalidValue, Driver.StreamBeginCapture(_machine.Stream(), (CUstreamCaptureMode)3));
        Assert.Equal(CUresult.ErrorIllegalState, _machine.EndCaptureFails(_machine.Stream()));
        Assert.Equal(CUresult.ErrorInvalidHandle, _machine.EndCaptureFails(new CUstream(4711)));
        Assert.Equal(0, Nodes(_machine.EndCapture(stream)));
        CUstream perThread = new(2);
        Ok(Driver.StreamBeginCapture(perThread, CUstreamCaptureMode.Relaxed));
        Assert.Equal(0, Nodes(_machine.EndCapture(perThread)));
    }

    public static TheoryData<string> UnsafeCalls =>
        ["MemAlloc", "MemFree", "MemHostAlloc", "MemcpyHtoD", "ModuleLoad", "EventQuery", "EventSynchronize", "StreamQuery", "StreamSynchronize"];

    private CUresult Call(string name)
    {
        ulong address;
        void* pinned;
        int local = 0;
        CUmodule module;
        CUstream other = _machine.Stream();
        return name switch
        {
            "MemAlloc" => Driver.MemAlloc(&address, 16),
            "MemFree" => Driver.MemFree(_memory),
            "MemHostAlloc" => Driver.MemHostAlloc(&pinned, 16, CUmemHostAllocFlags.None),
            "MemcpyHtoD" => Driver.MemcpyHtoD(_memory, &local, 4),
            "ModuleLoad" => _machine.TryLoad(SmallPtx.Text, &module),
            "EventQuery" => Driver.EventQuery(_event),
            "EventSynchronize" => Driver.EventSynchronize(_event),
            "StreamQuery" => Driver.StreamQuery(other),
            _ => Driver.StreamSynchronize(other),
        };
    }

    [Theory]
    [MemberData(nameof(UnsafeCalls))]
    public void Unsafe_calls_are_forbidden_by_the_capture_mode_and_the_thread(string name)
    {
        foreach (CUstreamCaptureMode mode in Enum.GetValues<CUstreamCaptureMode>())
        {
            CUstream stream = Begin(mode);
            bool others = mode == CUstreamCaptureMode.Global;
            OnAnotherThread(() =>
            {
                Ok(Driver.CtxSetCurrent(_machine.Context));
                if (name != "MemFree" || others) Assert.Equal(others ? CUresult.ErrorStreamCaptureUnsupported : CUresult.Success, Call(name));
            });
            if (others)
            {
                Spoilt(stream);
                stream = Begin(mode);
            }

            if (mode == CUstreamCaptureMode.Relaxed)
            {
                Ok(Call(name));
                _machine.EndCapture(stream);
            }
            else
            {
                Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Call(name));
                Spoilt(stream);
            }
        }
    }

    [Fact]
    public void What_is_being_captured_cannot_be_waited_for_even_when_relaxed()
    {
        CUstream stream = Begin(CUstreamCaptureMode.Relaxed);
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Driver.StreamSynchronize(stream));
        Spoilt(stream);
        stream = Begin(CUstreamCaptureMode.Relaxed);
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Driver.StreamQuery(stream));
        Spoilt(stream);
        stream = Begin(CUstreamCaptureMode.Relaxed);
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Driver.CtxSynchronize());
        Spoilt(stream);
        stream = Begin(CUstreamCaptureMode.Relaxed);
        Ok(Driver.EventRecord(_event, stream));
        Assert.Equal(CUresult.ErrorCapturedEvent, Driver.EventQuery(_event));
        Spoilt(stream);
        stream = Begin(CUstreamCaptureMode.Relaxed);
        Ok(Driver.EventRecord(_event, stream));
        Assert.Equal(CUresult.ErrorCapturedEvent, Driver.EventSynchronize(_event));
        Spoilt(stream);
        float milliseconds;
        Assert.Equal(CUresult.ErrorCapturedEvent, Driver.EventElapsedTime(&milliseconds, _event, _event));
    }

    [Fact]
    public void A_capture_that_is_not_relaxed_ends_in_its_thread()
    {
        CUstream local = Begin(), relaxed = Begin(CUstreamCaptureMode.Relaxed);
        OnAnotherThread(() =>
        {
            Ok(Driver.CtxSetCurrent(_machine.Context));
            _machine.Fill(_memory, 1, 1, local);
            Assert.Equal(CUresult.ErrorStreamCaptureWrongThread, _machine.EndCaptureFails(local));
            _machine.EndCapture(relaxed);
        });
        Assert.Equal(1, Nodes(_machine.EndCapture(local)));
    }

    [Fact]
    public void Events_fork_a_capture_and_join_it()
    {
        CUstream origin = Begin(), branch = _machine.Stream();
        CUevent fork = _machine.Event(), join = _machine.Event();
        _machine.Fill(_memory, 1, 1, origin);
        Ok(Driver.EventRecord(fork, origin));
        Ok(Driver.StreamWaitEvent(branch, fork, 0));
        Assert.Equal(CUstreamCaptureStatus.Active, Status(branch));
        _machine.Fill(_memory + 4, 2, 1, branch);
        _machine.Fill(_memory + 8, 3, 1, origin);
        Ok(Driver.EventRecord(join, branch));
        Assert.Equal(CUresult.ErrorStreamCaptureUnmatched, EndOnceMoreLater(branch, origin, join));

        // The same again, to its end.
        Ok(Driver.StreamBeginCapture(origin, CUstreamCaptureMode.ThreadLocal));
        Ok(Driver.EventRecord(fork, origin));
        Ok(Driver.StreamWaitEvent(branch, fork, 0));
        _machine.Fill(_memory + 4, 2, 1, branch);
        Ok(Driver.EventRecord(join, branch));
        Ok(Driver.StreamWaitEvent(origin, join, 0));
        Assert.Equal(1, Nodes(_machine.EndCapture(origin)));
        Assert.Equal(CUstreamCaptureStatus.None, Status(branch));
    }

    private CUresult EndOnceMoreLater(CUstream branch, CUstream origin, CUevent join)
    {
        CUresult result = _machine.EndCaptureFails(branch);
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, Driver.StreamWaitEvent(origin, join, 0));
        Assert.Equal(CUresult.ErrorStreamCaptureInvalidated, _machine.EndCaptureFails(origin));
        return result;
    }

    [Fact]
    public void A_branch_with_work_that_is_not_joined_is_an_error_and_one_without_is_none()
    {
        CUstream origin = Begin(), branch = _machine.Stream();
        Ok(Driver.EventRecord(_event, origin));
        Ok(Driver.StreamWaitEvent(branch, _event, 0));
        _machine.EndCapture(origin);
        Ok(Driver.StreamBeginCapture(origin, CUstreamCaptureMode.ThreadLocal));
        Ok(Driver.EventRecord(_event, origin));
        Ok(Driver.StreamWaitEvent(branch, _event, 0));
        _machine.Fill(_memory, 1, 1, branch);
        Assert.Equal(CUresult.ErrorStreamCaptureUnjoined, _machine.EndCaptureFails(origin));
        Ok(Driver.StreamSynchronize(branch));
    }

    [Fact]
    public void A_capture_cannot_wait_for_what_was_recorded_outside()
    {
        CUstream stream = Begin();
        Ok(Driver.StreamWaitEvent(stream, _event, 0));
        _machine.EndCapture(stream);
        Ok(Driver.EventRecord(_event, _machine.Stream()));
        Ok(Driver.StreamBeginCapture(stream, CUstreamCaptureMode.ThreadLocal));
        Assert.Equal(CUresult.ErrorStreamCaptureIsolation, Driver.StreamWaitEvent(stream, _event, 0));
        Spoilt(stream);
    }

    [Fact]
    public void An_event_of_a_capture_that_has_ended_is_of_no_use_outside()
    {
        CUstream stream = Begin();
        Ok(Driver.EventRecord(_event, stream));
        _machine.EndCapture(stream);
        Assert.Equal(CUresult.ErrorCapturedEvent, Driver.StreamWaitEvent(stream, _event, 0));
        Assert.Equal(CUresult.ErrorCapturedEvent, Driver.EventQuery(_event));
        Ok(Driver.EventRecord(_event, stream));
        Ok(Driver.EventSynchronize(_event));
    }

    [Fact]
    public void Two_captures_cannot_become_one()
    {
        CUstream left = Begin(), right = Begin();
        Ok(Driver.EventRecord(_event, left));
        Assert.Equal(CUresult.ErrorStreamCaptureMerge, Driver.StreamWaitEvent(right, _event, 0));
        Spoilt(left);
        Spoilt(right);
    }

    [Fact]
    public void The_legacy_stream_is_out_of_use_while_a_blocking_stream_is_captured()
    {
        CUstream stream = Begin(CUstreamCaptureMode.Relaxed, CUstreamFlags.Default);
        CUstreamCaptureStatus status;
        Assert.Equal(CUresult.ErrorStreamCaptureImplicit, Driver.StreamIsCapturing(default, &status));
        Assert.Equal(CUstreamCaptureStatus.Active, Status(stream));
        Assert.Equal(CUresult.ErrorStreamCaptureImplicit, Driver.MemsetD8Async(_memory, 0, 4, default));
        Spoilt(stream);
        int local = 0;
        stream = Begin(CUstreamCaptureMode.Relaxed, CUstreamFlags.Default);
        Assert.Equal(CUresult.ErrorStreamCaptureImplicit, Driver.MemcpyHtoD(_memory, &local, 4));
        Spoilt(stream);
        stream = Begin(CUstreamCaptureMode.Relaxed, CUstreamFlags.Default);
        Assert.Equal(CUresult.ErrorStreamCaptureImplicit, Driver.StreamSynchronize(default));
        Spoilt(stream);
        stream = Begin(CUstreamCaptureMode.Relaxed);
        Ok(Driver.MemsetD8Async(_memory, 0, 4, default));
        Ok(Driver.EventRecord(_event, stream));
        Assert.Equal(CUresult.ErrorStreamCaptureImplicit, Driver.StreamWaitEvent(default, _event, 0));
        Spoilt(stream);
    }

    [Fact]
    public void Pageable_copies_and_graph_launches_are_not_captured()
    {
        CUstream stream = Begin();
        int local = 0;
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Driver.MemcpyHtoDAsync(_memory, &local, 4, stream));
        Spoilt(stream);
        Assert.Single(_machine.Cuda.Reports);
        CUstream empty = Begin();
        CUgraphExec executable = _machine.Instantiate(_machine.EndCapture(empty));
        stream = Begin();
        Assert.Equal(CUresult.ErrorStreamCaptureUnsupported, Driver.GraphLaunch(executable, stream));
        Spoilt(stream);
    }

    [Fact]
    public void A_destroyed_stream_takes_its_capture_along()
    {
        CUstream origin = Begin(), branch = _machine.Stream();
        Ok(Driver.EventRecord(_event, origin));
        Ok(Driver.StreamWaitEvent(branch, _event, 0));
        Ok(Driver.StreamDestroy(origin));
        Assert.Equal(CUstreamCaptureStatus.None, Status(branch));
        Ok(Driver.CtxSynchronize());
    }
}
