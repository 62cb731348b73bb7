using System.Runtime.CompilerServices;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>How an instruction uses memory.</summary>
internal enum AccessKind { Load, Store, Atomic }

/// <summary>An instruction that uses memory: it turns addresses into host pointers, and lets the observer see them.</summary>
internal abstract unsafe class MemoryOp : Op
{
    // Generic addresses of shared, local and parameter memory lie in windows far below global memory.
    public const ulong SharedWindow = 0x0100_0000;
    public const ulong LocalWindow = 0x0200_0000;
    public const ulong ParameterWindow = 0x0300_0000;
    public const ulong WindowBytes = 0x0100_0000;

    public required StateSpace Space { get; init; }

    public required AccessKind Kind { get; init; }

    /// <summary>The register with the address.</summary>
    public required Slot Base { get; init; }

    /// <summary>What is added to it.</summary>
    public required long Displacement { get; init; }

    /// <summary>Bytes of one element.</summary>
    public required int ElementBytes { get; init; }

    /// <summary>Elements: 1, 2 or 4.</summary>
    public required int Elements { get; init; }

    /// <summary>Whether it reads through the cache that writes of the same launch do not reach.</summary>
    public bool NonCoherent { get; init; }

    /// <summary>Its place in a block's cache of allocations.</summary>
    public required int CacheIndex { get; init; }

    public int Bytes => ElementBytes * Elements;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected ulong AddressOf(byte* registers, int lane)
    {
        byte* slot = registers + Base.Offset + lane * Base.Stride;
        return (Base.Stride == 8 ? *(ulong*)slot : *(uint*)slot) + (ulong)Displacement;
    }

    /// <summary>Fills the warp's host pointers; lanes whose access was reported and must not happen are taken out of the mask.</summary>
    protected uint Resolve(Warp warp, uint mask)
    {
        AccessObserver? observer = warp.Block.Observer;
        if (observer is not null && mask == Lanes.All && TryRow(warp, observer)) return mask;
        uint good = mask;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong address = AddressOf(warp.Registers, lane);
            warp.Addresses[lane] = address;
            if (!ResolveLane(warp, lane, address, observer)) good &= ~(1u << lane);
        }

