using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Memory, copies and fills.</summary>
public sealed unsafe class DriverMemoryTests
{
    private static SimulatorOptions Small => new() { Gpus = [SimulatedGpu.A100 with { MemoryBytes = 1 << 20 }] };

    [Fact]
    public void Memory_runs_out_at_the_size_of_the_GPU()
    {
        using var machine = new TestMachine(Small);
        ICudaDriver driver = machine.Driver;
        ulong first = machine.Allocate(1), address = 77;
        Assert.Equal(0ul, first % 512);
        nuint free, total;
        Ok(driver.MemGetInfo(&free, &total));
        Assert.Equal(((nuint)(1 << 20) - 512, (nuint)(1 << 20)), (free, total));
        Assert.Equal(CUresult.ErrorOutOfMemory, driver.MemAlloc(&address, free + 1));
        Assert.Equal(77ul, address);
        Assert.Equal(CUresult.ErrorOutOfMemory, driver.MemAlloc(&address, nuint.MaxValue));
        Assert.Equal(CUresult.ErrorOutOfMemory, driver.MemAlloc(&address, nuint.MaxValue / 2));
        Ok(driver.MemAlloc(&address, free));
        Assert.Equal(CUresult.ErrorOutOfMemory, driver.MemAlloc(&address, 1));
        Ok(driver.MemFree(first));
        Ok(driver.MemAlloc(&address, 512));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemAlloc(&address, 0));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemAlloc(null, 1));
    }

    [Fact]
    public void Only_the_first_byte_of_live_memory_can_be_freed_and_once()
    {
        using var machine = new TestMachine();
        ulong address = machine.Allocate(1024);
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.MemFree(address + 512));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.MemFree(12345));
        Ok(machine.Driver.MemFree(0));
        Ok(machine.Driver.MemFree(address));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.MemFree(address));
        int local;
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.MemFreeHost(&local));
    }

    [Fact]
    public void New_memory_holds_poison_or_zeros()
    {
        using var poisoned = new TestMachine();
        Assert.All(poisoned.Read(poisoned.Allocate(64), 16), value => Assert.True(float.IsNaN(value)));
        Assert.All(poisoned.Read<Half>(poisoned.Allocate(64), 32), value => Assert.True(Half.IsNaN(value)));
        using var clean = new TestMachine(new SimulatorOptions { Poison = false });
        Assert.All(clean.Read(clean.Allocate(64), 16), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Poison_counts_as_never_written()
    {
        using var machine = new TestMachine(new SimulatorOptions { Checks = Checks.UninitializedRead });
        CUfunction scale = machine.Function(machine.Load(SmallPtx.Text), "scale");
        ulong x = machine.Allocate(16), y = machine.Allocate(16);
        Ok(machine.Launch(scale, 1, 32, default, x, y, SmallPtx.Bits(2), 4));
        Ok(machine.Driver.CtxSynchronize());
        SimulatorReport report = Assert.Single(machine.Cuda.Reports);
        Assert.Equal(ReportKind.UninitializedRead, report.Finding!.Kind);
        machine.Write<float>(x, 1, 2, 3, 4);
        Ok(machine.Launch(scale, 1, 32, default, x, y, SmallPtx.Bits(2), 4));
        Ok(machine.Driver.CtxSynchronize());
        Assert.Single(machine.Cuda.Reports);
        Assert.Equal([2, 4, 6, 8], machine.Read(y, 4));
    }

    [Fact]
    public void Copies_and_fills_are_checked_against_the_allocations_at_the_call()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        ulong a = machine.Allocate(64), b = machine.Allocate(64);
        var host = stackalloc byte[128];
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyHtoD(a, host, 65));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyHtoD(a + 1, host, 64));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyHtoD(a, null, 64));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyDtoH(host, a - 1, 1));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyHtoDAsync(a, host, nuint.MaxValue, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyDtoHAsync(null, a, 1, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyDtoDAsync(a, b, 65, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemcpyDtoDAsync((ulong)host, b, 4, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemsetD8Async(a, 1, 65, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemsetD32Async(a, 1, 17, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemsetD32Async(a + 2, 1, 1, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemsetD32Async(a, 1, nuint.MaxValue / 2, default));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.MemsetD8Async(a, 1, 1, new CUstream(4711)));
        Ok(driver.MemcpyHtoD(a, host, 0));
        Ok(driver.MemcpyDtoDAsync(a, b, 0, default));
        Ok(driver.MemsetD8Async(a, 0x3F, 64, default));
        Ok(driver.MemsetD32Async(a + 4, 0x40000000, 2, default));
        Assert.Equal([0x3F3F3F3F, 0x40000000, 0x40000000, 0x3F3F3F3F], machine.Read<int>(a, 4));
        Assert.Empty(machine.Cuda.Reports);
        Ok(driver.MemcpyDtoDAsync(a, a + 4, 8, default));
        Assert.Contains("overlap", Assert.Single(machine.Cuda.Reports).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Pageable_memory_is_copied_at_the_call_and_page_locked_memory_late()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        ulong a = machine.Allocate(8);
        CUstream stream = machine.Stream();
        float* pinned = machine.Pinned(1, 2);
        var pageable = stackalloc float[2] { 1, 2 };
        Ok(driver.MemcpyHtoDAsync(a, pinned, 8, stream));
        pinned[1] = 20;
        Ok(driver.StreamSynchronize(stream));
        Assert.Equal([1, 20], machine.Read(a, 2));
        Ok(driver.MemcpyHtoDAsync(a, pageable, 8, stream));
        pageable[1] = 200;
        Ok(driver.MemcpyDtoHAsync(pinned, a, 8, stream));
        Assert.Equal(20, pinned[1]);
        Ok(driver.MemcpyDtoHAsync(pageable, a, 8, stream));
        Assert.Equal(2, pageable[1]);
        Assert.Equal(2, pinned[1]);
    }

    [Fact]
    public void Page_locked_memory_comes_poisoned_and_is_freed_when_the_device_is_done_with_it()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        void* memory;
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemHostAlloc(&memory, 0, CUmemHostAllocFlags.None));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemHostAlloc(&memory, 16, (CUmemHostAllocFlags)8));
        Ok(driver.MemHostAlloc(&memory, 16, CUmemHostAllocFlags.Portable | CUmemHostAllocFlags.WriteCombined));
        Assert.True(float.IsNaN(*(float*)memory));
        Assert.Equal(0, (nint)memory % 4096);
        ulong a = machine.Allocate(16);
        *(float*)memory = 5;
        Ok(driver.MemcpyHtoDAsync(a, memory, 16, machine.Stream()));
        Ok(driver.MemFreeHost(memory));
        Assert.Equal(5, machine.Read(a, 1)[0]);
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemFreeHost(memory));
    }

    [Fact]
    public void Devices_have_addresses_of_their_own()
    {
        using var machine = new TestMachine(new SimulatorOptions { Gpus = [SimulatedGpu.A100, SimulatedGpu.A100] });
        ulong first = machine.Allocate(16);
        CUcontext other;
        Ok(machine.Driver.DevicePrimaryCtxRetain(&other, 1));
        Ok(machine.Driver.CtxPushCurrent(other));
        ulong second = machine.Allocate(16);
        Assert.NotEqual(first, second);
        machine.Write<float>(first, 1, 2, 3, 4);
        machine.Copy(second, first, 4, default);
        Assert.Equal([1, 2, 3, 4], machine.Read(second, 4));
        Ok(machine.Driver.MemFree(first));
    }
}
