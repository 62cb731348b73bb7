using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A graph made executable: its nodes in branches, each of which is a lane. Launches of it come one after the other.</summary>
internal sealed class GraphExecutable
{
    private readonly (Command Command, int[] After, Lane Lane)[] _nodes;
    private readonly List<Lane> _lanes = [];
    private Operation? _last;

    public GraphExecutable(Graph graph, int number)
    {
        Context = graph.Context;
        _nodes = new (Command, int[], Lane)[graph.Nodes.Count];
        var ends = new Dictionary<int, Lane>();
        foreach (GraphNode node in graph.Nodes)
        {
            // A node goes on the branch of one that it comes after anyway, if that is still the branch's last.
            int before = node.After.Select(n => n.Index).FirstOrDefault(ends.ContainsKey, -1);
            if (!ends.Remove(before, out Lane? lane))
            {
                lane = Context.Core.Scheduler.AddLane($"branch {_lanes.Count + 1} of graph {number}", Context);
                _lanes.Add(lane);
            }

            ends.Add(node.Index, lane);
            _nodes[node.Index] = (node.Command, [.. node.After.Select(n => n.Index)], lane);
        }
    }

    public SimulatedContext Context { get; }

    public void Launch(SimulatedStream stream)
    {
        SimulatorCore core = Context.Core;
        Operation begin = core.Enqueue(stream, new MarkCommand("cuGraphLaunch"), _last);
        var operations = new Operation[_nodes.Length];
        var leaves = new HashSet<int>(Enumerable.Range(0, _nodes.Length));
        for (int i = 0; i < _nodes.Length; i++)
        {
            (Command command, int[] after, Lane lane) = _nodes[i];
            leaves.ExceptWith(after);
            IEnumerable<Operation> before = after.Length == 0 ? [begin] : after.Select(n => operations[n]);
            operations[i] = core.Scheduler.Enqueue(lane, command, before);
        }

        _last = core.Enqueue(stream, new MarkCommand("cuGraphLaunch"), [.. leaves.Order().Select(i => operations[i])]);
        core.Counters.GraphLaunches++;
    }

    /// <summary>Takes over the arguments of a graph of the same shape.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="node">The node of it that does not fit, if one node is to blame.</param>
    public CUgraphExecUpdateResult Update(Graph graph, out GraphNode? node)
    {
        const CUgraphExecUpdateResult Fits = CUgraphExecUpdateResult.Success;
        node = null;
        if (graph.Nodes.Count != _nodes.Length) return CUgraphExecUpdateResult.ErrorTopologyChanged;
        foreach (GraphNode other in graph.Nodes)
        {
            node = other;
            (Command command, int[] after, _) = _nodes[other.Index];
            if (!after.ToHashSet().SetEquals(other.After.Select(n => n.Index))) return CUgraphExecUpdateResult.ErrorTopologyChanged;
            if (command.Replace(other.Command) is var result and not Fits) return result;
        }

        node = null;
        for (int i = 0; i < _nodes.Length; i++) _nodes[i].Command = graph.Nodes[i].Command;
        return Fits;
    }

    /// <summary>No more launches; those that wait still run.</summary>
    public void Close()
    {
        foreach (Lane lane in _lanes) Context.Core.Scheduler.Close(lane);
    }
}
