using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A stream.</summary>
internal sealed class SimulatedStream(SimulatedContext context, string name, bool blocking)
{
    public SimulatedContext Context { get; } = context;

    public Lane Lane { get; } = context.Core.Scheduler.AddLane(name, context);

    /// <summary>Whether it waits for the legacy stream, and the legacy stream for it.</summary>
    public bool IsBlocking { get; } = blocking;

    public bool IsLegacy { get; init; }

    /// <summary>The capture that it takes part in, if any, spoilt or not.</summary>
    public Capture? Capture { get; set; }

    /// <summary>The nodes of the captured graph that its next node comes after.</summary>
    public List<GraphNode> CapturedAfter { get; set; } = [];
}

/// <summary>An event.</summary>
internal sealed class SimulatedEvent(SimulatedContext context, CUeventFlags flags)
{
    public SimulatedContext Context { get; } = context;

    public CUeventFlags Flags { get; } = flags;

    /// <summary>The operation of the last record outside captures; null before the first.</summary>
    public Operation? Record { get; set; }

    /// <summary>The capture in which it was recorded last; null when that was outside captures.</summary>
    public Capture? Capture { get; set; }

    public List<GraphNode> CapturedAfter { get; set; } = [];
}
