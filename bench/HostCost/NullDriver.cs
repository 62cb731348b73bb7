using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Bench.HostCost;

/// <summary>A driver that does nothing, and says that all went well: what is left is the cost of the host. It counts its calls.</summary>
internal sealed unsafe class NullDriver : ICudaDriver
{
    private nint _handles;
    private ulong _addresses = 1UL << 40;

    /// <summary>Launches of kernels and graphs, and copies.</summary>
    internal long Calls { get; private set; }

    public CUresult Init(uint flags) => CUresult.Success;

    public CUresult DriverGetVersion(int* driverVersion)
    {
        *driverVersion = 12_040;
        return CUresult.Success;
    }

    public CUresult GetErrorName(CUresult error, byte** text) => CUresult.Success;

    public CUresult GetErrorString(CUresult error, byte** text) => CUresult.Success;

    public CUresult DeviceGetCount(int* count)
    {
        *count = 1;
        return CUresult.Success;
    }

    public CUresult DeviceGet(int* device, int ordinal)
    {
        *device = 0;
        return CUresult.Success;
    }

    public CUresult DeviceGetName(byte* name, int length, int device)
    {
        *name = (byte)'0';
        name[1] = 0;
        return CUresult.Success;
    }

    public CUresult DeviceGetAttribute(int* value, CUdeviceAttribute attribute, int device)
    {
        *value = attribute == CUdeviceAttribute.ComputeCapabilityMajor ? 8 : 0;
        return CUresult.Success;
    }

    public CUresult DeviceTotalMem(nuint* bytes, int device)
    {
        *bytes = (nuint)1 << 40;
        return CUresult.Success;
    }

    public CUresult DeviceGetPciBusId(byte* busId, int length, int device)
    {
        *busId = 0;
        return CUresult.Success;
    }

    public CUresult DevicePrimaryCtxRetain(CUcontext* context, int device)
    {
        *context = new CUcontext(++_handles);
        return CUresult.Success;
    }

    public CUresult DevicePrimaryCtxRelease(int device) => CUresult.Success;

    public CUresult DevicePrimaryCtxReset(int device) => CUresult.Success;

    public CUresult DevicePrimaryCtxGetState(int device, uint* flags, int* active) => CUresult.Success;

    public CUresult DevicePrimaryCtxSetFlags(int device, CUctxFlags flags) => CUresult.Success;

    public CUresult CtxPushCurrent(CUcontext context) => CUresult.Success;

    public CUresult CtxPopCurrent(CUcontext* context)
    {
        *context = new CUcontext(++_handles);
        return CUresult.Success;
    }

    public CUresult CtxGetCurrent(CUcontext* context)
    {
        *context = new CUcontext(++_handles);
        return CUresult.Success;
    }

    public CUresult CtxSetCurrent(CUcontext context) => CUresult.Success;

    public CUresult CtxSynchronize() => CUresult.Success;

    public CUresult MemGetInfo(nuint* free, nuint* total)
    {
        *free = *total = (nuint)1 << 40;
        return CUresult.Success;
    }

    public CUresult MemAlloc(ulong* address, nuint bytes)
    {
        *address = _addresses;
        _addresses += ((ulong)bytes + 511) / 512 * 512;
        return CUresult.Success;
    }

    public CUresult MemFree(ulong address) => CUresult.Success;

    public CUresult MemHostAlloc(void** memory, nuint bytes, CUmemHostAllocFlags flags)
    {
        *memory = NativeMemory.AllocZeroed(bytes);
        return CUresult.Success;
    }

    public CUresult MemFreeHost(void* memory)
    {
        NativeMemory.Free(memory);
        return CUresult.Success;
    }

    public CUresult MemcpyHtoD(ulong destination, void* source, nuint bytes) => CUresult.Success;

    public CUresult MemcpyDtoH(void* destination, ulong source, nuint bytes)
    {
        new Span<byte>(destination, (int)bytes).Clear();
        return CUresult.Success;
    }

