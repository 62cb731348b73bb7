using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Launches: of the kernels that ship, of shapes that no GPU takes, and of kernels that fail.</summary>
public sealed unsafe class DriverLaunchTests
{
    [Fact]
    public void Kernels_that_ship_run_in_a_stream()
    {
        using var machine = new TestMachine(new SimulatorOptions { Checks = Checks.All });
        const int Images = 2, Channels = 3, Plane = 5, Count = Images * Channels * Plane;
        CUmodule fill = machine.Module("fill"), bias = machine.Module("bias_relu");
        CUstream stream = machine.Stream();
        ulong x = machine.Allocate(Count * 4), y = machine.Allocate(Count * 4), b = machine.Allocate(-1, 1, 2);
        machine.Launch(fill, FillKernels.Constant(x, Count, 0.5f), stream);
        machine.Launch(bias, BiasReluKernels.Forward(x, b, y, new ImageShape(Images, Channels, Plane), relu: true), stream);
        Ok(machine.Driver.StreamSynchronize(stream));
        float[] got = machine.Read(y, Count);
        for (int i = 0; i < Count; i++) Assert.Equal((i / Plane % Channels) switch { 0 => 0, 1 => 1.5f, _ => 2.5f }, got[i]);
        Assert.Empty(machine.Cuda.Reports);
        Assert.Equal(2, machine.Cuda.Counters.Launches);
    }

