namespace AlexNetCuda.Simulator.Core;

/// <summary>A graph as it was captured: nodes in an order in which they could run.</summary>
internal sealed class Graph(SimulatedContext context)
{
    public SimulatedContext Context { get; } = context;

    public List<GraphNode> Nodes { get; } = [];

    public GraphNode Add(Command command, IEnumerable<GraphNode> after)
    {
        var node = new GraphNode(Nodes.Count, command, [.. after.Distinct()]);
        node.Handle = Context.Core.NewHandle("CUgraphNode_st", node, Context, owned: true);
        Nodes.Add(node);
        return node;
    }

    public void Release()
    {
        foreach (GraphNode node in Nodes) Context.Core.ReleaseHandle<GraphNode>(node.Handle, Context);
    }
}

/// <summary>A node of a graph.</summary>
internal sealed class GraphNode(int index, Command command, IReadOnlyList<GraphNode> after)
{
    public int Index { get; } = index;

    public Command Command { get; } = command;

    public IReadOnlyList<GraphNode> After { get; } = after;

    public nint Handle { get; set; }
}