        observer?.RequestDone(this);
        return good;
    }

    /// <summary>The lanes one behind the other in global memory, with nothing to report: one look instead of 32.</summary>
    private bool TryRow(Warp warp, AccessObserver observer)
    {
        if (Space != StateSpace.Global || Kind == AccessKind.Atomic || Base.Stride != 8) return false;
        Allocation? allocation = warp.Block.Cache[CacheIndex];
        ulong* addresses = (ulong*)(warp.Registers + Base.Offset);
        int step = Bytes, bytes = 32 * step;
        ulong first = addresses[0] + (ulong)Displacement;
        if (allocation is null || allocation.IsFreed || !allocation.Contains(first, bytes) || (first & (ulong)(step - 1)) != 0) return false;
        if ((Kind == AccessKind.Store && allocation.IsReadOnly) || !Coalesced.Consecutive(addresses, (ulong)step)) return false;
        long offset = (long)(first - allocation.Address);
        if (!observer.SeenRow(warp, this, allocation, offset, bytes)) return false;
        for (int lane = 0; lane < 32; lane++)
        {
            warp.Addresses[lane] = first + (ulong)(lane * step);
            warp.Hosts[lane] = (nint)(allocation.Host + offset + (lane * step));
        }

        return true;
    }

    private bool ResolveLane(Warp warp, int lane, ulong address, AccessObserver? observer)
    {
        StateSpace space = Space;
        if (space == StateSpace.Generic) (space, address) = Classify(address);
        int bytes = Bytes;
        byte* memory;
        long size;
        switch (space)
        {
            case StateSpace.Shared:
                memory = warp.Block.Shared;
                size = warp.Block.SharedBytes;
                break;
            case StateSpace.Local:
                size = warp.Block.Launch.Program.LocalBytes;
                memory = warp.Local + lane * size;
                break;
            case StateSpace.Parameter:
                if (address < Program.CallParameterBase)
                {
                    if (Kind != AccessKind.Load)
                        return Bad(warp, lane, FaultKind.ReadOnlyWrite, "writes a kernel parameter", address, "parameters");
                    memory = warp.Block.Launch.Parameters;
                    size = warp.Block.Launch.Program.ParameterBytes;
                }
                else
                {
                    address -= Program.CallParameterBase;
                    size = warp.Block.Launch.Program.CallParameterBytes;
                    memory = warp.CallParameters + lane * size;
                }

                break;
            default:
                return ResolveGlobal(warp, lane, address, observer);
        }

        if (address > (ulong)size || size - (long)address < bytes)
            return Bad(warp, lane, FaultKind.OutOfBounds,
                $"{Verb()} {bytes} bytes at offset {(long)address} of {size} bytes of {Word(space)} memory", address,
                Word(space) + " memory");
        if ((address & (ulong)(bytes - 1)) != 0) return Misaligned(warp, lane, address, Word(space) + " memory");
        warp.Hosts[lane] = (nint)(memory + address);
        observer?.Seen(warp, this, lane, space, null, (long)address);
        return true;
    }

    private bool ResolveGlobal(Warp warp, int lane, ulong address, AccessObserver? observer)
    {
        Allocation? allocation = warp.Block.Cache[CacheIndex];
        int bytes = Bytes;
        if (allocation is null || allocation.IsFreed || !allocation.Contains(address, bytes))
        {
            allocation = warp.Block.Launch.Memory.FindBelow(address);
            if (allocation is null || !allocation.Contains(address, bytes))
            {
                string where = allocation is null ? "where no allocation is"
                    : allocation.Contains(address, 1) ? "across the end of an allocation"
                    : $"{address - allocation.Address - (ulong)allocation.Bytes} bytes past the end of an allocation";
                return Bad(warp, lane, FaultKind.OutOfBounds, $"{Verb()} {bytes} bytes at 0x{address:x}, {where}", address,
                    allocation?.ToString());
            }

            if (allocation.IsFreed)
                return Bad(warp, lane, FaultKind.UseAfterFree,
                    $"{Verb()} {bytes} bytes at 0x{address:x}, in an allocation that was freed", address, allocation.ToString());
            warp.Block.Cache[CacheIndex] = allocation;
        }

        if ((address & (ulong)(bytes - 1)) != 0) return Misaligned(warp, lane, address, allocation.ToString());
        if (Kind != AccessKind.Load && allocation.IsReadOnly)
            return Bad(warp, lane, FaultKind.ReadOnlyWrite, $"{Verb()} {bytes} bytes of .const memory", address, allocation.ToString());
        long offset = (long)(address - allocation.Address);
        warp.Hosts[lane] = (nint)(allocation.Host + offset);
        observer?.Seen(warp, this, lane, StateSpace.Global, allocation, offset);
        return true;
    }

    private bool Misaligned(Warp warp, int lane, ulong address, string where) =>
        Bad(warp, lane, FaultKind.Misaligned, $"{Verb()} {Bytes} bytes at 0x{address:x}, which is not a multiple of {Bytes}", address,
            where);

    private static bool Bad(Warp warp, int lane, FaultKind kind, string detail, ulong address, string? where)
    {
        Checks check = kind switch
        {
            FaultKind.Misaligned => Checks.Misaligned,
            FaultKind.UseAfterFree => Checks.UseAfterFree,
            _ => Checks.OutOfBounds,
        };
        if (!warp.Block.Launch.Has(check)) throw warp.Block.Fault(warp, lane, kind, detail, address, where);
        warp.Block.Launch.Reports.Add(warp, lane, (ReportKind)kind, detail, address, where);
        return false;
    }

    private static (StateSpace Space, ulong Address) Classify(ulong address)
    {
        if (address - SharedWindow < WindowBytes) return (StateSpace.Shared, address - SharedWindow);
        if (address - LocalWindow < WindowBytes) return (StateSpace.Local, address - LocalWindow);
        if (address - ParameterWindow < WindowBytes) return (StateSpace.Parameter, address - ParameterWindow);
        return (StateSpace.Global, address);
    }

    private string Verb() => Kind switch
    {
        AccessKind.Load => "reads",
        AccessKind.Store => "writes",
        _ => "updates",
    };

    private static string Word(StateSpace space) => space switch
    {
        StateSpace.Shared => "shared",
        StateSpace.Local => "local",
        _ => "parameter",
    };
}
