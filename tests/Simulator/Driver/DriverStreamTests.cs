using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Streams: order in each, none between them unless asked for, and nothing earlier than needed.</summary>
public sealed unsafe class DriverStreamTests
{
    [Fact]
    public void Without_a_synchronisation_page_locked_memory_shows_that_nothing_has_run()
    {
        using var machine = new TestMachine();
        CUstream stream = machine.Stream();
        ulong a = machine.Allocate(1, 2);
        float* pinned = machine.Pinned(0, 0);
        machine.Fill(a, 3, 2, stream);
        Ok(machine.Driver.MemcpyDtoHAsync(pinned, a, 8, stream));
        Assert.Equal(0, pinned[0]);
        Ok(machine.Driver.StreamSynchronize(stream));
        Assert.Equal(3, pinned[0]);
    }

    [Fact]
    public void A_synchronous_copy_does_not_wait_for_a_non_blocking_stream()
    {
        using var machine = new TestMachine();
        ulong a = machine.Allocate(1, 2);
        machine.Fill(a, 3, 2, machine.Stream());
        Assert.Equal([1, 2], machine.Read(a, 2));
        Ok(machine.Driver.CtxSynchronize());
        Assert.Equal([3, 3], machine.Read(a, 2));
    }

    [Fact]
    public void The_legacy_stream_and_blocking_streams_wait_for_each_other()
    {
        using var machine = new TestMachine();
        CUstream blocking = machine.Stream(CUstreamFlags.Default), perThread = new(2), legacy = new(1);
        ulong a = machine.Allocate(1, 2), b = machine.Allocate(8);
        machine.Fill(a, 3, 2, blocking);
        Assert.Equal([3, 3], machine.Read(a, 2));
        machine.Fill(a, 4, 2, legacy);
        machine.Copy(b, a, 2, perThread);
        Ok(machine.Driver.StreamSynchronize(perThread));
        machine.Fill(b, 5, 1, perThread);
        Ok(machine.Driver.StreamSynchronize(default));
        float* pinned = machine.Pinned(0, 0);
        Ok(machine.Driver.MemcpyDtoHAsync(pinned, b, 8, default));
        Ok(machine.Driver.StreamSynchronize(legacy));
        Assert.Equal((5, 4), (pinned[0], pinned[1]));
    }

    [Fact]
    public void A_missing_wait_shows_as_wrong_data_and_a_wait_puts_it_right()
    {
        using var machine = new TestMachine();
        CUstream producer = machine.Stream(), consumer = machine.Stream();
        ulong a = machine.Allocate(0f), b = machine.Allocate(0f);
        machine.Fill(a, 7, 1, producer);
        machine.Copy(b, a, 1, consumer);
        Ok(machine.Driver.StreamSynchronize(consumer));
        Assert.Equal([0], machine.Read(b, 1));
        CUevent filled = machine.Event();
        Ok(machine.Driver.EventRecord(filled, producer));
        Ok(machine.Driver.StreamWaitEvent(consumer, filled, 0));
        machine.Copy(b, a, 1, consumer);
        Ok(machine.Driver.StreamSynchronize(consumer));
        Assert.Equal([7], machine.Read(b, 1));
    }

