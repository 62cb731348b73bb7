using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>The ways of ld and st that most accesses take: 4-byte elements in consecutive lanes, with nobody watching.</summary>
internal static unsafe class Coalesced
{
    /// <summary>Whether lanes 0 to 31 hold addresses that each lie a step after the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Consecutive(ulong* addresses, ulong step)
    {
        Vector256<ulong> expected = Vector256.Create(addresses[0]) + Vector256.Create(0, step, 2 * step, 3 * step);
        Vector256<ulong> next = Vector256.Create(4 * step), wrong = Vector256<ulong>.Zero;
        for (int i = 0; i < 32; i += 4)
        {
            wrong |= expected ^ Vector256.Load(addresses + i);
            expected += next;
        }

        return wrong == Vector256<ulong>.Zero;
    }

    public static void Copy128(byte* from, byte* to)
    {
        for (int i = 0; i < 128; i += 32) Vector256.Load(from + i).Store(to + i);
    }
}

/// <summary>ld: one, two or four elements a lane (PTX ISA, "ld").</summary>
internal sealed unsafe class Load(Slot[] destinations, bool signed) : MemoryOp
{
    private readonly bool _whole32 = destinations.All(d => d.Stride == 4);

    public override void Run(Warp warp, uint mask)
    {
        if (warp.Block.Observer is null && TryFast(warp, mask)) return;
        uint good = Resolve(warp, mask);
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            byte* from = (byte*)warp.Hosts[lane];
            // A read that was reported gives zeros.
            bool real = (good >> lane & 1) != 0;
            for (int i = 0; i < destinations.Length; i++)
                Put(warp.Registers + destinations[i].Offset + lane * destinations[i].Stride, destinations[i].Stride, real
                    ? Get(from + i * ElementBytes) : 0);
        }
    }

    private ulong Get(byte* from) => ElementBytes switch
    {
        1 => signed ? (ulong)*(sbyte*)from : *from,
        2 => signed ? (ulong)*(short*)from : *(ushort*)from,
        4 => signed ? (ulong)*(int*)from : *(uint*)from,
        _ => *(ulong*)from,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(byte* slot, int stride, ulong value)
    {
        if (stride == 8) *(ulong*)slot = value;
        else *(uint*)slot = (uint)value;
    }

    private bool TryFast(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        switch (Space)
        {
            case StateSpace.Global or StateSpace.Constant when Base.Stride == 8:
                Allocation? allocation = warp.Block.Cache[CacheIndex];
                if (allocation is null || allocation.IsFreed) return false;
                return ElementBytes == 4 && _whole32 ? Global4(warp, mask, allocation) : GlobalAny(warp, mask, allocation);
            case StateSpace.Parameter when Base.Offset == ZeroBase && (ulong)Displacement < Program.CallParameterBase:
                return Broadcast(warp, mask);
            case StateSpace.Shared when ElementBytes == 4 && _whole32:
                return Shared4(r, mask, warp.Block.Shared, (ulong)warp.Block.SharedBytes);
            default:
                return false;
        }
    }

    /// <summary>The slot of a constant zero, the base of an address that has none; -1 when the program has no such slot.</summary>
    public int ZeroBase { get; init; } = -1;

    private bool Broadcast(Warp warp, uint mask)
    {
        Launch launch = warp.Block.Launch;
        if (Displacement + Bytes > launch.Program.ParameterBytes || Displacement % Bytes != 0) return false;
        for (int i = 0; i < destinations.Length; i++)
        {
            ulong value = Get(launch.Parameters + Displacement + i * ElementBytes);
            Slot to = destinations[i];
            for (uint left = mask; left != 0; left &= left - 1)
                Put(warp.Registers + to.Offset + Lanes.First(left) * to.Stride, to.Stride, value);
        }

        return true;
    }

    private bool Global4(Warp warp, uint mask, Allocation allocation)
    {
        byte* r = warp.Registers;
        ulong* addresses = (ulong*)(r + Base.Offset);
        ulong shift = (ulong)Displacement - allocation.Address, last = (ulong)(allocation.Bytes - Bytes);
        if ((ulong)Bytes > (ulong)allocation.Bytes) return false;
        byte* host = allocation.Host;
        if (mask == Lanes.All && destinations.Length == 1 && Coalesced.Consecutive(addresses, 4))
        {
            ulong offset = addresses[0] + shift;
            if (offset > last || last - offset < 124 || (offset & 3) != 0) return false;
            Coalesced.Copy128(host + offset, r + destinations[0].Offset);
            return true;
        }

        ulong misaligned = (ulong)Bytes - 1;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong offset = addresses[lane] + shift;
            if (offset > last || (offset & misaligned) != 0) return false;
            for (int i = 0; i < destinations.Length; i++) ((uint*)(r + destinations[i].Offset))[lane] = ((uint*)(host + offset))[i];
        }

        return true;
    }

    private bool GlobalAny(Warp warp, uint mask, Allocation allocation)
    {
        byte* r = warp.Registers;
        ulong* addresses = (ulong*)(r + Base.Offset);
        ulong shift = (ulong)Displacement - allocation.Address, last = (ulong)(allocation.Bytes - Bytes), misaligned = (ulong)Bytes - 1;
        if ((ulong)Bytes > (ulong)allocation.Bytes) return false;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong offset = addresses[lane] + shift;
            if (offset > last || (offset & misaligned) != 0) return false;
            for (int i = 0; i < destinations.Length; i++)
                Put(r + destinations[i].Offset + lane * destinations[i].Stride, destinations[i].Stride,
                    Get(allocation.Host + offset + (ulong)(i * ElementBytes)));
        }

        return true;
    }

    private bool Shared4(byte* r, uint mask, byte* shared, ulong size)
    {
        ulong misaligned = (ulong)Bytes - 1;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong offset = AddressOf(r, lane);
            if (offset >= size || size - offset < (ulong)Bytes || (offset & misaligned) != 0) return false;
            for (int i = 0; i < destinations.Length; i++) ((uint*)(r + destinations[i].Offset))[lane] = ((uint*)(shared + offset))[i];
        }

        return true;
    }
}

