namespace AlexNetCuda.Interop.Driver;

/// <summary>
/// What the engine calls of the CUDA driver API (drivers of CUDA 12 and 13).
/// Each method is one entry point of the library with its very parameters, in its order; the header's documentation holds.
/// Nothing throws: the status is returned.
/// </summary>
public unsafe interface ICudaDriver
{
    /// <summary>Initialises the driver for the process. Must come before everything else.</summary>
    [EntryPoint("cuInit")]
    CUresult Init(uint flags);

    /// <summary>The newest CUDA version the driver takes, as 1000 major + 10 minor. Works without a device.</summary>
    [EntryPoint("cuDriverGetVersion")]
    CUresult DriverGetVersion(int* driverVersion);

    /// <summary>The name of a result, as a static zero-terminated string.</summary>
    [EntryPoint("cuGetErrorName")]
    CUresult GetErrorName(CUresult error, byte** text);

    /// <summary>What a result means, as a static zero-terminated string.</summary>
    [EntryPoint("cuGetErrorString")]
    CUresult GetErrorString(CUresult error, byte** text);

    /// <summary>How many devices there are.</summary>
    [EntryPoint("cuDeviceGetCount")]
    CUresult DeviceGetCount(int* count);

    /// <summary>The handle of the device with an ordinal.</summary>
    [EntryPoint("cuDeviceGet")]
    CUresult DeviceGet(int* device, int ordinal);

    /// <summary>Writes a device's name, zero-terminated.</summary>
    [EntryPoint("cuDeviceGetName")]
    CUresult DeviceGetName(byte* name, int length, int device);

    /// <summary>Reads a number about a device.</summary>
    [EntryPoint("cuDeviceGetAttribute")]
    CUresult DeviceGetAttribute(int* value, CUdeviceAttribute attribute, int device);

    /// <summary>A device's memory in bytes.</summary>
    [EntryPoint("cuDeviceTotalMem_v2")]
    CUresult DeviceTotalMem(nuint* bytes, int device);

    /// <summary>Writes where a device sits, as 0000:01:00.0, zero-terminated.</summary>
    [EntryPoint("cuDeviceGetPCIBusId")]
    CUresult DeviceGetPciBusId(byte* busId, int length, int device);

    /// <summary>Takes a reference to a device's primary context, making it if nobody has.</summary>
    [EntryPoint("cuDevicePrimaryCtxRetain")]
    CUresult DevicePrimaryCtxRetain(CUcontext* context, int device);

    /// <summary>Gives a reference to a device's primary context back; the last one destroys it.</summary>
    [EntryPoint("cuDevicePrimaryCtxRelease_v2")]
    CUresult DevicePrimaryCtxRelease(int device);

    /// <summary>Destroys everything in a device's primary context: the way out of a sticky error.</summary>
    [EntryPoint("cuDevicePrimaryCtxReset_v2")]
    CUresult DevicePrimaryCtxReset(int device);

    /// <summary>Whether a device's primary context exists, and with which flags.</summary>
    [EntryPoint("cuDevicePrimaryCtxGetState")]
    CUresult DevicePrimaryCtxGetState(int device, uint* flags, int* active);

    /// <summary>Sets the flags of a device's primary context: how a thread waits, for one.</summary>
    [EntryPoint("cuDevicePrimaryCtxSetFlags_v2")]
    CUresult DevicePrimaryCtxSetFlags(int device, CUctxFlags flags);

    /// <summary>Makes a context current to the calling thread, over the one that was.</summary>
    [EntryPoint("cuCtxPushCurrent_v2")]
    CUresult CtxPushCurrent(CUcontext context);

    /// <summary>Takes the current context off the calling thread's stack.</summary>
    [EntryPoint("cuCtxPopCurrent_v2")]
    CUresult CtxPopCurrent(CUcontext* context);

    /// <summary>The calling thread's current context, or none.</summary>
    [EntryPoint("cuCtxGetCurrent")]
    CUresult CtxGetCurrent(CUcontext* context);

    /// <summary>Replaces the calling thread's current context.</summary>
    [EntryPoint("cuCtxSetCurrent")]
    CUresult CtxSetCurrent(CUcontext context);

    /// <summary>Waits for all work of the current context; reports faults of earlier work.</summary>
    [EntryPoint("cuCtxSynchronize")]
    CUresult CtxSynchronize();

    /// <summary>Free and total memory of the current context's device, in bytes.</summary>
    [EntryPoint("cuMemGetInfo_v2")]
    CUresult MemGetInfo(nuint* free, nuint* total);

