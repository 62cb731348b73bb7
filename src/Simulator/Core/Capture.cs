using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A capture in progress: the stream it began in, those that joined, and the graph that grows.</summary>
internal sealed class Capture(SimulatedStream origin, CUstreamCaptureMode mode)
{
    private readonly List<SimulatedStream> _members = [];

    public SimulatedStream Origin { get; } = origin;

    public CUstreamCaptureMode Mode { get; } = mode;

    public int Thread { get; } = Environment.CurrentManagedThreadId;

    public Graph Graph { get; } = new(origin.Context);

    /// <summary>Whether something forbidden was done: it can only be ended, without a graph.</summary>
    public bool IsSpoilt { get; set; }

    public bool IsEnded { get; private set; }

    /// <summary>Lets a stream take part from some nodes on.</summary>
    public void Join(SimulatedStream stream, IEnumerable<GraphNode> after)
    {
        _members.Add(stream);
        stream.Capture = this;
        stream.CapturedAfter = [.. after];
    }

    public void Add(SimulatedStream stream, Command command)
    {
        GraphNode node = Graph.Add(command, stream.CapturedAfter);
        stream.CapturedAfter = [node];
    }

    /// <summary>Whether the work of every stream that joined comes before what the first stream would do next.</summary>
    public bool IsJoined()
    {
        var before = new HashSet<GraphNode>();
        var open = new Stack<GraphNode>(Origin.CapturedAfter);
        while (open.TryPop(out GraphNode? node))
        {
            if (!before.Add(node)) continue;
            foreach (GraphNode earlier in node.After) open.Push(earlier);
        }

        return _members.TrueForAll(stream => stream.CapturedAfter.TrueForAll(before.Contains));
    }

    /// <summary>The streams are as before.</summary>
    public void End()
    {
        IsEnded = true;
        foreach (SimulatedStream stream in _members)
        {
            stream.Capture = null;
            stream.CapturedAfter = [];
        }

        Origin.Context.Core.Captures.Remove(this);
    }
}
