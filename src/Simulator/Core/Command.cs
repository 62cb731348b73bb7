using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>What an operation does. It may run more than once: as a node of a graph, at each launch of it.</summary>
internal abstract class Command
{
    /// <summary>The exported function that asked for it.</summary>
    public abstract string Name { get; }

    /// <summary>What it is as a node of a graph.</summary>
    public virtual CUgraphNodeType NodeType => CUgraphNodeType.Empty;

    /// <summary>The device memory it touches, as far as that is known before it runs.</summary>
    public virtual IReadOnlyList<MemoryUse> Uses => [];

    /// <summary>The page-locked host memory it touches.</summary>
    public virtual IReadOnlyList<MemoryUse> HostUses => [];

    /// <summary>Does it.</summary>
    /// <returns>How long that takes on the GPU, in seconds of a simple model.</returns>
    public abstract double Run(SimulatedContext context, Operation operation);

    /// <summary>Counts itself as work put into a stream.</summary>
    public virtual void Count(SimulatorCounters counters)
    {
    }

    /// <summary>Whether an executable graph can take another command in this one's place.</summary>
    public virtual CUgraphExecUpdateResult Replace(Command other) =>
        other.NodeType != NodeType ? CUgraphExecUpdateResult.ErrorNodeTypeChanged
        // A copy keeps its direction.
        : NodeType == CUgraphNodeType.Memcpy && other.GetType() != GetType() ? CUgraphExecUpdateResult.ErrorParametersChanged
        : CUgraphExecUpdateResult.Success;
}

/// <summary>A place in a stream: an event's record or wait, a graph's begin or end.</summary>
internal sealed class MarkCommand(string name) : Command
{
    public override string Name => name;

    public override double Run(SimulatedContext context, Operation operation) => ClockModel.MarkSeconds;
}

/// <summary>Work of a simulated library.</summary>
internal sealed class WorkCommand(Work work) : Command
{
    public override string Name => work.Name;

    public override CUgraphNodeType NodeType => CUgraphNodeType.Kernel;

    public override IReadOnlyList<MemoryUse> Uses => work.Uses;

    public override double Run(SimulatedContext context, Operation operation)
    {
        work.Run(context.Device.Memory);
        long bytes = work.Uses.Sum(use => use.Bytes * ((use.Reads ? 1 : 0) + (use.Writes ? 1 : 0)));
        return ClockModel.LaunchSeconds + (bytes / ClockModel.BytesPerSecond(context.Device.Gpu));
    }

    public override void Count(SimulatorCounters counters) => counters.LibraryWorks++;

    public override CUgraphExecUpdateResult Replace(Command other) =>
        base.Replace(other) is var result and not CUgraphExecUpdateResult.Success ? result
        : other is WorkCommand && other.Name == Name ? CUgraphExecUpdateResult.Success
        : CUgraphExecUpdateResult.ErrorFunctionChanged;
}
