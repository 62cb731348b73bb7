using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Accesses that nothing orders are reported, in whatever order they happened to run; ordered ones are not.</summary>
public sealed unsafe class DriverHazardTests : IDisposable
{
    private readonly TestMachine _machine = new(new SimulatorOptions { ReportHazards = true });
    private readonly CUstream _left, _right;
    private readonly CUevent _event;
    private readonly CUfunction _scale;
    private readonly ulong _a, _b;

    public DriverHazardTests()
    {
        (_left, _right) = (_machine.Stream(), _machine.Stream());
        _event = _machine.Event();
        _scale = _machine.Function(_machine.Load(SmallPtx.Text), "scale");
        (_a, _b) = (_machine.Allocate(new float[64]), _machine.Allocate(new float[64]));
    }

    private ICudaDriver Driver => _machine.Driver;

    public void Dispose() => _machine.Dispose();

    private void Scale(ulong from, ulong to, int count, CUstream stream) =>
        Ok(_machine.Launch(_scale, 2, 32, stream, from, to, SmallPtx.Bits(2), (ulong)count));

    private SimulatorReport OneHazard()
    {
        Ok(Driver.CtxSynchronize());
        SimulatorReport report = Assert.Single(_machine.Cuda.Reports);
        Assert.Equal(SimulatorReportKind.Hazard, report.Kind);
        return report;
    }

    private void NoHazard()
    {
        Ok(Driver.CtxSynchronize());
        Assert.Empty(_machine.Cuda.Reports);
    }

    private void Wait(CUstream earlier, CUstream later)
    {
        Ok(Driver.EventRecord(_event, earlier));
        Ok(Driver.StreamWaitEvent(later, _event, 0));
    }