    public CUresult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CUstream stream)
    {
        Calls++;
        return CUresult.Success;
    }

    public CUresult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CUstream stream) => CUresult.Success;

    public CUresult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CUstream stream)
    {
        Calls++;
        return CUresult.Success;
    }

    public CUresult MemsetD8Async(ulong address, byte value, nuint count, CUstream stream) => CUresult.Success;

    public CUresult MemsetD32Async(ulong address, uint value, nuint count, CUstream stream) => CUresult.Success;

    public CUresult StreamCreate(CUstream* stream, CUstreamFlags flags)
    {
        *stream = new CUstream(++_handles);
        return CUresult.Success;
    }

    public CUresult StreamDestroy(CUstream stream) => CUresult.Success;

    public CUresult StreamSynchronize(CUstream stream) => CUresult.Success;

    public CUresult StreamQuery(CUstream stream) => CUresult.Success;

    public CUresult StreamWaitEvent(CUstream stream, CUevent recorded, uint flags) => CUresult.Success;

    public CUresult StreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) => CUresult.Success;

    public CUresult StreamEndCapture(CUstream stream, CUgraph* graph)
    {
        *graph = new CUgraph(++_handles);
        return CUresult.Success;
    }

    public CUresult StreamIsCapturing(CUstream stream, CUstreamCaptureStatus* captureStatus) => CUresult.Success;

    public CUresult EventCreate(CUevent* created, CUeventFlags flags)
    {
        *created = new CUevent(++_handles);
        return CUresult.Success;
    }

    public CUresult EventDestroy(CUevent recorded) => CUresult.Success;

    public CUresult EventRecord(CUevent recorded, CUstream stream) => CUresult.Success;

    public CUresult EventSynchronize(CUevent recorded) => CUresult.Success;

    public CUresult EventQuery(CUevent recorded) => CUresult.Success;

    public CUresult EventElapsedTime(float* milliseconds, CUevent start, CUevent end)
    {
        *milliseconds = 0;
        return CUresult.Success;
    }

    public CUresult ModuleLoadDataEx(CUmodule* module, void* image, uint optionCount, CUjitOption* options, void** optionValues)
    {
        *module = new CUmodule(++_handles);
        return CUresult.Success;
    }

    public CUresult ModuleUnload(CUmodule module) => CUresult.Success;

    public CUresult ModuleGetFunction(CUfunction* function, CUmodule module, byte* name)
    {
        *function = new CUfunction(++_handles);
        return CUresult.Success;
    }

    public CUresult FuncGetAttribute(int* value, CUfunctionAttribute attribute, CUfunction function) => CUresult.Success;

    public CUresult FuncSetAttribute(CUfunction function, CUfunctionAttribute attribute, int value) => CUresult.Success;

    public CUresult FuncGetParamInfo(CUfunction function, nuint index, nuint* offset, nuint* size) => CUresult.ErrorInvalidValue;

    public CUresult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int blockSize, nuint dynamicSharedBytes) => CUresult.Success;

    public CUresult LaunchKernel(CUfunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, CUstream stream, void** arguments, void** extra)
    {
        Calls++;
        return CUresult.Success;
    }

    public CUresult GraphInstantiate(CUgraphExec* executable, CUgraph graph, ulong flags)
    {
        *executable = new CUgraphExec(++_handles);
        return CUresult.Success;
    }

    public CUresult GraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info) => CUresult.Success;

    public CUresult GraphUpload(CUgraphExec executable, CUstream stream) => CUresult.Success;

    public CUresult GraphLaunch(CUgraphExec executable, CUstream stream)
    {
        Calls++;
        return CUresult.Success;
    }

    public CUresult GraphGetNodes(CUgraph graph, CUgraphNode* nodes, nuint* numNodes)
    {
        *numNodes = 0;
        return CUresult.Success;
    }

    public CUresult GraphNodeGetType(CUgraphNode node, CUgraphNodeType* type) => CUresult.Success;

    public CUresult GraphDestroy(CUgraph graph) => CUresult.Success;

    public CUresult GraphExecDestroy(CUgraphExec executable) => CUresult.Success;

    public CUresult ProfilerStart() => CUresult.Success;

    public CUresult ProfilerStop() => CUresult.Success;
}