    [Fact]
    public void A_wait_is_for_the_last_record_before_it()
    {
        using var machine = new TestMachine();
        CUstream producer = machine.Stream(), consumer = machine.Stream();
        CUevent mark = machine.Event();
        ulong a = machine.Allocate(0f), b = machine.Allocate(0f);
        Ok(machine.Driver.StreamWaitEvent(consumer, mark, 0));
        machine.Fill(a, 1, 1, producer);
        Ok(machine.Driver.EventRecord(mark, producer));
        Ok(machine.Driver.StreamWaitEvent(consumer, mark, 0));
        machine.Fill(a, 2, 1, producer);
        Ok(machine.Driver.EventRecord(mark, producer));
        machine.Copy(b, a, 1, consumer);
        Ok(machine.Driver.StreamSynchronize(consumer));
        Assert.Equal([1], machine.Read(b, 1));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.StreamWaitEvent(consumer, mark, 2));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.StreamWaitEvent(consumer, new CUevent(consumer.Value), 0));
    }

    [Fact]
    public void Seeds_draw_other_orders_and_the_same_seed_the_same()
    {
        var outcomes = new HashSet<string>();
        for (int seed = 0; seed < 12; seed++)
        {
            Assert.Equal(Run(seed), Run(seed));
            outcomes.Add(Run(seed));
        }

        Assert.True(outcomes.Count > 2, string.Join(' ', outcomes));

        static string Run(int seed)
        {
            using var machine = new TestMachine(new SimulatorOptions { Seed = seed });
            ulong a = machine.Allocate(0f, 0f);
            for (int i = 1; i <= 3; i++)
            {
                CUstream stream = machine.Stream();
                machine.Fill(a, i, 1, stream);
                machine.Copy(a + 4, a, 1, stream);
            }

            Ok(machine.Driver.CtxSynchronize());
            return string.Join(',', machine.Read(a, 2));
        }
    }

    [Fact]
    public void A_query_gives_NotReady_until_a_few_queries_have_moved_the_work_on()
    {
        using var machine = new TestMachine();
        CUstream stream = machine.Stream();
        CUevent done = machine.Event();
        ulong a = machine.Allocate(0f);
        Ok(machine.Driver.StreamQuery(stream));
        Ok(machine.Driver.EventQuery(done));
        Ok(machine.Driver.EventSynchronize(done));
        for (int i = 0; i < 3; i++) machine.Fill(a, i, 1, stream);
        Ok(machine.Driver.EventRecord(done, stream));
        int polls = 0;
        while (machine.Driver.EventQuery(done) == CUresult.ErrorNotReady) polls++;
        Assert.Equal(4, polls);
        Ok(machine.Driver.StreamQuery(stream));
        machine.Fill(a, 9, 1, default);
        Assert.Equal(CUresult.ErrorNotReady, machine.Driver.StreamQuery(default));
        Ok(machine.Driver.StreamQuery(default));
    }

    [Fact]
    public void A_destroyed_stream_finishes_its_work()
    {
        using var machine = new TestMachine();
        CUstream stream = machine.Stream();
        ulong a = machine.Allocate(0f);
        machine.Fill(a, 1, 1, stream);
        Ok(machine.Driver.StreamDestroy(stream));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.StreamSynchronize(stream));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.StreamDestroy(stream));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.StreamDestroy(default));
        Assert.Equal([0], machine.Read(a, 1));
        Ok(machine.Driver.CtxSynchronize());
        Assert.Equal([1], machine.Read(a, 1));
        CUstream other;
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.StreamCreate(&other, (CUstreamFlags)2));
    }

    [Fact]
    public void Threads_have_default_streams_of_their_own()
    {
        using var machine = new TestMachine();
        var perThread = new CUstream(2);
        ulong a = machine.Allocate(0f);
        machine.Fill(a, 1, 1, perThread);
        float* pinned = machine.Pinned(0f);
        OnAnotherThread(() =>
        {
            Ok(machine.Driver.CtxSetCurrent(machine.Context));
            Ok(machine.Driver.MemcpyDtoHAsync(pinned, a, 4, perThread));
            Ok(machine.Driver.StreamSynchronize(perThread));
        });
        Assert.Equal(0, *pinned);
    }

    [Fact]
    public void Many_threads_may_call_at_once()
    {
        using var machine = new TestMachine();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            Ok(machine.Driver.CtxPushCurrent(machine.Context));
            CUstream stream = machine.Stream();
            ulong a = machine.Allocate((float)i), b = machine.Allocate(4);
            for (int n = 0; n < 20; n++)
            {
                machine.Copy(b, a, 1, stream);
                Ok(machine.Driver.StreamSynchronize(stream));
                Assert.Equal([i], machine.Read(b, 1));
            }

            CUcontext popped;
            Ok(machine.Driver.CtxPopCurrent(&popped));
        });
    }
}
