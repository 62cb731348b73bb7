using AlexNetCuda.Interop.Driver;
using Mc = ManagedCuda.BasicTypes;
using Native = ManagedCuda.DriverAPINativeMethods;

namespace AlexNetCuda.ManagedCuda;

/// <content>Streams, events and graphs.</content>
internal sealed unsafe partial class ManagedCudaDriver
{
    public CUresult StreamCreate(CUstream* stream, CUstreamFlags flags) =>
        (CUresult)Native.Streams.cuStreamCreate(ref *(Mc.CUstream*)stream, (Mc.CUStreamFlags)flags);

    public CUresult StreamDestroy(CUstream stream) =>
        (CUresult)Native.Streams.cuStreamDestroy_v2(Of(stream));

    public CUresult StreamSynchronize(CUstream stream) =>
        (CUresult)Native.Streams.cuStreamSynchronize(Of(stream));

    public CUresult StreamQuery(CUstream stream) =>
        (CUresult)Native.Streams.cuStreamQuery(Of(stream));

    public CUresult StreamWaitEvent(CUstream stream, CUevent recorded, uint flags) =>
        (CUresult)Native.Streams.cuStreamWaitEvent(Of(stream), Of(recorded), flags);

    public CUresult StreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) =>
        (CUresult)Native.Streams.cuStreamBeginCapture(Of(stream), (Mc.CUstreamCaptureMode)mode);

    public CUresult StreamEndCapture(CUstream stream, CUgraph* graph) =>
        (CUresult)Native.Streams.cuStreamEndCapture(Of(stream), ref *(Mc.CUgraph*)graph);

    public CUresult StreamIsCapturing(CUstream stream, CUstreamCaptureStatus* captureStatus) =>
        (CUresult)Native.Streams.cuStreamIsCapturing(Of(stream), ref *(Mc.CUstreamCaptureStatus*)captureStatus);

    public CUresult EventCreate(CUevent* created, CUeventFlags flags) =>
        (CUresult)Native.Events.cuEventCreate(ref *(Mc.CUevent*)created, (Mc.CUEventFlags)flags);

    public CUresult EventDestroy(CUevent recorded) =>
        (CUresult)Native.Events.cuEventDestroy_v2(Of(recorded));

    public CUresult EventRecord(CUevent recorded, CUstream stream) =>
        (CUresult)Native.Events.cuEventRecord(Of(recorded), Of(stream));

    public CUresult EventSynchronize(CUevent recorded) =>
        (CUresult)Native.Events.cuEventSynchronize(Of(recorded));

    public CUresult EventQuery(CUevent recorded) =>
        (CUresult)Native.Events.cuEventQuery(Of(recorded));

    public CUresult EventElapsedTime(float* milliseconds, CUevent start, CUevent end) =>
        (CUresult)Native.Events.cuEventElapsedTime(ref *milliseconds, Of(start), Of(end));

    public CUresult GraphInstantiate(CUgraphExec* executable, CUgraph graph, ulong flags) =>
        (CUresult)Native.GraphManagment.cuGraphInstantiate(ref *(Mc.CUgraphExec*)executable, Of(graph), (Mc.CUgraphInstantiate_flags)flags);

    public CUresult GraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info) =>
        (CUresult)Native.GraphManagment.cuGraphExecUpdate(Of(executable), Of(graph), ref *(Mc.CUgraphExecUpdateResultInfo*)info);

    public CUresult GraphUpload(CUgraphExec executable, CUstream stream) =>
        (CUresult)Native.GraphManagment.cuGraphUpload(Of(executable), Of(stream));

    public CUresult GraphLaunch(CUgraphExec executable, CUstream stream) =>
        (CUresult)Native.GraphManagment.cuGraphLaunch(Of(executable), Of(stream));

    /// <summary>ManagedCuda takes the nodes as an array: null to be told how many there are.</summary>
    public CUresult GraphGetNodes(CUgraph graph, CUgraphNode* nodes, nuint* numNodes)
    {
        if (nodes is null) return (CUresult)Native.GraphManagment.cuGraphGetNodes(Of(graph), null, ref *(Mc.SizeT*)numNodes);
        var room = new Mc.CUgraphNode[checked((int)*numNodes)];
        var result = Native.GraphManagment.cuGraphGetNodes(Of(graph), room, ref *(Mc.SizeT*)numNodes);
        if (result == Mc.CUResult.Success)
        {
            // More room than nodes is filled with none: numNodes then says how many there are.
            for (var i = 0; i < room.Length; i++) nodes[i] = new CUgraphNode(room[i].Pointer);
        }

        return (CUresult)result;
    }

    public CUresult GraphNodeGetType(CUgraphNode node, CUgraphNodeType* type) =>
        (CUresult)Native.GraphManagment.cuGraphNodeGetType(new Mc.CUgraphNode { Pointer = node.Value }, ref *(Mc.CUgraphNodeType*)type);

    public CUresult GraphDestroy(CUgraph graph) =>
        (CUresult)Native.GraphManagment.cuGraphDestroy(Of(graph));

    public CUresult GraphExecDestroy(CUgraphExec executable) =>
        (CUresult)Native.GraphManagment.cuGraphExecDestroy(Of(executable));

    private static Mc.CUevent Of(CUevent recorded) => new() { Pointer = recorded.Value };

    private static Mc.CUgraph Of(CUgraph graph) => new() { Pointer = graph.Value };

    private static Mc.CUgraphExec Of(CUgraphExec executable) => new() { Pointer = executable.Value };
}
