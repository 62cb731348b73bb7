using System.Runtime.Intrinsics;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>cvt.s64.s32, mul.wide and mad.wide: 32-bit lanes in, 64-bit lanes out, eight at a time. b and c are -1 where there is
/// none.</summary>
internal sealed unsafe class Widen(int d, int a, int b, int c, bool signed) : Op
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        for (int i = 0; i < 32; i += 8)
        {
            (Vector256<long> low, Vector256<long> high) = Read(r + a, i);
            if (b >= 0)
            {
                (Vector256<long> otherLow, Vector256<long> otherHigh) = Read(r + b, i);
                low *= otherLow;
                high *= otherHigh;
            }

            long* to = (long*)(r + d) + i;
            if (c >= 0)
            {
                low += Vector256.Load((long*)(r + c) + i);
                high += Vector256.Load((long*)(r + c) + i + 4);
            }

            if (mask != Lanes.All)
            {
                low = Vector256.ConditionalSelect(Lanes.Select<long>(mask, i), low, Vector256.Load(to));
                high = Vector256.ConditionalSelect(Lanes.Select<long>(mask, i + 4), high, Vector256.Load(to + 4));
            }

            low.Store(to);
            high.Store(to + 4);
        }
    }

    private (Vector256<long> Low, Vector256<long> High) Read(byte* from, int i)
    {
        if (signed) return Vector256.Widen(Vector256.Load((int*)from + i));
        (Vector256<ulong> low, Vector256<ulong> high) = Vector256.Widen(Vector256.Load((uint*)from + i));
        return (low.AsInt64(), high.AsInt64());
    }
}

/// <summary>cvt.u32.u64: the low halves of 64-bit lanes.</summary>
internal sealed unsafe class Narrow(int d, int a) : Op
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        for (int i = 0; i < 32; i += 8)
        {
            ulong* from = (ulong*)(r + a) + i;
            uint* to = (uint*)(r + d) + i;
            Vector256<uint> value = Vector256.Narrow(Vector256.Load(from), Vector256.Load(from + 4));
            Vector256.ConditionalSelect(Lanes.Select<uint>(mask, i), value, Vector256.Load(to)).Store(to);
        }
    }
}

/// <summary>shl and shr by a number of bits known beforehand and less than the width.</summary>
internal sealed unsafe class ShiftBy<T>(int d, int a, int count, bool left) : Op
    where T : unmanaged, System.Numerics.IShiftOperators<T, int, T>
{
    public override void Run(Warp warp, uint mask)
    {
        T* from = (T*)(warp.Registers + a), to = (T*)(warp.Registers + d);
        for (int i = 0; i < 32; i += Vector256<T>.Count)
        {
            Vector256<T> value = Vector256.Load(from + i);
            value = left ? value << count : value >> count;
            Vector256.ConditionalSelect(Lanes.Select<T>(mask, i), value, Vector256.Load(to + i)).Store(to + i);
        }
    }
}

/// <summary>selp: a where the predicate is true, else b.</summary>
internal sealed unsafe class Select<T>(int d, int a, int b, int predicate, uint flip) : Op
    where T : unmanaged
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        uint chosen = *(uint*)(r + predicate) ^ flip;
        T* pa = (T*)(r + a), pb = (T*)(r + b), pd = (T*)(r + d);
        for (int i = 0; i < 32; i += Vector256<T>.Count)
        {
            Vector256<T> value = Vector256.ConditionalSelect(Lanes.Select<T>(chosen, i), Vector256.Load(pa + i), Vector256.Load(pb + i));
            Vector256.ConditionalSelect(Lanes.Select<T>(mask, i), value, Vector256.Load(pd + i)).Store(pd + i);
        }
    }
}
