namespace AlexNetCuda.Interop.Driver;

/// <summary>The driver's entry points, found when the library is loaded.</summary>
internal unsafe struct CudaDriverTable
{
    [EntryPoint("cuInit")]
    internal delegate* unmanaged<uint, CUresult> Init;

    [EntryPoint("cuDriverGetVersion")]
    internal delegate* unmanaged<int*, CUresult> DriverGetVersion;

    [EntryPoint("cuGetErrorName")]
    internal delegate* unmanaged<CUresult, byte**, CUresult> GetErrorName;

    [EntryPoint("cuGetErrorString")]
    internal delegate* unmanaged<CUresult, byte**, CUresult> GetErrorString;

    [EntryPoint("cuDeviceGetCount")]
    internal delegate* unmanaged<int*, CUresult> DeviceGetCount;

    [EntryPoint("cuDeviceGet")]
    internal delegate* unmanaged<int*, int, CUresult> DeviceGet;

    [EntryPoint("cuDeviceGetName")]
    internal delegate* unmanaged<byte*, int, int, CUresult> DeviceGetName;

    [EntryPoint("cuDeviceGetAttribute")]
    internal delegate* unmanaged<int*, CUdeviceAttribute, int, CUresult> DeviceGetAttribute;

    [EntryPoint("cuDeviceTotalMem_v2")]
    internal delegate* unmanaged<nuint*, int, CUresult> DeviceTotalMem;

    [EntryPoint("cuDeviceGetPCIBusId")]
    internal delegate* unmanaged<byte*, int, int, CUresult> DeviceGetPciBusId;

    [EntryPoint("cuDevicePrimaryCtxRetain")]
    internal delegate* unmanaged<CUcontext*, int, CUresult> DevicePrimaryCtxRetain;

    [EntryPoint("cuDevicePrimaryCtxRelease_v2")]
    internal delegate* unmanaged<int, CUresult> DevicePrimaryCtxRelease;

    [EntryPoint("cuDevicePrimaryCtxReset_v2")]
    internal delegate* unmanaged<int, CUresult> DevicePrimaryCtxReset;

    [EntryPoint("cuDevicePrimaryCtxGetState")]
    internal delegate* unmanaged<int, uint*, int*, CUresult> DevicePrimaryCtxGetState;

    [EntryPoint("cuDevicePrimaryCtxSetFlags_v2")]
    internal delegate* unmanaged<int, CUctxFlags, CUresult> DevicePrimaryCtxSetFlags;

    [EntryPoint("cuCtxPushCurrent_v2")]
    internal delegate* unmanaged<CUcontext, CUresult> CtxPushCurrent;

    [EntryPoint("cuCtxPopCurrent_v2")]
    internal delegate* unmanaged<CUcontext*, CUresult> CtxPopCurrent;

    [EntryPoint("cuCtxGetCurrent")]
    internal delegate* unmanaged<CUcontext*, CUresult> CtxGetCurrent;

    [EntryPoint("cuCtxSetCurrent")]
    internal delegate* unmanaged<CUcontext, CUresult> CtxSetCurrent;

    [EntryPoint("cuCtxSynchronize")]
    internal delegate* unmanaged<CUresult> CtxSynchronize;

    [EntryPoint("cuMemGetInfo_v2")]
    internal delegate* unmanaged<nuint*, nuint*, CUresult> MemGetInfo;

    [EntryPoint("cuMemAlloc_v2")]
    internal delegate* unmanaged<ulong*, nuint, CUresult> MemAlloc;

    [EntryPoint("cuMemFree_v2")]
    internal delegate* unmanaged<ulong, CUresult> MemFree;

    [EntryPoint("cuMemHostAlloc")]
    internal delegate* unmanaged<void**, nuint, CUmemHostAllocFlags, CUresult> MemHostAlloc;

    [EntryPoint("cuMemFreeHost")]
    internal delegate* unmanaged<void*, CUresult> MemFreeHost;

    [EntryPoint("cuMemcpyHtoD_v2")]
    internal delegate* unmanaged<ulong, void*, nuint, CUresult> MemcpyHtoD;

    [EntryPoint("cuMemcpyDtoH_v2")]
    internal delegate* unmanaged<void*, ulong, nuint, CUresult> MemcpyDtoH;

    [EntryPoint("cuMemcpyHtoDAsync_v2")]
    internal delegate* unmanaged<ulong, void*, nuint, CUstream, CUresult> MemcpyHtoDAsync;

    [EntryPoint("cuMemcpyDtoHAsync_v2")]
    internal delegate* unmanaged<void*, ulong, nuint, CUstream, CUresult> MemcpyDtoHAsync;

    [EntryPoint("cuMemcpyDtoDAsync_v2")]
    internal delegate* unmanaged<ulong, ulong, nuint, CUstream, CUresult> MemcpyDtoDAsync;

    [EntryPoint("cuMemsetD8Async")]
    internal delegate* unmanaged<ulong, byte, nuint, CUstream, CUresult> MemsetD8Async;

    [EntryPoint("cuMemsetD32Async")]
    internal delegate* unmanaged<ulong, uint, nuint, CUstream, CUresult> MemsetD32Async;

