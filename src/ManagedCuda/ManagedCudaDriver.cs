using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;
using Mc = ManagedCuda.BasicTypes;
using Native = ManagedCuda.DriverAPINativeMethods;

namespace AlexNetCuda.ManagedCuda;

/// <summary>
/// The driver API through ManagedCuda's declarations. Handles are pointers and enums the headers' numbers on both sides; what ManagedCuda
/// takes by reference are the caller's own pointers, which nothing here follows.
/// </summary>
internal sealed unsafe partial class ManagedCudaDriver : ICudaDriver
{
    public CUresult Init(uint flags) =>
        (CUresult)Native.cuInit((Mc.CUInitializationFlags)flags);

    public CUresult DriverGetVersion(int* driverVersion) =>
        (CUresult)Native.cuDriverGetVersion(ref *driverVersion);

    public CUresult GetErrorName(CUresult error, byte** text) =>
        (CUresult)Native.ErrorHandling.cuGetErrorName((Mc.CUResult)error, ref *(nint*)text);

    public CUresult GetErrorString(CUresult error, byte** text) =>
        (CUresult)Native.ErrorHandling.cuGetErrorString((Mc.CUResult)error, ref *(nint*)text);

    public CUresult DeviceGetCount(int* count) =>
        (CUresult)Native.DeviceManagement.cuDeviceGetCount(ref *count);

    public CUresult DeviceGet(int* device, int ordinal) =>
        (CUresult)Native.DeviceManagement.cuDeviceGet(ref *(Mc.CUdevice*)device, ordinal);

    public CUresult DeviceGetName(byte* name, int length, int device)
    {
        var text = new byte[Math.Max(length, 0)];
        var result = Native.DeviceManagement.cuDeviceGetName(text, length, Device(device));
        return Give(result, text, name);
    }

    public CUresult DeviceGetAttribute(int* value, CUdeviceAttribute attribute, int device) =>
        (CUresult)Native.DeviceManagement.cuDeviceGetAttribute(ref *value, (Mc.CUDeviceAttribute)attribute, Device(device));

    public CUresult DeviceTotalMem(nuint* bytes, int device) =>
        (CUresult)Native.DeviceManagement.cuDeviceTotalMem_v2(ref *(Mc.SizeT*)bytes, Device(device));

    public CUresult DeviceGetPciBusId(byte* busId, int length, int device)
    {
        var text = new byte[Math.Max(length, 0)];
        var result = Native.DeviceManagement.cuDeviceGetPCIBusId(text, length, Device(device));
        return Give(result, text, busId);
    }

    public CUresult DevicePrimaryCtxRetain(CUcontext* context, int device) =>
        (CUresult)Native.ContextManagement.cuDevicePrimaryCtxRetain(ref *(Mc.CUcontext*)context, Device(device));

    public CUresult DevicePrimaryCtxRelease(int device) =>
        (CUresult)Native.ContextManagement.cuDevicePrimaryCtxRelease(Device(device));

    public CUresult DevicePrimaryCtxReset(int device) =>
        (CUresult)Native.ContextManagement.cuDevicePrimaryCtxReset(Device(device));

    public CUresult DevicePrimaryCtxGetState(int device, uint* flags, int* active) =>
        (CUresult)Native.ContextManagement.cuDevicePrimaryCtxGetState(Device(device), ref *(Mc.CUCtxFlags*)flags, ref *active);

    public CUresult DevicePrimaryCtxSetFlags(int device, CUctxFlags flags) =>
        (CUresult)Native.ContextManagement.cuDevicePrimaryCtxSetFlags(Device(device), (Mc.CUCtxFlags)flags);

    public CUresult CtxPushCurrent(CUcontext context) =>
        (CUresult)Native.ContextManagement.cuCtxPushCurrent_v2(new Mc.CUcontext { Pointer = context.Value });

    public CUresult CtxPopCurrent(CUcontext* context) =>
        (CUresult)Native.ContextManagement.cuCtxPopCurrent_v2(ref *(Mc.CUcontext*)context);

