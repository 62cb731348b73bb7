using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop.Driver;

/// <summary>The entry points of the native library, called as they are.</summary>
internal sealed unsafe class NativeCudaDriver : ICudaDriver
{
    private readonly CudaDriverTable _table;

    /// <exception cref="EntryPointNotFoundException">The library lacks entry points; the message names each.</exception>
    internal NativeCudaDriver(LoadedLibrary library) => EntryPoints.Fill(library, ref _table);

    public CUresult Init(uint flags) =>
        _table.Init(flags);

    public CUresult DriverGetVersion(int* driverVersion) =>
        _table.DriverGetVersion(driverVersion);

    public CUresult GetErrorName(CUresult error, byte** text) =>
        _table.GetErrorName(error, text);

    public CUresult GetErrorString(CUresult error, byte** text) =>
        _table.GetErrorString(error, text);

    public CUresult DeviceGetCount(int* count) =>
        _table.DeviceGetCount(count);

    public CUresult DeviceGet(int* device, int ordinal) =>
        _table.DeviceGet(device, ordinal);

    public CUresult DeviceGetName(byte* name, int length, int device) =>
        _table.DeviceGetName(name, length, device);

    public CUresult DeviceGetAttribute(int* value, CUdeviceAttribute attribute, int device) =>
        _table.DeviceGetAttribute(value, attribute, device);

    public CUresult DeviceTotalMem(nuint* bytes, int device) =>
        _table.DeviceTotalMem(bytes, device);

    public CUresult DeviceGetPciBusId(byte* busId, int length, int device) =>
        _table.DeviceGetPciBusId(busId, length, device);

    public CUresult DevicePrimaryCtxRetain(CUcontext* context, int device) =>
        _table.DevicePrimaryCtxRetain(context, device);

    public CUresult DevicePrimaryCtxRelease(int device) =>
        _table.DevicePrimaryCtxRelease(device);

    public CUresult DevicePrimaryCtxReset(int device) =>
        _table.DevicePrimaryCtxReset(device);

    public CUresult DevicePrimaryCtxGetState(int device, uint* flags, int* active) =>
        _table.DevicePrimaryCtxGetState(device, flags, active);

    public CUresult DevicePrimaryCtxSetFlags(int device, CUctxFlags flags) =>
        _table.DevicePrimaryCtxSetFlags(device, flags);

    public CUresult CtxPushCurrent(CUcontext context) =>
        _table.CtxPushCurrent(context);

    public CUresult CtxPopCurrent(CUcontext* context) =>
        _table.CtxPopCurrent(context);

    public CUresult CtxGetCurrent(CUcontext* context) =>
        _table.CtxGetCurrent(context);

    public CUresult CtxSetCurrent(CUcontext context) =>
        _table.CtxSetCurrent(context);

    public CUresult CtxSynchronize() =>
        _table.CtxSynchronize();

    public CUresult MemGetInfo(nuint* free, nuint* total) =>
        _table.MemGetInfo(free, total);

    public CUresult MemAlloc(ulong* address, nuint bytes) =>
        _table.MemAlloc(address, bytes);

    public CUresult MemFree(ulong address) =>
        _table.MemFree(address);

    public CUresult MemHostAlloc(void** memory, nuint bytes, CUmemHostAllocFlags flags) =>
        _table.MemHostAlloc(memory, bytes, flags);

    public CUresult MemFreeHost(void* memory) =>
        _table.MemFreeHost(memory);

    public CUresult MemcpyHtoD(ulong destination, void* source, nuint bytes) =>
        _table.MemcpyHtoD(destination, source, bytes);

    public CUresult MemcpyDtoH(void* destination, ulong source, nuint bytes) =>
        _table.MemcpyDtoH(destination, source, bytes);

