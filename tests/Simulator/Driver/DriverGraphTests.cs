using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Graphs: made by capture, made executable, updated, launched.</summary>
public sealed unsafe class DriverGraphTests
{
    private static CUgraph Capture(TestMachine machine, CUstream stream, Action<CUstream> work)
    {
        Ok(machine.Driver.StreamBeginCapture(stream, CUstreamCaptureMode.ThreadLocal));
        work(stream);
        return machine.EndCapture(stream);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_launch_gives_what_the_plain_list_gives(int seed)
    {
        using var machine = new TestMachine(new SimulatorOptions { Seed = seed, ReportHazards = true });
        const int Count = 1000;
        CUmodule fill = machine.Module("fill"), bias = machine.Module("bias_relu");
        CUstream stream = machine.Stream(), branch = machine.Stream();
        CUevent fork = machine.Event(), join = machine.Event();
        ulong[] x = [machine.Allocate(Count * 4), machine.Allocate(Count * 4), machine.Allocate(Count * 4)];
        ulong y = machine.Allocate(Count * 4);
        void Step(CUstream s)
        {
            machine.Launch(fill, FillKernels.Normal(x[0], Count, 0, 1, 42, 1), s);
            Ok(machine.Driver.EventRecord(fork, s));
            Ok(machine.Driver.StreamWaitEvent(branch, fork, 0));
            machine.Launch(bias, BiasReluKernels.Forward(x[0], 0, x[1], new ImageShape(1, 1, Count), relu: true), branch);
            machine.Launch(bias, BiasReluKernels.Forward(x[0], 0, x[2], new ImageShape(1, 1, Count), relu: false), s);
            Ok(machine.Driver.EventRecord(join, branch));
            Ok(machine.Driver.StreamWaitEvent(s, join, 0));
            machine.Launch(bias, BiasReluKernels.ReluBackward(x[1], x[2], y, Count), s);
        }

        Step(stream);
        Ok(machine.Driver.StreamSynchronize(stream));
        float[] expected = machine.Read(y, Count);
        Assert.Contains(expected, v => v > 0);
        CUgraphExec executable = machine.Instantiate(Capture(machine, stream, Step));
        for (int i = 0; i < 3; i++)
        {
            Ok(machine.Driver.MemsetD8Async(y, 0xFF, Count * 4, stream));
            Ok(machine.Driver.GraphLaunch(executable, stream));
            Ok(machine.Driver.GraphLaunch(executable, stream));
            Ok(machine.Driver.StreamSynchronize(stream));
            Assert.Equal(expected, machine.Read(y, Count));
        }

        Assert.Equal(4 + (6 * 4), machine.Cuda.Counters.Launches);
        Assert.Equal(6, machine.Cuda.Counters.GraphLaunches);
        Assert.Empty(machine.Cuda.Reports);
    }

    [Fact]
    public void Nodes_are_listed_with_their_types()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        CUfunction empty = machine.Function(machine.Load(SmallPtx.Text), "empty");
        ulong a = machine.Allocate(64);
        float* pinned = machine.Pinned(0f);
        CUgraph graph = Capture(machine, machine.Stream(), s =>
        {
            Ok(machine.Launch(empty, 1, 1, s));
            Ok(driver.MemsetD8Async(a, 0, 64, s));
            Ok(driver.MemcpyHtoDAsync(a, pinned, 4, s));
        });
        nuint count = 5;
        var nodes = stackalloc CUgraphNode[5];
        nodes[4] = new CUgraphNode(1);
        Ok(driver.GraphGetNodes(graph, nodes, &count));
        Assert.Equal((nuint)3, count);
        Assert.Equal(default, nodes[4]);
        var types = new CUgraphNodeType[3];
        for (int i = 0; i < 3; i++)
        {
            CUgraphNodeType type;
            Ok(driver.GraphNodeGetType(nodes[i], &type));
            types[i] = type;
        }

        Assert.Equal([CUgraphNodeType.Kernel, CUgraphNodeType.Memset, CUgraphNodeType.Memcpy], types);
        count = 2;
        Ok(driver.GraphGetNodes(graph, nodes, &count));
        Assert.Equal((nuint)2, count);
        CUgraphNode first = nodes[0];
        CUgraphNodeType ignored;
        Ok(driver.GraphDestroy(graph));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.GraphNodeGetType(first, &ignored));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.GraphDestroy(graph));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.GraphGetNodes(graph, null, &count));
    }

    [Fact]
    public void Page_locked_memory_is_read_at_each_launch()
    {
        using var machine = new TestMachine();
        CUstream stream = machine.Stream();
        ulong a = machine.Allocate(0f);
        float* pinned = machine.Pinned(1f);
        CUgraph graph = Capture(machine, stream, s => Ok(machine.Driver.MemcpyHtoDAsync(a, pinned, 4, s)));
        CUgraphExec executable = machine.Instantiate(graph);
        Ok(machine.Driver.GraphDestroy(graph));
        Ok(machine.Driver.GraphUpload(executable, stream));
        for (int i = 2; i < 4; i++)
        {
            *pinned = i;
            Ok(machine.Driver.GraphLaunch(executable, stream));
            Ok(machine.Driver.StreamSynchronize(stream));
            Assert.Equal([i], machine.Read(a, 1));
        }

        *pinned = 9;
        Ok(machine.Driver.GraphLaunch(executable, stream));
        Ok(machine.Driver.GraphExecDestroy(executable));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.GraphLaunch(executable, stream));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.GraphExecDestroy(executable));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.GraphUpload(executable, stream));
        Ok(machine.Driver.StreamSynchronize(stream));
        Assert.Equal([9], machine.Read(a, 1));
    }

    [Fact]
    public void An_update_takes_new_arguments_and_nothing_else()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        CUmodule module = machine.Load(SmallPtx.Text);
        CUfunction scale = machine.Function(module, "scale"), touch = machine.Function(module, "touch");
        CUstream stream = machine.Stream();
        ulong a = machine.Allocate(2f), b = machine.Allocate(5f);
        CUgraph Scaling(ulong at, float factor) => Capture(machine, stream, s => Ok(machine.Launch(scale, 1, 32, s, at, at, SmallPtx.Bits(factor), 1)));
        CUgraph first = Scaling(a, 2);
        CUgraphExec executable = machine.Instantiate(first);
        Ok(driver.GraphLaunch(executable, stream));
        CUgraphExecUpdateResultInfo info;
        Ok(driver.GraphExecUpdate(executable, Scaling(b, 10), &info));
        Assert.Equal(CUgraphExecUpdateResult.Success, info.Result);
        Ok(driver.GraphLaunch(executable, stream));
        Ok(driver.StreamSynchronize(stream));
        Assert.Equal((4, 50), (machine.Read(a, 1)[0], machine.Read(b, 1)[0]));

        Refused(CUgraphExecUpdateResult.ErrorFunctionChanged, s => Ok(machine.Launch(touch, 1, 32, s, a)), blamesNode: true);
        Refused(CUgraphExecUpdateResult.ErrorNodeTypeChanged, s => machine.Fill(a, 1, 1, s), blamesNode: true);
        Refused(CUgraphExecUpdateResult.ErrorTopologyChanged, _ => { }, blamesNode: false);
        Ok(driver.GraphLaunch(executable, stream));
        Ok(driver.StreamSynchronize(stream));
        Assert.Equal([500], machine.Read(b, 1));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.GraphExecUpdate(executable, new CUgraph(4711), &info));

        void Refused(CUgraphExecUpdateResult expected, Action<CUstream> work, bool blamesNode)
        {
            CUgraph other = Capture(machine, stream, work);
            CUgraphExecUpdateResultInfo why;
            Assert.Equal(CUresult.ErrorGraphExecUpdateFailure, driver.GraphExecUpdate(executable, other, &why));
            Assert.Equal(expected, why.Result);
            Assert.Equal(blamesNode, why.ErrorNode != default);
        }
    }

    [Fact]
    public void A_copy_keeps_its_direction_in_an_update()
    {
        using var machine = new TestMachine();
        CUstream stream = machine.Stream();
        ulong a = machine.Allocate(1f);
        float* pinned = machine.Pinned(2f);
        CUgraph up = Capture(machine, stream, s => Ok(machine.Driver.MemcpyHtoDAsync(a, pinned, 4, s)));
        CUgraph down = Capture(machine, stream, s => Ok(machine.Driver.MemcpyDtoHAsync(pinned, a, 4, s)));
        CUgraphExecUpdateResultInfo info;
        Assert.Equal(CUresult.ErrorGraphExecUpdateFailure, machine.Driver.GraphExecUpdate(machine.Instantiate(up), down, &info));
        Assert.Equal(CUgraphExecUpdateResult.ErrorParametersChanged, info.Result);
    }

    [Fact]
    public void Instantiation_checks_what_it_is_given()
    {
        using var machine = new TestMachine();
        CUgraphExec executable;
        CUgraph graph = Capture(machine, machine.Stream(), _ => { });
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.GraphInstantiate(&executable, graph, 1024));
        Assert.Equal(CUresult.ErrorNotSupported, machine.Driver.GraphInstantiate(&executable, graph, 4));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.GraphInstantiate(&executable, new CUgraph(4711), 0));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.GraphInstantiate(null, graph, 0));
        Ok(machine.Driver.GraphInstantiate(&executable, graph, 0));
        Ok(machine.Driver.GraphLaunch(executable, default));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.GraphLaunch(executable, new CUstream(4711)));
        Ok(machine.Driver.CtxSynchronize());
    }

    [Fact]
    public void A_kernel_whose_module_is_gone_breaks_the_launch()
    {
        using var machine = new TestMachine();
        CUstream stream = machine.Stream();
        CUmodule module = machine.Load(SmallPtx.Text);
        CUfunction empty = machine.Function(module, "empty");
        CUgraphExec executable = machine.Instantiate(Capture(machine, stream, s => Ok(machine.Launch(empty, 1, 1, s))));
        Ok(machine.Driver.ModuleUnload(module));
        Ok(machine.Driver.GraphLaunch(executable, stream));
        Assert.Equal(CUresult.ErrorInvalidPc, machine.Driver.StreamSynchronize(stream));
    }
}
