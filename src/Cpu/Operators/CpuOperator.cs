using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>An operator of the CPU device.</summary>
internal abstract class CpuOperator : IOperator
{
    public abstract OperatorNeeds Needs { get; }

    public abstract string Algorithm { get; }

    public abstract void Bind(Bindings bindings);

    public abstract void Forward(ThreadTeam team, in StepState state);

    public virtual void Backward(ThreadTeam team, in StepState state) =>
        throw new InvalidOperationException($"{GetType().Name} was made without a backward pass.");

    public void Dispose()
    {
        // All memory is the executable's.
    }

    /// <summary>The first float of a buffer of this device; null for no buffer.</summary>
    protected static unsafe float* Floats(IBuffer? buffer) => buffer is null ? null : ((CpuBuffer)buffer).Floats;
}
