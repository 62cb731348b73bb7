namespace AlexNetCuda.Ptx.Execution;

/// <summary>Computes what an atomic leaves in memory from what was there and up to two operands, all as raw bits.</summary>
internal delegate ulong AtomicFunction(ulong old, ulong b, ulong c);

/// <summary>atom and red: lane after lane, in an order drawn by the seed (PTX ISA, "atom", "red").</summary>
internal sealed unsafe class Atomic(Slot? destination, Slot b, Slot? c, AtomicFunction function, AtomicFunction? globalFunction) : MemoryOp
{
    public override void Run(Warp warp, uint mask)
    {
        uint good = Resolve(warp, mask);
        Span<byte> order = stackalloc byte[32];
        int count = 0;
        for (uint left = good; left != 0; left &= left - 1) order[count++] = (byte)Lanes.First(left);
        warp.Block.Random?.Shuffle(order[..count]);
        for (int i = 0; i < count; i++)
        {
            int lane = order[i];
            byte* at = (byte*)warp.Hosts[lane];
            bool shared = at >= warp.Block.Shared && at < warp.Block.Shared + warp.Block.SharedBytes;
            ulong old = Get(at), operand = Get(warp.Registers + b.Offset + lane * b.Stride);
            ulong third = c is { } slot ? Get(warp.Registers + slot.Offset + lane * slot.Stride) : 0;
            Put(at, (shared ? function : globalFunction ?? function)(old, operand, third));
            if (destination is not { } to) continue;
            byte* result = warp.Registers + to.Offset + lane * to.Stride;
            if (to.Stride == 8) *(ulong*)result = old;
            else *(uint*)result = (uint)old;
        }
    }

    private ulong Get(byte* from) => ElementBytes switch
    {
        2 => *(ushort*)from,
        4 => *(uint*)from,
        _ => *(ulong*)from,
    };

    private void Put(byte* to, ulong value)
    {
        switch (ElementBytes)
        {
            case 2: *(ushort*)to = (ushort)value; break;
            case 4: *(uint*)to = (uint)value; break;
            default: *(ulong*)to = value; break;
        }
    }
}
