using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Initialisation, devices, contexts.</summary>
public sealed unsafe class DriverDeviceTests
{
    [Fact]
    public void Nothing_works_before_cuInit_but_the_version_and_the_texts()
    {
        using var cuda = new SimulatedCuda(new SimulatorOptions { DriverVersion = 13_000 });
        ICudaDriver driver = cuda.Driver;
        int number;
        ulong address;
        byte* text;
        CUcontext context;
        Assert.Equal(CUresult.ErrorNotInitialized, driver.DeviceGetCount(&number));
        Assert.Equal(CUresult.ErrorNotInitialized, driver.DevicePrimaryCtxRetain(&context, 0));
        Assert.Equal(CUresult.ErrorNotInitialized, driver.MemAlloc(&address, 1));
        Assert.Equal(CUresult.ErrorNotInitialized, driver.CtxGetCurrent(&context));
        Ok(driver.DriverGetVersion(&number));
        Assert.Equal(13_000, number);
        Ok(driver.GetErrorName(CUresult.ErrorStreamCaptureWrongThread, &text));
        Assert.Equal("CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", Marshal.PtrToStringUTF8((nint)text));
        byte* again;
        Ok(driver.GetErrorName(CUresult.ErrorStreamCaptureWrongThread, &again));
        Assert.True(text == again);
        Ok(driver.GetErrorString(CUresult.ErrorIllegalAddress, &text));
        Assert.Equal("an illegal memory access was encountered", Marshal.PtrToStringUTF8((nint)text));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.GetErrorName((CUresult)12345, &text));
        Assert.True(text is null);
        Assert.Equal(CUresult.ErrorInvalidValue, driver.Init(1));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.DriverGetVersion(null));
    }

    [Fact]
    public void Without_a_device_cuInit_says_so()
    {
        using var cuda = new SimulatedCuda(new SimulatorOptions { Gpus = [] });
        int count;
        Assert.Equal(CUresult.ErrorNoDevice, cuda.Driver.Init(0));
        Assert.Equal(CUresult.ErrorNotInitialized, cuda.Driver.DeviceGetCount(&count));
    }

    [Fact]
    public void Devices_describe_themselves()
    {
        using var machine = new TestMachine(new SimulatorOptions { Gpus = [SimulatedGpu.H100, SimulatedGpu.Gtx1080Ti] });
        ICudaDriver driver = machine.Driver;
        int number;
        Ok(driver.DeviceGetCount(&number));
        Assert.Equal(2, number);
        Ok(driver.DeviceGet(&number, 1));
        Assert.Equal(1, number);
        Assert.Equal(CUresult.ErrorInvalidDevice, driver.DeviceGet(&number, 2));
        Assert.Equal(CUresult.ErrorInvalidDevice, driver.DeviceGet(&number, -1));
        var name = stackalloc byte[64];
        Ok(driver.DeviceGetName(name, 64, 0));
        Assert.Equal("NVIDIA H100 80GB HBM3", Marshal.PtrToStringUTF8((nint)name));
        Ok(driver.DeviceGetName(name, 7, 0));
        Assert.Equal("NVIDIA", Marshal.PtrToStringUTF8((nint)name));
        Ok(driver.DeviceGetPciBusId(name, 64, 1));
        Assert.Equal("0000:02:00.0", Marshal.PtrToStringUTF8((nint)name));
        nuint bytes;
        Ok(driver.DeviceTotalMem(&bytes, 1));
        Assert.Equal(11UL << 30, (ulong)bytes);
        foreach (CUdeviceAttribute attribute in Enum.GetValues<CUdeviceAttribute>()) Ok(driver.DeviceGetAttribute(&number, attribute, 0));
        Ok(driver.DeviceGetAttribute(&number, CUdeviceAttribute.ComputeCapabilityMajor, 1));
        Assert.Equal(6, number);
        Ok(driver.DeviceGetAttribute(&number, CUdeviceAttribute.MaxSharedMemoryPerMultiprocessor, 0));
        Assert.Equal(228 << 10, number);
        Assert.Equal(CUresult.ErrorInvalidValue, driver.DeviceGetAttribute(&number, (CUdeviceAttribute)9999, 0));
        Assert.Equal(CUresult.ErrorInvalidDevice, driver.DeviceGetAttribute(&number, CUdeviceAttribute.WarpSize, 2));
        Ok(driver.ProfilerStart());
        Ok(driver.ProfilerStop());
        Assert.Equal(1, machine.Cuda.Counters.CallsOf("cuProfilerStop"));
    }

    [Fact]
    public void A_primary_context_lives_as_long_as_somebody_retains_it()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        CUcontext again;
        Ok(driver.DevicePrimaryCtxRetain(&again, 0));
        Assert.Equal(machine.Context, again);
        uint flags;
        int active;
        Ok(driver.DevicePrimaryCtxSetFlags(0, CUctxFlags.SchedBlockingSync));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.DevicePrimaryCtxSetFlags(0, CUctxFlags.SchedSpin | CUctxFlags.SchedYield));
        Ok(driver.DevicePrimaryCtxRelease(0));
        ulong address = machine.Allocate(100);
        Ok(driver.DevicePrimaryCtxGetState(0, &flags, &active));
        Assert.Equal(((uint)CUctxFlags.SchedBlockingSync, 1), (flags, active));
        Ok(driver.DevicePrimaryCtxRelease(0));
        Ok(driver.DevicePrimaryCtxGetState(0, &flags, &active));
        Assert.Equal(0, active);
        Assert.Equal(CUresult.ErrorInvalidContext, driver.DevicePrimaryCtxRelease(0));
        Assert.Equal(CUresult.ErrorContextIsDestroyed, driver.MemAlloc(&address, 1));
        Assert.Equal(["device memory 1 (100 bytes)"], machine.Cuda.Leaks());
    }

    [Fact]
    public void Each_thread_has_a_stack_of_contexts()
    {
        using var machine = new TestMachine(new SimulatorOptions { Gpus = [SimulatedGpu.A100, SimulatedGpu.A100] });
        ICudaDriver driver = machine.Driver;
        CUcontext second;
        Ok(driver.DevicePrimaryCtxRetain(&second, 1));
        CUcontext first = machine.Context, other = second;
        OnAnotherThread(() =>
        {
            CUcontext current;
            ulong address;
            Ok(driver.CtxGetCurrent(&current));
            Assert.Equal(default, current);
            Assert.Equal(CUresult.ErrorInvalidContext, driver.MemAlloc(&address, 16));
            Assert.Equal(CUresult.ErrorInvalidContext, driver.CtxPopCurrent(&current));
            Ok(driver.CtxPushCurrent(first));
            Ok(driver.CtxPushCurrent(other));
            Ok(driver.MemAlloc(&address, 16));
            Ok(driver.CtxPopCurrent(&current));
            Assert.Equal(other, current);
            Ok(driver.CtxGetCurrent(&current));
            Assert.Equal(first, current);
            Ok(driver.CtxSetCurrent(default));
            Assert.Equal(CUresult.ErrorInvalidContext, driver.CtxSynchronize());
            Assert.Equal(CUresult.ErrorInvalidContext, driver.CtxPushCurrent(new CUcontext(4711)));
            Assert.Equal(CUresult.ErrorInvalidContext, driver.CtxSetCurrent(new CUcontext(4711)));
        });
        Ok(driver.CtxSynchronize());
    }

    [Fact]
    public void A_reset_destroys_what_there_is_and_keeps_the_references()
    {
        using var machine = new TestMachine();
        ICudaDriver driver = machine.Driver;
        ulong address = machine.Allocate(1000);
        CUstream stream = machine.Stream();
        Ok(driver.DevicePrimaryCtxReset(0));
        Assert.Equal(CUresult.ErrorContextIsDestroyed, driver.CtxSynchronize());
        CUcontext context;
        Ok(driver.DevicePrimaryCtxRetain(&context, 0));
        Ok(driver.CtxSetCurrent(context));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.MemFree(address));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.StreamSynchronize(stream));
        nuint free, total;
        Ok(driver.MemGetInfo(&free, &total));
        Assert.Equal(total, free);
        Ok(driver.DevicePrimaryCtxRelease(0));
        Ok(driver.DevicePrimaryCtxRelease(0));
        Assert.Empty(machine.Cuda.Leaks());
        Assert.Equal(CUresult.ErrorInvalidDevice, driver.DevicePrimaryCtxReset(1));
    }
}
