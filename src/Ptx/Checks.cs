namespace AlexNetCuda.Ptx;

/// <summary>The checkers, each of which can be on or off.</summary>
[Flags]
public enum Checks
{
    /// <summary>No checker: an access outside every allocation still ends the launch, as it does on a GPU.</summary>
    None = 0,

    /// <summary>Accesses outside an allocation, a shared or local array, or the parameters.</summary>
    OutOfBounds = 1,

    /// <summary>Accesses whose address is not a multiple of their size.</summary>
    Misaligned = 2,

    /// <summary>Accesses to freed allocations.</summary>
    UseAfterFree = 4,

    /// <summary>Reads of global, shared or local bytes that nothing has written.</summary>
    UninitializedRead = 8,

    /// <summary>Two threads of a block, one byte of shared memory, one of them writing, and no barrier between.</summary>
    SharedRace = 16,

    /// <summary>Two blocks of a launch, one byte of global memory, one of them writing, not both atomically.</summary>
    GlobalRace = 32,

    /// <summary>Reads through ld.global.nc of bytes written in the same launch.</summary>
    NonCoherentRead = 64,

    /// <summary>Block barriers and .sync instructions that not all of their lanes reach together.</summary>
    DivergentBarrier = 128,

    /// <summary>Launch shapes, shared memory and arguments that a GPU would refuse.</summary>
    Limits = 256,

    /// <summary>Every checker.</summary>
    All = 511,
}

/// <summary>What a report is about.</summary>
public enum ReportKind
{
    /// <summary>See <see cref="Checks.OutOfBounds"/>.</summary>
    OutOfBounds,

    /// <summary>See <see cref="Checks.Misaligned"/>.</summary>
    Misaligned,

    /// <summary>See <see cref="Checks.UseAfterFree"/>.</summary>
    UseAfterFree,

    /// <summary>A store or atomic to .const variables or kernel parameters.</summary>
    ReadOnlyWrite,

    /// <summary>See <see cref="Checks.UninitializedRead"/>.</summary>
    UninitializedRead,

    /// <summary>See <see cref="Checks.SharedRace"/>.</summary>
    SharedRace,

    /// <summary>See <see cref="Checks.GlobalRace"/>.</summary>
    GlobalRace,

    /// <summary>See <see cref="Checks.NonCoherentRead"/>.</summary>
    NonCoherentRead,

    /// <summary>A block barrier that only some lanes of a warp reached.</summary>
    DivergentBarrier,

    /// <summary>A .sync instruction whose mask names lanes that are elsewhere, or not the lane itself.</summary>
    UnconvergedSync,

    /// <summary>See <see cref="Checks.Limits"/>.</summary>
    Limit,

    /// <summary>Every warp of a block waits for something that cannot come.</summary>
    Deadlock,

    /// <summary>More thread-instructions than <see cref="MachineOptions.InstructionBudget"/>.</summary>
    BudgetExceeded,

    /// <summary>The kernel executed trap.</summary>
    Trap,
}
