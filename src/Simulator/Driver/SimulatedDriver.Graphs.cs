using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <content>Graphs and their executables.</content>
internal sealed unsafe partial class SimulatedDriver
{
    private const ulong InstantiateFlags = 0xF;
    private const ulong DeviceLaunchFlag = 4;
    private int _executables;

    public CUresult GraphInstantiate(CUgraphExec* executable, CUgraph graph, ulong flags)
    {
        using Call call = Begin("cuGraphInstantiateWithFlags", $"{Name(graph.Value)}, {flags}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (executable is null || (flags & ~InstantiateFlags) != 0) return call.End(CUresult.ErrorInvalidValue);
        if (core.Handles.Find<Graph>(graph.Value) is not { } known) return call.End(CUresult.ErrorInvalidValue);
        if ((flags & DeviceLaunchFlag) != 0) return call.End(CUresult.ErrorNotSupported);
        var made = new GraphExecutable(known, ++_executables);
        *executable = new CUgraphExec(core.NewHandle("CUgraphExec_st", made, context));
        return call.End(CUresult.Success, Name(executable->Value));
    }

    public CUresult GraphExecUpdate(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info)
    {
        using Call call = Begin("cuGraphExecUpdate_v2", $"{Name(executable.Value)}, {Name(graph.Value)}");
        if (!call.Begins(out SimulatedContext _)) return call.Status;
        if (info is null) return call.End(CUresult.ErrorInvalidValue);
        *info = new CUgraphExecUpdateResultInfo { Result = CUgraphExecUpdateResult.Error };
        if (core.Handles.Find<GraphExecutable>(executable.Value) is not { } known || core.Handles.Find<Graph>(graph.Value) is not { } other)
            return call.End(CUresult.ErrorInvalidValue);
        info->Result = known.Update(other, out GraphNode? node);
        info->ErrorNode = new CUgraphNode(node?.Handle ?? 0);
        return call.End(info->Result == CUgraphExecUpdateResult.Success ? CUresult.Success : CUresult.ErrorGraphExecUpdateFailure);
    }

    public CUresult GraphUpload(CUgraphExec executable, CUstream stream)
    {
        using Call call = Begin("cuGraphUpload", $"{Name(executable.Value)}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (core.Handles.Find<GraphExecutable>(executable.Value) is null) return call.End(CUresult.ErrorInvalidValue);
        if (context.StreamOf(stream) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (known.Capture is { } capture) return call.End(SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureUnsupported));
        return call.End(core.Submit(known, new MarkCommand("cuGraphUpload"), out _));
    }

    public CUresult GraphLaunch(CUgraphExec executable, CUstream stream)
    {
        using Call call = Begin("cuGraphLaunch", $"{Name(executable.Value)}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (core.Handles.Find<GraphExecutable>(executable.Value) is not { } known) return call.End(CUresult.ErrorInvalidValue);
        if (context.StreamOf(stream) is not { } target || !ReferenceEquals(target.Context, known.Context))
            return call.End(CUresult.ErrorInvalidHandle);
        // A real driver makes a node of it, with the graph inside; nobody here nests graphs.
        if (target.Capture is { } capture) return call.End(SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureUnsupported));
        if (SimulatorCore.ImplicitCapture(target)) return call.End(CUresult.ErrorStreamCaptureImplicit);
        known.Launch(target);
        return call.End(CUresult.Success);
    }

    public CUresult GraphGetNodes(CUgraph graph, CUgraphNode* nodes, nuint* numNodes)
    {
        using Call call = Begin("cuGraphGetNodes", Name(graph.Value));
        if (!call.Begins()) return call.Status;
        if (numNodes is null || core.Handles.Find<Graph>(graph.Value) is not { } known) return call.End(CUresult.ErrorInvalidValue);
        if (nodes is not null)
        {
            for (nuint i = 0; i < *numNodes; i++)
                nodes[i] = new CUgraphNode(i < (nuint)known.Nodes.Count ? known.Nodes[(int)i].Handle : 0);
        }

        nuint given = nodes is null ? nuint.MaxValue : *numNodes;
        *numNodes = Math.Min(given, (nuint)known.Nodes.Count);
        return call.End(CUresult.Success, $"{*numNodes}");
    }

    public CUresult GraphNodeGetType(CUgraphNode node, CUgraphNodeType* type)
    {
        using Call call = Begin("cuGraphNodeGetType", Name(node.Value));
        if (!call.Begins()) return call.Status;
        if (type is null || core.Handles.Find<GraphNode>(node.Value) is not { } known) return call.End(CUresult.ErrorInvalidValue);
        *type = known.Command.NodeType;
        return call.End(CUresult.Success, $"{*type}");
    }

    public CUresult GraphDestroy(CUgraph graph)
    {
        using Call call = Begin("cuGraphDestroy", Name(graph.Value));
        if (!call.Begins()) return call.Status;
        if (core.Handles.Find<Graph>(graph.Value) is not { } known) return call.End(CUresult.ErrorInvalidValue);
        known.Release();
        core.ReleaseHandle<Graph>(graph.Value, known.Context);
        return call.End(CUresult.Success);
    }

    public CUresult GraphExecDestroy(CUgraphExec executable)
    {
        using Call call = Begin("cuGraphExecDestroy", Name(executable.Value));
        if (!call.Begins()) return call.Status;
        if (core.Handles.Find<GraphExecutable>(executable.Value) is not { } known) return call.End(CUresult.ErrorInvalidValue);
        known.Close();
        core.ReleaseHandle<GraphExecutable>(executable.Value, known.Context);
        return call.End(known.Context.Sticky);
    }
}
