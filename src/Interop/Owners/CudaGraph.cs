using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>Recorded work of a stream.</summary>
public sealed unsafe class CudaGraph : ContextOwned
{
    internal CudaGraph(CudaContext context, CUgraph handle)
        : base(context) => Handle = handle;

    /// <summary>The graph's handle.</summary>
    public CUgraph Handle { get; }

    /// <summary>What its nodes do, in no particular order.</summary>
    public IReadOnlyList<CUgraphNodeType> GetNodeTypes()
    {
        nuint count = 0;
        Driver.Check(Driver.GraphGetNodes(Handle, null, &count), "cuGraphGetNodes", "counting the nodes of a graph");
        if (count == 0)
        {
            return [];
        }

        var nodes = new CUgraphNode[count];
        var types = new CUgraphNodeType[count];
        fixed (CUgraphNode* first = nodes)
        fixed (CUgraphNodeType* type = types)
        {
            Driver.Check(Driver.GraphGetNodes(Handle, first, &count), "cuGraphGetNodes", "listing the nodes of a graph");
            for (var i = 0; i < nodes.Length; i++)
            {
                Driver.Check(Driver.GraphNodeGetType(nodes[i], type + i), "cuGraphNodeGetType", "asking what a node of a graph does");
            }
        }

        return types;
    }

    /// <summary>Makes it executable.</summary>
    public CudaGraphExec Instantiate()
    {
        CUgraphExec executable;
        Driver.Check(Driver.GraphInstantiate(&executable, Handle, 0), "cuGraphInstantiateWithFlags", "making a graph executable");
        return new CudaGraphExec(Context, executable);
    }

    private protected override void Destroy() => CheckDestroyed(Driver.GraphDestroy(Handle), "cuGraphDestroy", "destroying a graph");
}

/// <summary>Recorded work that can be launched as one.</summary>
public sealed unsafe class CudaGraphExec : ContextOwned
{
    internal CudaGraphExec(CudaContext context, CUgraphExec handle)
        : base(context) => Handle = handle;

    /// <summary>The executable's handle.</summary>
    public CUgraphExec Handle { get; }

    /// <summary>Brings it to the device ahead of its first launch.</summary>
    public void Upload(CudaStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Driver.Check(Driver.GraphUpload(Handle, stream.Handle), "cuGraphUpload", "bringing a graph to the device");
    }

    /// <summary>Puts it into a stream.</summary>
    public void Launch(CudaStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Driver.Check(Driver.GraphLaunch(Handle, stream.Handle), "cuGraphLaunch", "launching a graph");
    }

    /// <summary>Takes the arguments of another graph of the same shape; where the shape differs, says so and stays as it is.</summary>
    public CUgraphExecUpdateResult Update(CudaGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        CUgraphExecUpdateResultInfo info = default;
        var status = Driver.GraphExecUpdate(Handle, graph.Handle, &info);
        if (status != CUresult.ErrorGraphExecUpdateFailure)
        {
            Driver.Check(status, "cuGraphExecUpdate_v2", "updating a graph");
        }

        return info.Result;
    }

    private protected override void Destroy() => CheckDestroyed(Driver.GraphExecDestroy(Handle), "cuGraphExecDestroy", "destroying an executable graph");
}