    [EntryPoint("cuStreamCreate")]
    internal delegate* unmanaged<CUstream*, CUstreamFlags, CUresult> StreamCreate;

    [EntryPoint("cuStreamDestroy_v2")]
    internal delegate* unmanaged<CUstream, CUresult> StreamDestroy;

    [EntryPoint("cuStreamSynchronize")]
    internal delegate* unmanaged<CUstream, CUresult> StreamSynchronize;

    [EntryPoint("cuStreamQuery")]
    internal delegate* unmanaged<CUstream, CUresult> StreamQuery;

    [EntryPoint("cuStreamWaitEvent")]
    internal delegate* unmanaged<CUstream, CUevent, uint, CUresult> StreamWaitEvent;

    [EntryPoint("cuStreamBeginCapture_v2")]
    internal delegate* unmanaged<CUstream, CUstreamCaptureMode, CUresult> StreamBeginCapture;

    [EntryPoint("cuStreamEndCapture")]
    internal delegate* unmanaged<CUstream, CUgraph*, CUresult> StreamEndCapture;

    [EntryPoint("cuStreamIsCapturing")]
    internal delegate* unmanaged<CUstream, CUstreamCaptureStatus*, CUresult> StreamIsCapturing;

    [EntryPoint("cuEventCreate")]
    internal delegate* unmanaged<CUevent*, CUeventFlags, CUresult> EventCreate;

    [EntryPoint("cuEventDestroy_v2")]
    internal delegate* unmanaged<CUevent, CUresult> EventDestroy;

    [EntryPoint("cuEventRecord")]
    internal delegate* unmanaged<CUevent, CUstream, CUresult> EventRecord;

    [EntryPoint("cuEventSynchronize")]
    internal delegate* unmanaged<CUevent, CUresult> EventSynchronize;

    [EntryPoint("cuEventQuery")]
    internal delegate* unmanaged<CUevent, CUresult> EventQuery;

    [EntryPoint("cuEventElapsedTime", Fallback = "cuEventElapsedTime_v2")]
    internal delegate* unmanaged<float*, CUevent, CUevent, CUresult> EventElapsedTime;

    [EntryPoint("cuModuleLoadDataEx")]
    internal delegate* unmanaged<CUmodule*, void*, uint, CUjitOption*, void**, CUresult> ModuleLoadDataEx;

    [EntryPoint("cuModuleUnload")]
    internal delegate* unmanaged<CUmodule, CUresult> ModuleUnload;

    [EntryPoint("cuModuleGetFunction")]
    internal delegate* unmanaged<CUfunction*, CUmodule, byte*, CUresult> ModuleGetFunction;

    [EntryPoint("cuFuncGetAttribute")]
    internal delegate* unmanaged<int*, CUfunctionAttribute, CUfunction, CUresult> FuncGetAttribute;

    [EntryPoint("cuFuncSetAttribute")]
    internal delegate* unmanaged<CUfunction, CUfunctionAttribute, int, CUresult> FuncSetAttribute;

    [EntryPoint("cuFuncGetParamInfo", Optional = true)]
    internal delegate* unmanaged<CUfunction, nuint, nuint*, nuint*, CUresult> FuncGetParamInfo;

    [EntryPoint("cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    internal delegate* unmanaged<int*, CUfunction, int, nuint, CUresult> OccupancyMaxActiveBlocksPerMultiprocessor;

    [EntryPoint("cuLaunchKernel")]
    internal delegate* unmanaged<CUfunction, uint, uint, uint, uint, uint, uint, uint, CUstream, void**, void**, CUresult> LaunchKernel;

    [EntryPoint("cuGraphInstantiateWithFlags")]
    internal delegate* unmanaged<CUgraphExec*, CUgraph, ulong, CUresult> GraphInstantiate;

    [EntryPoint("cuGraphExecUpdate_v2")]
    internal delegate* unmanaged<CUgraphExec, CUgraph, CUgraphExecUpdateResultInfo*, CUresult> GraphExecUpdate;

    [EntryPoint("cuGraphUpload")]
    internal delegate* unmanaged<CUgraphExec, CUstream, CUresult> GraphUpload;

    [EntryPoint("cuGraphLaunch")]
    internal delegate* unmanaged<CUgraphExec, CUstream, CUresult> GraphLaunch;

    [EntryPoint("cuGraphGetNodes")]
    internal delegate* unmanaged<CUgraph, CUgraphNode*, nuint*, CUresult> GraphGetNodes;

    [EntryPoint("cuGraphNodeGetType")]
    internal delegate* unmanaged<CUgraphNode, CUgraphNodeType*, CUresult> GraphNodeGetType;

    [EntryPoint("cuGraphDestroy")]
    internal delegate* unmanaged<CUgraph, CUresult> GraphDestroy;

    [EntryPoint("cuGraphExecDestroy")]
    internal delegate* unmanaged<CUgraphExec, CUresult> GraphExecDestroy;

    [EntryPoint("cuProfilerStart")]
    internal delegate* unmanaged<CUresult> ProfilerStart;

    [EntryPoint("cuProfilerStop")]
    internal delegate* unmanaged<CUresult> ProfilerStop;
}