/// <summary>st: one, two or four elements a lane (PTX ISA, "st").</summary>
internal sealed unsafe class Store(Slot[] sources) : MemoryOp
{
    private readonly bool _whole32 = sources.All(d => d.Stride == 4);

    public override void Run(Warp warp, uint mask)
    {
        if (warp.Block.Observer is null && TryFast(warp, mask)) return;
        uint good = Resolve(warp, mask);
        for (uint left = good; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            byte* to = (byte*)warp.Hosts[lane];
            for (int i = 0; i < sources.Length; i++)
                Put(to + i * ElementBytes, warp.Registers + sources[i].Offset + lane * sources[i].Stride);
        }
    }

    private void Put(byte* to, byte* slot)
    {
        switch (ElementBytes)
        {
            case 1: *to = *slot; break;
            case 2: *(ushort*)to = *(ushort*)slot; break;
            case 4: *(uint*)to = *(uint*)slot; break;
            default: *(ulong*)to = *(ulong*)slot; break;
        }
    }

    private bool TryFast(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        if (Space == StateSpace.Global && Base.Stride == 8)
        {
            Allocation? allocation = warp.Block.Cache[CacheIndex];
            if (allocation is null || allocation.IsFreed || allocation.IsReadOnly || Bytes > allocation.Bytes) return false;
            return Global(r, mask, allocation);
        }

        if (Space != StateSpace.Shared || ElementBytes != 4 || !_whole32) return false;
        ulong size = (ulong)warp.Block.SharedBytes, misaligned = (ulong)Bytes - 1;
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong offset = AddressOf(r, lane);
            if (offset >= size || size - offset < (ulong)Bytes || (offset & misaligned) != 0) return false;
            for (int i = 0; i < sources.Length; i++) ((uint*)(warp.Block.Shared + offset))[i] = ((uint*)(r + sources[i].Offset))[lane];
        }

        return true;
    }

    // Lanes write in order, so that of several writers to one address the last stays. Returning false half way is harmless: the slow way
    // writes the same again.
    private bool Global(byte* r, uint mask, Allocation allocation)
    {
        ulong* addresses = (ulong*)(r + Base.Offset);
        ulong shift = (ulong)Displacement - allocation.Address, last = (ulong)(allocation.Bytes - Bytes), misaligned = (ulong)Bytes - 1;
        byte* host = allocation.Host;
        if (mask == Lanes.All && ElementBytes == 4 && _whole32 && sources.Length == 1 && Coalesced.Consecutive(addresses, 4))
        {
            ulong offset = addresses[0] + shift;
            if (offset > last || last - offset < 124 || (offset & 3) != 0) return false;
            Coalesced.Copy128(r + sources[0].Offset, host + offset);
            return true;
        }

        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong offset = addresses[lane] + shift;
            if (offset > last || (offset & misaligned) != 0) return false;
            for (int i = 0; i < sources.Length; i++)
                Put(host + offset + (ulong)(i * ElementBytes), r + sources[i].Offset + lane * sources[i].Stride);
        }

        return true;
    }
}
