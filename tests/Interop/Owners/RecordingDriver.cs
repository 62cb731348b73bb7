using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Tests.Owners;

/// <summary>
/// A driver that does nothing but write down what it is asked, in order, with the handles and numbers of each call. What it makes
/// has the numbers 1, 2, 3, ... A call that is to fail does.
/// </summary>
internal sealed unsafe class RecordingDriver : ICudaDriver
{
    private readonly byte* _text = (byte*)System.Runtime.InteropServices.Marshal.StringToCoTaskMemUTF8("TEXT");
    private nint _made;

    /// <summary>The calls so far, as "cuMemFree_v2 3".</summary>
    internal List<string> Calls { get; } = [];

    /// <summary>What functions give instead of Success.</summary>
    internal Dictionary<string, CUresult> Statuses { get; } = new(StringComparer.Ordinal);

    /// <summary>What the compiler writes into its log of errors.</summary>
    internal string CompilerLog { get; set; } = "";

    /// <summary>The calls since the last time this was asked.</summary>
    internal string[] Take()
    {
        var calls = Calls.ToArray();
        Calls.Clear();
        return calls;
    }

    /// <summary>A handle that nothing has yet.</summary>
    internal nint Next() => ++_made;

    public CUresult GetErrorName(CUresult error, byte** text)
    {
        *text = _text;
        return CUresult.Success;
    }

    public CUresult GetErrorString(CUresult error, byte** text) => GetErrorName(error, text);

    public CUresult DeviceGet(int* device, int ordinal)
    {
        *device = 70 + ordinal;
        return Did("cuDeviceGet", ordinal);
    }

    public CUresult MemHostAlloc(void** memory, nuint bytes, CUmemHostAllocFlags flags)
    {
        *memory = (void*)0x1000;
        return Did("cuMemHostAlloc", bytes, flags);
    }