    /// <summary>Allocates device memory, aligned to at least 256 bytes, with whatever content.</summary>
    [EntryPoint("cuMemAlloc_v2")]
    CUresult MemAlloc(ulong* address, nuint bytes);

    /// <summary>Frees device memory once the device is done with it.</summary>
    [EntryPoint("cuMemFree_v2")]
    CUresult MemFree(ulong address);

    /// <summary>Allocates page-locked host memory, which copies reach without a detour.</summary>
    [EntryPoint("cuMemHostAlloc")]
    CUresult MemHostAlloc(void** memory, nuint bytes, CUmemHostAllocFlags flags);

    /// <summary>Frees page-locked host memory.</summary>
    [EntryPoint("cuMemFreeHost")]
    CUresult MemFreeHost(void* memory);

    /// <summary>Copies from the host to the device, in the legacy default stream; host memory may be reused on return.</summary>
    [EntryPoint("cuMemcpyHtoD_v2")]
    CUresult MemcpyHtoD(ulong destination, void* source, nuint bytes);

    /// <summary>Copies from the device to the host; done on return.</summary>
    [EntryPoint("cuMemcpyDtoH_v2")]
    CUresult MemcpyDtoH(void* destination, ulong source, nuint bytes);

    /// <summary>Copies from the host to the device in a stream; page-locked host memory must stay as it is until then.</summary>
    [EntryPoint("cuMemcpyHtoDAsync_v2")]
    CUresult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CUstream stream);

    /// <summary>Copies from the device to the host in a stream; page-locked host memory holds the data only after the stream got there.</summary>
    [EntryPoint("cuMemcpyDtoHAsync_v2")]
    CUresult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CUstream stream);

    /// <summary>Copies within device memory in a stream.</summary>
    [EntryPoint("cuMemcpyDtoDAsync_v2")]
    CUresult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CUstream stream);

    /// <summary>Fills device memory with a byte in a stream.</summary>
    [EntryPoint("cuMemsetD8Async")]
    CUresult MemsetD8Async(ulong address, byte value, nuint count, CUstream stream);

    /// <summary>Fills device memory with a 4-byte word in a stream.</summary>
    [EntryPoint("cuMemsetD32Async")]
    CUresult MemsetD32Async(ulong address, uint value, nuint count, CUstream stream);

    /// <summary>Makes a stream of work.</summary>
    [EntryPoint("cuStreamCreate")]
    CUresult StreamCreate(CUstream* stream, CUstreamFlags flags);

    /// <summary>Gives a stream up; its work still runs to its end.</summary>
    [EntryPoint("cuStreamDestroy_v2")]
    CUresult StreamDestroy(CUstream stream);

    /// <summary>Waits for a stream's work; reports faults of earlier work.</summary>
    [EntryPoint("cuStreamSynchronize")]
    CUresult StreamSynchronize(CUstream stream);

    /// <summary>Whether a stream's work is done: Success or ErrorNotReady.</summary>
    [EntryPoint("cuStreamQuery")]
    CUresult StreamQuery(CUstream stream);

    /// <summary>Lets a stream wait for an event's last record.</summary>
    [EntryPoint("cuStreamWaitEvent")]
    CUresult StreamWaitEvent(CUstream stream, CUevent recorded, uint flags);

    /// <summary>From here on a stream's work is recorded into a graph, not run.</summary>
    [EntryPoint("cuStreamBeginCapture_v2")]
    CUresult StreamBeginCapture(CUstream stream, CUstreamCaptureMode mode);

    /// <summary>Ends a capture and gives its graph.</summary>
    [EntryPoint("cuStreamEndCapture")]
    CUresult StreamEndCapture(CUstream stream, CUgraph* graph);

    /// <summary>Whether a stream is being captured, or its capture was spoilt.</summary>
    [EntryPoint("cuStreamIsCapturing")]
    CUresult StreamIsCapturing(CUstream stream, CUstreamCaptureStatus* captureStatus);

    /// <summary>Makes an event.</summary>
    [EntryPoint("cuEventCreate")]
    CUresult EventCreate(CUevent* created, CUeventFlags flags);

    /// <summary>Gives an event up.</summary>
    [EntryPoint("cuEventDestroy_v2")]
    CUresult EventDestroy(CUevent recorded);

    /// <summary>Marks the place a stream has been filled up to.</summary>
    [EntryPoint("cuEventRecord")]
    CUresult EventRecord(CUevent recorded, CUstream stream);

    /// <summary>Waits until the device got to an event's last record.</summary>
    [EntryPoint("cuEventSynchronize")]
    CUresult EventSynchronize(CUevent recorded);

    /// <summary>Whether the device got to an event's last record: Success or ErrorNotReady.</summary>
    [EntryPoint("cuEventQuery")]
    CUresult EventQuery(CUevent recorded);

    /// <summary>Milliseconds between two recorded events, to about half a microsecond.</summary>
    [EntryPoint("cuEventElapsedTime", Fallback = "cuEventElapsedTime_v2")]
    CUresult EventElapsedTime(float* milliseconds, CUevent start, CUevent end);

    /// <summary>Loads a cubin, or compiles zero-terminated PTX for the device; options ask for the compiler's log, for one.</summary>
    [EntryPoint("cuModuleLoadDataEx")]
    CUresult ModuleLoadDataEx(CUmodule* module, void* image, uint optionCount, CUjitOption* options, void** optionValues);

    /// <summary>Unloads a module.</summary>
    [EntryPoint("cuModuleUnload")]
    CUresult ModuleUnload(CUmodule module);

    /// <summary>Finds a kernel in a module by its name.</summary>
    [EntryPoint("cuModuleGetFunction")]
    CUresult ModuleGetFunction(CUfunction* function, CUmodule module, byte* name);

    /// <summary>Reads a number about a kernel: registers, shared memory, ...</summary>
    [EntryPoint("cuFuncGetAttribute")]
    CUresult FuncGetAttribute(int* value, CUfunctionAttribute attribute, CUfunction function);

    /// <summary>Sets a number about a kernel: the most dynamic shared memory, for one.</summary>
    [EntryPoint("cuFuncSetAttribute")]
    CUresult FuncSetAttribute(CUfunction function, CUfunctionAttribute attribute, int value);

    /// <summary>Where a kernel's parameter lies among its parameters, and its size; ErrorInvalidValue past the last. Drivers before 12.4 lack it: ErrorNotFound.</summary>
    [EntryPoint("cuFuncGetParamInfo", Optional = true)]
    CUresult FuncGetParamInfo(CUfunction function, nuint index, nuint* offset, nuint* size);

    /// <summary>How many blocks of a kernel fit a multiprocessor at once.</summary>
    [EntryPoint("cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    CUresult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int blockSize, nuint dynamicSharedBytes);

    /// <summary>Puts a launch of a kernel into a stream; the arguments are copied before the return.</summary>
    [EntryPoint("cuLaunchKernel")]
    CUresult LaunchKernel(
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
        void** extra);

    /// <summary>Makes a graph executable.</summary>
    [EntryPoint("cuGraphInstantiateWithFlags")]
    CUresult GraphInstantiate(CUgraphExec* executable, CUgraph graph, ulong flags);

    /// <summary>Gives an executable graph the arguments of another graph of the same shape.</summary>
    [EntryPoint("cuGraphExecUpdate_v2")]
    CUresult GraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info);

    /// <summary>Brings an executable graph to the device ahead of its first launch.</summary>
    [EntryPoint("cuGraphUpload")]
    CUresult GraphUpload(CUgraphExec executable, CUstream stream);

    /// <summary>Puts a launch of an executable graph into a stream.</summary>
    [EntryPoint("cuGraphLaunch")]
    CUresult GraphLaunch(CUgraphExec executable, CUstream stream);

    /// <summary>The nodes of a graph; with no room given, how many there are.</summary>
    [EntryPoint("cuGraphGetNodes")]
    CUresult GraphGetNodes(CUgraph graph, CUgraphNode* nodes, nuint* numNodes);

    /// <summary>What a node of a graph does.</summary>
    [EntryPoint("cuGraphNodeGetType")]
    CUresult GraphNodeGetType(CUgraphNode node, CUgraphNodeType* type);

    /// <summary>Gives a graph up; executables made from it stay.</summary>
    [EntryPoint("cuGraphDestroy")]
    CUresult GraphDestroy(CUgraph graph);

    /// <summary>Gives an executable graph up once it has run.</summary>
    [EntryPoint("cuGraphExecDestroy")]
    CUresult GraphExecDestroy(CUgraphExec executable);

    /// <summary>From here on a profiler that waits for it collects.</summary>
    [EntryPoint("cuProfilerStart")]
    CUresult ProfilerStart();

    /// <summary>From here on a profiler that waits for it collects nothing.</summary>
    [EntryPoint("cuProfilerStop")]
    CUresult ProfilerStop();
}
