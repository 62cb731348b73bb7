namespace AlexNetCuda.Ptx.Execution;

/// <summary>
/// Where the lanes of a warp are, and which of them run next. Two kinds: <see cref="ConvergingFlow"/> (sm_6x and older) and
/// <see cref="IndependentFlow"/> (sm_7x and later).
/// </summary>
internal abstract class Flow
{
    /// <summary>No reconvergence point: the lanes meet again only when they return or exit.</summary>
    public const int Nowhere = -1;

    /// <summary>All given lanes start at an instruction.</summary>
    public abstract void Begin(uint lanes, int pc);

    /// <summary>Chooses lanes that stand at one instruction; false when all are waiting.</summary>
    public abstract bool Select(Warp warp, out int pc, out uint active);

    /// <summary>Whether any lanes could run now.</summary>
    public abstract bool CanRun(Warp warp);

    /// <summary>The selected lanes go on at an instruction.</summary>
    public abstract void Advance(int pc);

    /// <summary>The selected lanes go to several places; masks are disjoint, not empty, and at least two.</summary>
    public abstract void Split(ReadOnlySpan<(uint Mask, int Pc)> ways, int reconvergence);

    /// <summary>Some selected lanes call a function; the others go on at the return address.</summary>
    public abstract void Call(uint mask, uint others, int target, int returnPc);

    /// <summary>Some selected lanes return from a function; the others go on.</summary>
    public abstract void Return(uint mask, uint others, int nextPc);

    /// <summary>Lanes are gone; those of the selected lanes that stay go on where <see cref="Advance"/> says.</summary>
    public abstract void Exit(Warp warp, uint mask);

    /// <summary>
    /// The selected lanes have reached a .sync instruction that names lanes (a mask a lane). True: run it now, for the lanes given
    /// back. False: others must come first.
    /// </summary>
    public abstract bool Meet(Warp warp, int pc, uint active, ReadOnlySpan<uint> masks, out uint group);

    /// <summary>The selected lanes have reached a block barrier. True: the warp arrives with the lanes given back.</summary>
    public abstract bool MeetBarrier(Warp warp, int pc, uint active, out uint arriving);

    /// <summary>The lanes that arrived at a barrier wait there.</summary>
    public abstract void Wait(uint lanes, int pc, int barrier);

    /// <summary>The barrier is complete: its waiting lanes go on after it.</summary>
    public abstract void Release(int barrier);

    /// <summary>The number of places where lanes wait for a barrier or for each other, with the instruction each waits at.</summary>
    public abstract IEnumerable<(uint Lanes, int Pc)> Waiting();
}