    [Fact]
    public void A_write_and_a_read_without_a_wait_are_a_hazard_that_is_reported_once()
    {
        for (int i = 0; i < 3; i++)
        {
            _machine.Fill(_a, 1, 64, _left);
            Scale(_a, _b, 64, _right);
            Ok(Driver.StreamSynchronize(_left));
            Ok(Driver.StreamSynchronize(_right));
        }

        string text = OneHazard().Text;
        Assert.Contains("scale in stream 2 reads device memory 1 + 0, 256 bytes, which cuMemsetD32Async in stream 1 writes", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_orders_them()
    {
        _machine.Fill(_a, 1, 64, _left);
        Wait(_left, _right);
        Scale(_a, _b, 64, _right);
        Wait(_right, _left);
        _machine.Fill(_a, 2, 64, _left);
        NoHazard();
    }

    [Fact]
    public void An_event_recorded_too_early_does_not()
    {
        Ok(Driver.EventRecord(_event, _left));
        _machine.Fill(_a, 1, 64, _left);
        Ok(Driver.StreamWaitEvent(_right, _event, 0));
        Scale(_a, _b, 64, _right);
        Assert.Contains("scale", OneHazard().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_synchronisation_of_the_host_orders_them_and_so_does_a_finished_query()
    {
        _machine.Fill(_a, 1, 64, _left);
        Ok(Driver.StreamSynchronize(_left));
        Scale(_a, _b, 64, _right);
        Ok(Driver.EventRecord(_event, _right));
        while (Driver.EventQuery(_event) == CUresult.ErrorNotReady)
        {
        }

        _machine.Fill(_a, 2, 64, _left);
        NoHazard();
    }

    [Fact]
    public void Two_reads_or_other_bytes_are_no_hazard()
    {
        ulong c = _machine.Allocate(new float[64]);
        Scale(_a, _b, 64, _left);
        Scale(_a, c, 64, _right);
        NoHazard();
        Scale(_a, _b, 31, _left);
        Scale(_a, _b + (31 * 4), 33, _right);
        NoHazard();
        Scale(_a, _b, 32, _left);
        Scale(_a, _b + (31 * 4), 33, _right);
        string text = OneHazard().Text;
        Assert.Contains("device memory 2 + 124, 4 bytes", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ways_over_a_third_stream_are_ways()
    {
        CUstream middle = _machine.Stream();
        _machine.Fill(_a, 1, 64, _left);
        Wait(_left, middle);
        Wait(middle, _right);
        _machine.Fill(_a, 2, 64, _right);
        NoHazard();
    }

    [Fact]
    public void The_legacy_stream_orders_blocking_streams_and_no_others()
    {
        CUstream blocking = _machine.Stream(CUstreamFlags.Default), other = _machine.Stream(CUstreamFlags.Default);
        _machine.Fill(_a, 1, 64, blocking);
        _machine.Fill(_b, 1, 64, default);
        _machine.Fill(_a, 2, 64, other);
        NoHazard();
        _machine.Fill(_b, 1, 64, _left);
        Assert.Equal([1], _machine.Read(_b, 1));
        Assert.Contains("the legacy stream", OneHazard().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_locked_memory_has_hazards_too()
    {
        float* pinned = _machine.Pinned(1, 2);
        Ok(Driver.MemcpyHtoDAsync(_a, pinned, 8, _left));
        Ok(Driver.MemcpyDtoHAsync(pinned, _b, 8, _right));
        Assert.Contains("page-locked memory 3 + 0, 8 bytes", OneHazard().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Branches_of_a_graph_are_unordered_unless_joined()
    {
        Ok(Driver.StreamBeginCapture(_left, CUstreamCaptureMode.ThreadLocal));
        Wait(_left, _right);
        _machine.Fill(_a, 1, 64, _left);
        Scale(_a, _b, 64, _right);
        Wait(_right, _left);
        CUgraphExec executable = _machine.Instantiate(_machine.EndCapture(_left));
        Assert.Empty(_machine.Cuda.Reports);
        Ok(Driver.GraphLaunch(executable, _left));
        Ok(Driver.GraphLaunch(executable, _left));
        Assert.Contains("of graph 1", OneHazard().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_is_ordered_with_the_stream_it_is_launched_in()
    {
        Ok(Driver.StreamBeginCapture(_left, CUstreamCaptureMode.ThreadLocal));
        Scale(_a, _b, 64, _left);
        CUgraphExec executable = _machine.Instantiate(_machine.EndCapture(_left));
        _machine.Fill(_a, 1, 64, _left);
        Ok(Driver.GraphLaunch(executable, _left));
        _machine.Fill(_b, 1, 64, _left);
        Ok(Driver.GraphLaunch(executable, _right));
        Assert.Contains("scale", OneHazard().Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_order_the_seed_draws_a_hazard_is_seen_and_order_is_kept(int seed)
    {
        using var machine = new TestMachine(new SimulatorOptions { ReportHazards = true, Seed = seed });
        CUstream left = machine.Stream(), right = machine.Stream();
        CUevent filled = machine.Event();
        ulong a = machine.Allocate(0f), b = machine.Allocate(0f);
        machine.Fill(a, 1, 1, left);
        Ok(machine.Driver.EventRecord(filled, left));
        Ok(machine.Driver.StreamWaitEvent(right, filled, 0));
        machine.Copy(b, a, 1, right);
        Ok(machine.Driver.CtxSynchronize());
        Assert.Equal([1], machine.Read(b, 1));
        Assert.Empty(machine.Cuda.Reports);
        machine.Fill(a, 2, 1, left);
        machine.Copy(b, a, 1, right);
        Ok(machine.Driver.CtxSynchronize());
        Assert.Single(machine.Cuda.Reports);
    }

    [Fact]
    public void Without_the_option_nothing_is_reported()
    {
        using var machine = new TestMachine();
        ulong a = machine.Allocate(0f);
        machine.Fill(a, 1, 1, machine.Stream());
        machine.Fill(a, 2, 1, machine.Stream());
        Ok(machine.Driver.CtxSynchronize());
        Assert.Empty(machine.Cuda.Reports);
    }
}