    public CUresult ModuleLoadDataEx(CUmodule* module, void* image, uint optionCount, CUjitOption* options, void** optionValues)
    {
        for (var i = 0; i < optionCount; i++)
        {
            if (options[i] == CUjitOption.ErrorLogBuffer)
            {
                System.Text.Encoding.UTF8.GetBytes(CompilerLog + '\0', new Span<byte>(optionValues[i], (int)optionValues[i + 1]));
            }
        }

        var text = System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)image)!;
        return Made("cuModuleLoadDataEx", (nint*)module, text);
    }

    public CUresult ModuleGetFunction(CUfunction* function, CUmodule module, byte* name) =>
        Made("cuModuleGetFunction", (nint*)function, module.Value, System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)name)!);

    public CUresult GraphGetNodes(CUgraph graph, CUgraphNode* nodes, nuint* numNodes)
    {
        *numNodes = 2;
        if (nodes is not null)
        {
            nodes[0] = new CUgraphNode(500);
            nodes[1] = new CUgraphNode(501);
        }

        return Did("cuGraphGetNodes", graph.Value);
    }

    public CUresult GraphNodeGetType(CUgraphNode node, CUgraphNodeType* type)
    {
        *type = node.Value == 500 ? CUgraphNodeType.Kernel : CUgraphNodeType.Memset;
        return Did("cuGraphNodeGetType", node.Value);
    }

    public CUresult GraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info)
    {
        var status = Did("cuGraphExecUpdate_v2", executable.Value, graph.Value);
        info->Result = status == CUresult.Success ? CUgraphExecUpdateResult.Success : CUgraphExecUpdateResult.ErrorTopologyChanged;
        return status;
    }

    public CUresult EventElapsedTime(float* milliseconds, CUevent start, CUevent end)
    {
        *milliseconds = 1.5f;
        return Did("cuEventElapsedTime", start.Value, end.Value);
    }

    public CUresult Init(uint flags) => Did("cuInit", flags);

    public CUresult DriverGetVersion(int* driverVersion) => Did("cuDriverGetVersion");

    public CUresult DeviceGetCount(int* count) => Did("cuDeviceGetCount");

    public CUresult DeviceGetName(byte* name, int length, int device) => Did("cuDeviceGetName", length, device);

    public CUresult DeviceGetAttribute(int* value, CUdeviceAttribute attribute, int device) => Did("cuDeviceGetAttribute", attribute, device);

    public CUresult DeviceTotalMem(nuint* bytes, int device) => Did("cuDeviceTotalMem_v2", device);

    public CUresult DeviceGetPciBusId(byte* busId, int length, int device) => Did("cuDeviceGetPCIBusId", length, device);

    public CUresult DevicePrimaryCtxRetain(CUcontext* context, int device) => Made("cuDevicePrimaryCtxRetain", (nint*)context, device);

    public CUresult DevicePrimaryCtxRelease(int device) => Did("cuDevicePrimaryCtxRelease_v2", device);

    public CUresult DevicePrimaryCtxReset(int device) => Did("cuDevicePrimaryCtxReset_v2", device);

    public CUresult DevicePrimaryCtxGetState(int device, uint* flags, int* active) => Did("cuDevicePrimaryCtxGetState", device);

    public CUresult DevicePrimaryCtxSetFlags(int device, CUctxFlags flags) => Did("cuDevicePrimaryCtxSetFlags_v2", device, flags);

    public CUresult CtxPushCurrent(CUcontext context) => Did("cuCtxPushCurrent_v2", context.Value);

    public CUresult CtxPopCurrent(CUcontext* context)
    {
        *context = new CUcontext(1);
        return Did("cuCtxPopCurrent_v2");
    }

    public CUresult CtxGetCurrent(CUcontext* context)
    {
        *context = new CUcontext(1);
        return Did("cuCtxGetCurrent");
    }

    public CUresult CtxSetCurrent(CUcontext context) => Did("cuCtxSetCurrent", context.Value);

    public CUresult CtxSynchronize() => Did("cuCtxSynchronize");

    public CUresult MemGetInfo(nuint* free, nuint* total) => Did("cuMemGetInfo_v2");

    public CUresult MemAlloc(ulong* address, nuint bytes) => Made("cuMemAlloc_v2", (nint*)address, bytes);

    public CUresult MemFree(ulong address) => Did("cuMemFree_v2", address);

    public CUresult MemFreeHost(void* memory) => Did("cuMemFreeHost");

    public CUresult MemcpyHtoD(ulong destination, void* source, nuint bytes) => Did("cuMemcpyHtoD_v2", destination, bytes);

    public CUresult MemcpyDtoH(void* destination, ulong source, nuint bytes) => Did("cuMemcpyDtoH_v2", source, bytes);

    public CUresult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CUstream stream) => Did("cuMemcpyHtoDAsync_v2", destination, bytes, stream.Value);

    public CUresult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CUstream stream) => Did("cuMemcpyDtoHAsync_v2", source, bytes, stream.Value);

    public CUresult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CUstream stream) => Did("cuMemcpyDtoDAsync_v2", destination, source, bytes, stream.Value);

    public CUresult MemsetD8Async(ulong address, byte value, nuint count, CUstream stream) => Did("cuMemsetD8Async", address, value, count, stream.Value);

    public CUresult MemsetD32Async(ulong address, uint value, nuint count, CUstream stream) => Did("cuMemsetD32Async", address, value, count, stream.Value);

    public CUresult StreamCreate(CUstream* stream, CUstreamFlags flags) => Made("cuStreamCreate", (nint*)stream, flags);

    public CUresult StreamDestroy(CUstream stream) => Did("cuStreamDestroy_v2", stream.Value);

    public CUresult StreamSynchronize(CUstream stream) => Did("cuStreamSynchronize", stream.Value);

    public CUresult StreamQuery(CUstream stream) => Did("cuStreamQuery", stream.Value);

    public CUresult StreamWaitEvent(CUstream stream, CUevent recorded, uint flags) => Did("cuStreamWaitEvent", stream.Value, recorded.Value, flags);

    public CUresult StreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) => Did("cuStreamBeginCapture_v2", stream.Value, mode);

    public CUresult StreamEndCapture(CUstream stream, CUgraph* graph) => Made("cuStreamEndCapture", (nint*)graph, stream.Value);

    public CUresult StreamIsCapturing(CUstream stream, CUstreamCaptureStatus* captureStatus) => Did("cuStreamIsCapturing", stream.Value);

    public CUresult EventCreate(CUevent* created, CUeventFlags flags) => Made("cuEventCreate", (nint*)created, flags);

    public CUresult EventDestroy(CUevent recorded) => Did("cuEventDestroy_v2", recorded.Value);

    public CUresult EventRecord(CUevent recorded, CUstream stream) => Did("cuEventRecord", recorded.Value, stream.Value);

    public CUresult EventSynchronize(CUevent recorded) => Did("cuEventSynchronize", recorded.Value);

    public CUresult EventQuery(CUevent recorded) => Did("cuEventQuery", recorded.Value);

    public CUresult ModuleUnload(CUmodule module) => Did("cuModuleUnload", module.Value);

    public CUresult FuncGetAttribute(int* value, CUfunctionAttribute attribute, CUfunction function) => Did("cuFuncGetAttribute", attribute, function.Value);

    public CUresult FuncSetAttribute(CUfunction function, CUfunctionAttribute attribute, int value) => Did("cuFuncSetAttribute", function.Value, attribute, value);

    public CUresult FuncGetParamInfo(CUfunction function, nuint index, nuint* offset, nuint* size) => Did("cuFuncGetParamInfo", function.Value, index);

    public CUresult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int blockSize, nuint dynamicSharedBytes) => Did("cuOccupancyMaxActiveBlocksPerMultiprocessor", function.Value, blockSize, dynamicSharedBytes);

    public CUresult LaunchKernel(CUfunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, CUstream stream, void** arguments, void** extra) => Did("cuLaunchKernel", function.Value, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes, stream.Value);

    public CUresult GraphInstantiate(CUgraphExec* executable, CUgraph graph, ulong flags) => Made("cuGraphInstantiateWithFlags", (nint*)executable, graph.Value, flags);

    public CUresult GraphUpload(CUgraphExec executable, CUstream stream) => Did("cuGraphUpload", executable.Value, stream.Value);

    public CUresult GraphLaunch(CUgraphExec executable, CUstream stream) => Did("cuGraphLaunch", executable.Value, stream.Value);

    public CUresult GraphDestroy(CUgraph graph) => Did("cuGraphDestroy", graph.Value);

    public CUresult GraphExecDestroy(CUgraphExec executable) => Did("cuGraphExecDestroy", executable.Value);

    public CUresult ProfilerStart() => Did("cuProfilerStart");

    public CUresult ProfilerStop() => Did("cuProfilerStop");

    private CUresult Made(string function, nint* made, params object[] arguments)
    {
        var status = Did(function, arguments);
        if (status == CUresult.Success)
        {
            *made = Next();
        }

        return status;
    }

    private CUresult Did(string function, params object[] arguments)
    {
        Calls.Add(string.Join(' ', [function, .. arguments]));
        return Statuses.GetValueOrDefault(function);
    }
}
