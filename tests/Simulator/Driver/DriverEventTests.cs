using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Events and their times.</summary>
public sealed unsafe class DriverEventTests
{
    private static float Elapsed(TestMachine machine, CUevent start, CUevent end)
    {
        float milliseconds;
        Ok(machine.Driver.EventElapsedTime(&milliseconds, start, end));
        return milliseconds;
    }

    [Fact]
    public void Times_are_plausible_and_the_same_in_every_run()
    {
        Assert.Equal(Run(), Run());
        (float copy, float fill, float nothing) = Run();
        // 48 MB over 24 GB/s; 48 MB at 1555 GB/s.
        Assert.InRange(copy, 2, 2.1f);
        Assert.InRange(fill, 0.03f, 0.05f);
        Assert.InRange(nothing, 0, 0.01f);

        static (float Copy, float Fill, float Nothing) Run()
        {
            const int Bytes = 48_000_000;
            using var machine = new TestMachine();
            ulong a = machine.Allocate(Bytes);
            var host = new byte[Bytes];
            CUevent[] events = [machine.Event(), machine.Event(), machine.Event(), machine.Event(CUeventFlags.BlockingSync)];
            CUstream stream = machine.Stream();
            Ok(machine.Driver.EventRecord(events[0], stream));
            fixed (byte* source = host) Ok(machine.Driver.MemcpyHtoDAsync(a, source, Bytes, stream));
            Ok(machine.Driver.EventRecord(events[1], stream));
            Ok(machine.Driver.MemsetD8Async(a, 0, Bytes, stream));
            Ok(machine.Driver.EventRecord(events[2], stream));
            Ok(machine.Driver.EventRecord(events[3], stream));
            Ok(machine.Driver.EventSynchronize(events[3]));
            return (Elapsed(machine, events[0], events[1]), Elapsed(machine, events[1], events[2]), Elapsed(machine, events[2], events[3]));
        }
    }

    [Fact]
    public void Streams_take_their_time_side_by_side()
    {
        using var machine = new TestMachine();
        CUstream left = machine.Stream(), right = machine.Stream();
        ulong a = machine.Allocate(16 << 20), b = machine.Allocate(16 << 20);
        CUevent start = machine.Event(), middle = machine.Event(), end = machine.Event();
        Ok(machine.Driver.EventRecord(start, left));
        Ok(machine.Driver.MemsetD8Async(a, 0, 16 << 20, left));
        Ok(machine.Driver.EventRecord(middle, left));
        Ok(machine.Driver.MemsetD8Async(b, 0, 16 << 20, right));
        Ok(machine.Driver.StreamWaitEvent(left, middle, 0));
        Ok(machine.Driver.EventRecord(end, right));
        Ok(machine.Driver.CtxSynchronize());
        Assert.InRange(Elapsed(machine, start, end) / Elapsed(machine, start, middle), 0.9f, 1.5f);
        Assert.True(Elapsed(machine, end, start) < 0);
    }

    [Fact]
    public void Times_need_two_events_with_timing_that_were_recorded_and_reached()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        CUevent a = machine.Event(), b = machine.Event(), untimed = machine.Event(CUeventFlags.DisableTiming);
        float milliseconds;
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventElapsedTime(&milliseconds, a, b));
        Ok(driver.EventRecord(a, default));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventElapsedTime(&milliseconds, a, b));
        Ok(driver.EventRecord(b, default));
        Assert.Equal(CUresult.ErrorNotReady, driver.EventElapsedTime(&milliseconds, a, b));
        Ok(driver.EventSynchronize(b));
        Ok(driver.EventElapsedTime(&milliseconds, a, b));
        Ok(driver.EventRecord(untimed, default));
        Ok(driver.EventSynchronize(untimed));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventElapsedTime(&milliseconds, a, untimed));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.EventElapsedTime(null, a, b));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventElapsedTime(&milliseconds, a, new CUevent(4711)));
    }

    [Fact]
    public void Handles_and_flags_are_checked()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        CUevent made;
        Assert.Equal(CUresult.ErrorInvalidValue, driver.EventCreate(&made, (CUeventFlags)8));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.EventCreate(&made, CUeventFlags.Interprocess));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.EventCreate(null, CUeventFlags.Default));
        Ok(driver.EventCreate(&made, CUeventFlags.Interprocess | CUeventFlags.DisableTiming));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventRecord(made, new CUstream(4711)));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventRecord(new CUevent(4711), default));
        Ok(driver.EventDestroy(made));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventDestroy(made));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventQuery(made));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.EventSynchronize(made));
    }
}