    [Fact]
    public void Arguments_are_copied_at_the_call()
    {
        using var machine = new TestMachine();
        CUfunction scale = machine.Function(machine.Load(SmallPtx.Text), "scale");
        ulong a = machine.Allocate(2f), x = a;
        float factor = 3;
        uint count = 1;
        var arguments = stackalloc void*[] { &x, &x, &factor, &count };
        Ok(machine.Driver.LaunchKernel(scale, 1, 1, 1, 32, 1, 1, 0, default, arguments, null));
        factor = 100;
        Ok(machine.Driver.CtxSynchronize());
        Assert.Equal([6], machine.Read(a, 1));
        var packed = stackalloc byte[24];
        (*(ulong*)packed, *(ulong*)(packed + 8), *(float*)(packed + 16), *(uint*)(packed + 20)) = (a, a, 0.5f, 1);
        nuint size = 24;
        var extra = stackalloc void*[] { (void*)1, packed, (void*)2, &size, (void*)0 };
        Ok(machine.Driver.LaunchKernel(scale, 1, 1, 1, 32, 1, 1, 0, default, null, extra));
        Assert.Equal([3], machine.Read(a, 1));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.LaunchKernel(scale, 1, 1, 1, 32, 1, 1, 0, default, arguments, extra));
        size = 20;
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.LaunchKernel(scale, 1, 1, 1, 32, 1, 1, 0, default, null, extra));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.LaunchKernel(scale, 1, 1, 1, 32, 1, 1, 0, default, null, null));
    }

    [Theory]
    [InlineData(0u, 1u, 1u, 32u, 1u, 1u)]
    [InlineData(1u, 65536u, 1u, 32u, 1u, 1u)]
    [InlineData(1u, 1u, 65536u, 32u, 1u, 1u)]
    [InlineData(0x80000000u, 1u, 1u, 32u, 1u, 1u)]
    [InlineData(1u, 1u, 1u, 0u, 1u, 1u)]
    [InlineData(1u, 1u, 1u, 1u, 1u, 65u)]
    [InlineData(1u, 1u, 1u, 1025u, 1u, 1u)]
    [InlineData(1u, 1u, 1u, 257u, 1u, 1u)]
    [InlineData(1u, 1u, 1u, 64u, 64u, 1u)]
    [InlineData(1u, 1u, 1u, 0x10000u, 0x10000u, 1u)]
    public void Shapes_that_no_GPU_takes_are_refused(uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ)
    {
        using var machine = new TestMachine();
        CUfunction empty = machine.Function(machine.Load(SmallPtx.Text), "empty");
        Assert.Equal(CUresult.ErrorInvalidValue,
            machine.Driver.LaunchKernel(empty, gridX, gridY, gridZ, blockX, blockY, blockZ, 0, default, null, null));
        Assert.Equal(0, machine.Cuda.Counters.Launches);
    }

    [Fact]
    public void More_than_48_KiB_of_shared_memory_need_an_opt_in()
    {
        using var machine = new TestMachine();
        CUfunction shared = machine.Function(machine.Load(SmallPtx.Text), "dynamic_shared");
        uint at = (100 << 10) - 4;
        var arguments = stackalloc void*[] { &at };
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.LaunchKernel(shared, 1, 1, 1, 1, 1, 1, 100 << 10, default, arguments, null));
        Ok(machine.Driver.FuncSetAttribute(shared, CUfunctionAttribute.MaxDynamicSharedSizeBytes, 100 << 10));
        Ok(machine.Driver.LaunchKernel(shared, 1, 1, 1, 1, 1, 1, 100 << 10, default, arguments, null));
        Ok(machine.Driver.CtxSynchronize());
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.LaunchKernel(new CUfunction(4711), 1, 1, 1, 1, 1, 1, 0, default, arguments, null));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.LaunchKernel(shared, 1, 1, 1, 1, 1, 1, 0, new CUstream(4711), arguments, null));
    }

    [Theory]
    [InlineData("touch", 0x1000ul, CUresult.ErrorIllegalAddress, Checks.None)]
    [InlineData("touch", 0x1000ul, CUresult.ErrorIllegalAddress, Checks.All)]
    [InlineData("touch", 2ul, CUresult.ErrorMisalignedAddress, Checks.None)]
    [InlineData("touch", 2ul, CUresult.ErrorMisalignedAddress, Checks.All)]
    [InlineData("stop", 0ul, CUresult.ErrorLaunchFailed, Checks.None)]
    public void A_fault_surfaces_late_and_sticks_until_the_context_is_reset(string kernel, ulong offset, CUresult fault, Checks checks)
    {
        using var machine = new TestMachine(new SimulatorOptions { Checks = checks });
        ICudaDriver driver = machine.Driver;
        CUmodule module = machine.Load(SmallPtx.Text);
        CUfunction bad = machine.Function(module, kernel);
        CUstream stream = machine.Stream();
        CUevent after = machine.Event();
        ulong a = machine.Allocate(64), other;
        float* pinned = machine.Pinned(1f);
        Ok(machine.Launch(bad, 1, 1, stream, a + offset));
        Ok(driver.EventRecord(after, stream));
        Ok(driver.MemsetD8Async(a, 0, 4, stream));
        Assert.Equal(fault, driver.StreamSynchronize(stream));
        int local;
        Assert.Equal(fault, driver.MemAlloc(&other, 4));
        Assert.Equal(fault, driver.MemcpyDtoH(&local, a, 4));
        Assert.Equal(fault, driver.StreamQuery(stream));
        Assert.Equal(fault, driver.EventQuery(after));
        Assert.Equal(fault, driver.CtxSynchronize());
        Assert.Equal(fault, driver.ModuleUnload(module));
        Assert.Equal(fault, driver.EventDestroy(after));
        Assert.Equal(fault, driver.StreamDestroy(stream));
        Assert.Equal(fault, driver.MemFree(a));
        Assert.Equal(fault, driver.MemFreeHost(pinned));
        Assert.Contains(machine.Cuda.Reports, r => r.Kind == SimulatorReportKind.Fault);
        Ok(driver.DevicePrimaryCtxReset(0));
        CUcontext context;
        Ok(driver.DevicePrimaryCtxRetain(&context, 0));
        Ok(driver.CtxSetCurrent(context));
        Ok(driver.MemAlloc(&other, 4));
        Ok(driver.CtxSynchronize());
    }

    [Fact]
    public void Findings_that_a_GPU_would_not_notice_are_reported_and_break_nothing()
    {
        using var machine = new TestMachine(new SimulatorOptions { Checks = Checks.All });
        ulong a = machine.Allocate(64);
        Ok(machine.Launch(machine.Function(machine.Load(SmallPtx.Text), "touch"), 2, 1, default, a));
        Ok(machine.Driver.CtxSynchronize());
        SimulatorReport report = Assert.Single(machine.Cuda.Reports);
        Assert.Equal((SimulatorReportKind.Checker, ReportKind.GlobalRace), (report.Kind, report.Finding!.Kind));
    }

    [Theory]
    [InlineData(715)]
    [InlineData(717)]
    [InlineData(718)]
    public void Faults_that_no_kernel_of_ours_can_make_come_on_purpose(int status)
    {
        using var machine = new TestMachine(new SimulatorOptions { Faults = [new InjectedFault("cuLaunchKernel", 2, status) { IsLate = true }] });
        CUfunction empty = machine.Function(machine.Load(SmallPtx.Text), "empty");
        for (int i = 0; i < 3; i++) Ok(machine.Launch(empty, 1, 1, default));
        Assert.Equal((CUresult)status, machine.Driver.CtxSynchronize());
        Assert.Equal((CUresult)status, machine.Launch(empty, 1, 1, default));
    }
}
