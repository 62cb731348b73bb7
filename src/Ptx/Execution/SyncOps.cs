namespace AlexNetCuda.Ptx.Execution;

/// <summary>bar and barrier: sync, arrive and red (PTX ISA, "bar, barrier").</summary>
internal sealed unsafe class BarrierOp(Slot id, Slot? threads, bool waits, BarrierReduction reduction, int value, uint valueFlip,
    int result) : ControlOp
{
    public override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (mask == 0)
        {
            warp.Flow.Advance(pc + 1);
            return Signal.Continue;
        }

        if (mask != active)
        {
            warp.Flow.Split([(active & ~mask, pc + 1), (mask, pc)], pc + 1);
            return Signal.Continue;
        }

        byte* r = warp.Registers;
        int lane = Lanes.First(mask);
        uint number = *(uint*)(r + id.Offset + lane * id.Stride), count = threads is { } slot
            ? *(uint*)(r + slot.Offset + lane * slot.Stride) : 0;
        if (number >= BlockBarriers.Count)
            throw warp.Block.Fault(warp, lane, FaultKind.OutOfBounds, $"there is no barrier {number}: a block has {BlockBarriers.Count}");
        if (threads is not null && (count == 0 || count % 32 != 0))
            throw warp.Block.Fault(warp, lane, FaultKind.Misaligned, $"a barrier for {count} threads: the number must be a multiple of 32");
        if (!warp.Flow.MeetBarrier(warp, pc, active, out uint arriving)) return Signal.Blocked;
        if (waits) warp.Flow.Wait(arriving, pc, (int)number);
        else warp.Flow.Advance(pc + 1);
        uint values = reduction == BarrierReduction.None ? 0 : *(uint*)(r + value) ^ valueFlip;
        warp.Block.Barriers.Arrive(warp, (int)number, arriving, (int)count, waits, reduction, values, result);
        return waits ? Signal.Blocked : Signal.Continue;
    }
}

/// <summary>A .sync instruction among the lanes that a mask names.</summary>
internal abstract unsafe class LanesMeet(Slot members) : ControlOp
{
    public sealed override Signal Steer(Warp warp, int pc, uint active, uint mask)
    {
        if (mask == 0)
        {
            warp.Flow.Advance(pc + 1);
            return Signal.Continue;
        }

        Span<uint> masks = stackalloc uint[32];
        for (int i = 0; i < 32; i++) masks[i] = *(uint*)(warp.Registers + members.Offset + i * members.Stride);
        if (mask != active)
        {
            // Lanes whose guard is false pass by: they part from those that meet.
            warp.Flow.Split([(active & ~mask, pc + 1), (mask, pc)], pc + 1);
            return Signal.Continue;
        }

        if (!warp.Flow.Meet(warp, pc, mask, masks, out uint group)) return Signal.Blocked;
        Together(warp, group, masks);
        warp.Flow.Advance(pc + 1);
        return Signal.Continue;
    }

    /// <summary>All of the group's lanes are here.</summary>
    protected abstract void Together(Warp warp, uint group, ReadOnlySpan<uint> masks);
}

/// <summary>bar.warp.sync: the one .sync instruction that orders memory among its lanes.</summary>
internal sealed class WarpBarrier(Slot members) : LanesMeet(members)
{
    protected override void Together(Warp warp, uint group, ReadOnlySpan<uint> masks) => warp.Block.Observer?.WarpSynchronized(warp, group);
}

/// <summary>shfl.sync, vote.sync, match.sync and redux.sync: they exchange values and order nothing.</summary>
internal sealed class Exchange(Slot members, Action<Warp, uint> exchange) : LanesMeet(members)
{
    protected override void Together(Warp warp, uint group, ReadOnlySpan<uint> masks) => exchange(warp, group);
}
