namespace AlexNetCuda.Ptx.Execution;

/// <summary>One lane of a register as raw bits.</summary>
internal static unsafe class RawSlot
{
    public static ulong Get(Warp warp, Slot slot, int lane)
    {
        byte* at = warp.Registers + slot.Offset + lane * slot.Stride;
        return slot.Stride == 8 ? *(ulong*)at : *(uint*)at;
    }

    public static void Put(Warp warp, Slot slot, int lane, ulong value)
    {
        byte* at = warp.Registers + slot.Offset + lane * slot.Stride;
        if (slot.Stride == 8) *(ulong*)at = value;
        else *(uint*)at = (uint)value;
    }
}

/// <summary>Predicates: a lane a bit.</summary>
internal static unsafe class PredicateOps
{
    public static void Put(Warp warp, int offset, uint mask, uint value)
    {
        uint* at = (uint*)(warp.Registers + offset);
        *at = (*at & ~mask) | (value & mask);
    }
}