    public CUresult CtxGetCurrent(CUcontext* context) =>
        (CUresult)Native.ContextManagement.cuCtxGetCurrent(ref *(Mc.CUcontext*)context);

    public CUresult CtxSetCurrent(CUcontext context) =>
        (CUresult)Native.ContextManagement.cuCtxSetCurrent(new Mc.CUcontext { Pointer = context.Value });

    public CUresult CtxSynchronize() =>
        (CUresult)Native.ContextManagement.cuCtxSynchronize();

    public CUresult MemGetInfo(nuint* free, nuint* total) =>
        (CUresult)Native.MemoryManagement.cuMemGetInfo_v2(ref *(Mc.SizeT*)free, ref *(Mc.SizeT*)total);

    public CUresult MemAlloc(ulong* address, nuint bytes) =>
        (CUresult)Native.MemoryManagement.cuMemAlloc_v2(ref *(Mc.CUdeviceptr*)address, new Mc.SizeT(bytes));

    public CUresult MemFree(ulong address) =>
        (CUresult)Native.MemoryManagement.cuMemFree_v2(Address(address));

    public CUresult MemHostAlloc(void** memory, nuint bytes, CUmemHostAllocFlags flags) =>
        (CUresult)Native.MemoryManagement.cuMemHostAlloc(ref *(nint*)memory, new Mc.SizeT(bytes), (Mc.CUMemHostAllocFlags)flags);

    public CUresult MemFreeHost(void* memory) =>
        (CUresult)Native.MemoryManagement.cuMemFreeHost((nint)memory);

    public CUresult MemcpyHtoD(ulong destination, void* source, nuint bytes) =>
        (CUresult)Native.SynchronousMemcpy_v2.cuMemcpyHtoD_v2(Address(destination), (nint)source, new Mc.SizeT(bytes));

    public CUresult MemcpyDtoH(void* destination, ulong source, nuint bytes) =>
        (CUresult)Native.SynchronousMemcpy_v2.cuMemcpyDtoH_v2((nint)destination, Address(source), new Mc.SizeT(bytes));

    public CUresult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CUstream stream) =>
        (CUresult)Native.AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(Address(destination), (nint)source, new Mc.SizeT(bytes), Of(stream));

    public CUresult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CUstream stream) =>
        (CUresult)Native.AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2((nint)destination, Address(source), new Mc.SizeT(bytes), Of(stream));

    public CUresult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CUstream stream) =>
        (CUresult)Native.AsynchronousMemcpy_v2.cuMemcpyDtoDAsync_v2(Address(destination), Address(source), new Mc.SizeT(bytes), Of(stream));

    public CUresult MemsetD8Async(ulong address, byte value, nuint count, CUstream stream) =>
        (CUresult)Native.MemsetAsync.cuMemsetD8Async(Address(address), value, new Mc.SizeT(count), Of(stream));

    public CUresult MemsetD32Async(ulong address, uint value, nuint count, CUstream stream) =>
        (CUresult)Native.MemsetAsync.cuMemsetD32Async(Address(address), value, new Mc.SizeT(count), Of(stream));

    public CUresult ProfilerStart() =>
        (CUresult)Native.Profiling.cuProfilerStart();

    public CUresult ProfilerStop() =>
        (CUresult)Native.Profiling.cuProfilerStop();

    private static Mc.CUdevice Device(int device) => new() { Pointer = device };

    private static Mc.CUdeviceptr Address(ulong address) => new() { Pointer = new Mc.SizeT(address) };

    private static Mc.CUstream Of(CUstream stream) => new() { Pointer = stream.Value };

    /// <summary>ManagedCuda writes texts to arrays: brings one to where the caller wants it.</summary>
    private static CUresult Give(Mc.CUResult result, byte[] text, byte* destination)
    {
        if (result == Mc.CUResult.Success) Marshal.Copy(text, 0, (nint)destination, text.Length);
        return (CUresult)result;
    }
}