    public CUresult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CUstream stream) =>
        _table.MemcpyHtoDAsync(destination, source, bytes, stream);

    public CUresult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CUstream stream) =>
        _table.MemcpyDtoHAsync(destination, source, bytes, stream);

    public CUresult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CUstream stream) =>
        _table.MemcpyDtoDAsync(destination, source, bytes, stream);

    public CUresult MemsetD8Async(ulong address, byte value, nuint count, CUstream stream) =>
        _table.MemsetD8Async(address, value, count, stream);

    public CUresult MemsetD32Async(ulong address, uint value, nuint count, CUstream stream) =>
        _table.MemsetD32Async(address, value, count, stream);

    public CUresult StreamCreate(CUstream* stream, CUstreamFlags flags) =>
        _table.StreamCreate(stream, flags);

    public CUresult StreamDestroy(CUstream stream) =>
        _table.StreamDestroy(stream);

    public CUresult StreamSynchronize(CUstream stream) =>
        _table.StreamSynchronize(stream);

    public CUresult StreamQuery(CUstream stream) =>
        _table.StreamQuery(stream);

    public CUresult StreamWaitEvent(CUstream stream, CUevent recorded, uint flags) =>
        _table.StreamWaitEvent(stream, recorded, flags);

    public CUresult StreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) =>
        _table.StreamBeginCapture(stream, mode);

    public CUresult StreamEndCapture(CUstream stream, CUgraph* graph) =>
        _table.StreamEndCapture(stream, graph);

    public CUresult StreamIsCapturing(CUstream stream, CUstreamCaptureStatus* captureStatus) =>
        _table.StreamIsCapturing(stream, captureStatus);

    public CUresult EventCreate(CUevent* created, CUeventFlags flags) =>
        _table.EventCreate(created, flags);

    public CUresult EventDestroy(CUevent recorded) =>
        _table.EventDestroy(recorded);

    public CUresult EventRecord(CUevent recorded, CUstream stream) =>
        _table.EventRecord(recorded, stream);

    public CUresult EventSynchronize(CUevent recorded) =>
        _table.EventSynchronize(recorded);

    public CUresult EventQuery(CUevent recorded) =>
        _table.EventQuery(recorded);

    public CUresult EventElapsedTime(float* milliseconds, CUevent start, CUevent end) =>
        _table.EventElapsedTime(milliseconds, start, end);

    public CUresult ModuleLoadDataEx(CUmodule* module, void* image, uint optionCount, CUjitOption* options, void** optionValues) =>
        _table.ModuleLoadDataEx(module, image, optionCount, options, optionValues);

    public CUresult ModuleUnload(CUmodule module) =>
        _table.ModuleUnload(module);

    public CUresult ModuleGetFunction(CUfunction* function, CUmodule module, byte* name) =>
        _table.ModuleGetFunction(function, module, name);

    public CUresult FuncGetAttribute(int* value, CUfunctionAttribute attribute, CUfunction function) =>
        _table.FuncGetAttribute(value, attribute, function);

    public CUresult FuncSetAttribute(CUfunction function, CUfunctionAttribute attribute, int value) =>
        _table.FuncSetAttribute(function, attribute, value);

    public CUresult FuncGetParamInfo(CUfunction function, nuint index, nuint* offset, nuint* size) =>
        _table.FuncGetParamInfo is null ? CUresult.ErrorNotFound : _table.FuncGetParamInfo(function, index, offset, size);

    public CUresult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int blockSize, nuint dynamicSharedBytes) =>
        _table.OccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, blockSize, dynamicSharedBytes);

    public CUresult LaunchKernel(
        CUfunction function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint blockX,
        uint blockY,
        uint blockZ,
        uint sharedBytes,
        CUstream stream,
        void** arguments,
        void** extra) =>
        _table.LaunchKernel(function, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes, stream, arguments, extra);

    public CUresult GraphInstantiate(CUgraphExec* executable, CUgraph graph, ulong flags) =>
        _table.GraphInstantiate(executable, graph, flags);

    public CUresult GraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info) =>
        _table.GraphExecUpdate(executable, graph, info);

    public CUresult GraphUpload(CUgraphExec executable, CUstream stream) =>
        _table.GraphUpload(executable, stream);

    public CUresult GraphLaunch(CUgraphExec executable, CUstream stream) =>
        _table.GraphLaunch(executable, stream);

    public CUresult GraphGetNodes(CUgraph graph, CUgraphNode* nodes, nuint* numNodes) =>
        _table.GraphGetNodes(graph, nodes, numNodes);

    public CUresult GraphNodeGetType(CUgraphNode node, CUgraphNodeType* type) =>
        _table.GraphNodeGetType(node, type);

    public CUresult GraphDestroy(CUgraph graph) =>
        _table.GraphDestroy(graph);

    public CUresult GraphExecDestroy(CUgraphExec executable) =>
        _table.GraphExecDestroy(executable);

    public CUresult ProfilerStart() =>
        _table.ProfilerStart();

    public CUresult ProfilerStop() =>
        _table.ProfilerStop();
}
