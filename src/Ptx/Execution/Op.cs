using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>One decoded instruction. Operands are byte offsets into a warp's register file.</summary>
internal abstract unsafe class Op
{
    /// <summary>The offset of the guard predicate, or -1.</summary>
    public int Guard { get; set; } = -1;

    /// <summary>All ones when the guard is negated, else 0.</summary>
    public uint GuardFlip { get; set; }

    /// <summary>Whether control may leave after this instruction, or arrive after it: a basic block ends here.</summary>
    public bool EndsBlock { get; set; }

    /// <summary>What it was decoded from, for reports and meters.</summary>
    public Instruction Source { get; set; } = null!;

    /// <summary>Executes for the lanes in the mask (never 0).</summary>
    public abstract void Run(Warp warp, uint mask);
}

/// <summary>What a control instruction tells the warp's loop.</summary>
internal enum Signal
{
    /// <summary>Go on where the flow says.</summary>
    Continue,

    /// <summary>Nothing can run until a barrier is complete.</summary>
    Blocked,
}

/// <summary>An instruction that steers: it sees the active lanes and its guard's mask (which may be 0), and moves the flow
/// itself.</summary>
internal abstract class ControlOp : Op
{
    public abstract Signal Steer(Warp warp, int pc, uint active, uint mask);

    public sealed override void Run(Warp warp, uint mask) =>
        throw new InvalidOperationException("A control instruction is steered, not run.");
}

/// <summary>A place in the register file: the offset of lane 0 and the distance between lanes (4 or 8 bytes).</summary>
internal readonly record struct Slot(int Offset, int Stride);
