using System.Numerics;
using System.Runtime.Intrinsics;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>and, or, xor and not of predicates.</summary>
internal sealed unsafe class PredicateLogic(int to, (int Offset, uint Flip) a, (int Offset, uint Flip) b, Func<uint, uint, uint> f) : Op
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        PredicateOps.Put(warp, to, mask, f(*(uint*)(r + a.Offset) ^ a.Flip, *(uint*)(r + b.Offset) ^ b.Flip));
    }
}

/// <summary>How setp combines a comparison with a predicate.</summary>
internal enum Combine { None, And, Or, Xor }

/// <summary>setp and set: compares, combines, and writes the outcome and its opposite.</summary>
internal abstract unsafe class Compare : Op
{
    /// <summary>Where the outcome goes; -1 for nowhere.</summary>
    public int Outcome { get; set; } = -1;

    /// <summary>Where the opposite of the comparison, combined likewise, goes; -1 for nowhere.</summary>
    public int Opposite { get; set; } = -1;

    public Combine Combine { get; set; }

    public (int Offset, uint Flip) Other { get; set; }

    /// <summary>For set: a register that gets one value or another.</summary>
    public (Slot Slot, uint True)? Value { get; set; }

    public sealed override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        uint result = Test(r, mask), opposite = ~result;
        if (Combine != Combine.None)
        {
            uint other = *(uint*)(r + Other.Offset) ^ Other.Flip;
            result = Merge(result, other);
            opposite = Merge(opposite, other);
        }

        if (Outcome >= 0) PredicateOps.Put(warp, Outcome, mask, result);
        if (Opposite >= 0) PredicateOps.Put(warp, Opposite, mask, opposite);
        if (Value is not { } value) return;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = Lanes.First(mask);
            RawSlot.Put(warp, value.Slot, lane, (result >> lane & 1) != 0 ? value.True : 0);
        }
    }

    protected abstract uint Test(byte* registers, uint mask);

    private uint Merge(uint a, uint b) => Combine switch
    {
        Combine.And => a & b,
        Combine.Or => a | b,
        _ => a ^ b,
    };
}

/// <summary>A comparison of 32- or 64-bit lanes.</summary>
internal sealed unsafe class VectorComparison<T, TF>(int a, int b) : Compare
    where T : unmanaged
    where TF : struct, IBinary<T>
{
    protected override uint Test(byte* registers, uint mask) => VectorCompare.Run<T, TF>(registers, a, b);
}

/// <summary>A comparison of lanes of any type.</summary>
internal sealed unsafe class LaneComparison<T>(Slot a, Slot b, Func<T, T, bool> f) : Compare
    where T : unmanaged
{
    protected override uint Test(byte* registers, uint mask)
    {
        uint result = 0;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (f(*(T*)(registers + a.Offset + lane * a.Stride), *(T*)(registers + b.Offset + lane * b.Stride))) result |= 1u << lane;
        }

        return result;
    }
}

/// <summary>testp: a property of a number.</summary>
internal sealed unsafe class PropertyTest<T>(Slot a, Func<T, bool> f) : Compare
    where T : unmanaged
{
    protected override uint Test(byte* registers, uint mask)
    {
        uint result = 0;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (f(*(T*)(registers + a.Offset + lane * a.Stride))) result |= 1u << lane;
        }

        return result;
    }
}

/// <summary>Flushes subnormals before a vector comparison.</summary>
internal readonly struct FlushedSingles<TF> : IBinary<float>
    where TF : struct, IBinary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => TF.Apply(SingleRules.Flush(a), SingleRules.Flush(b));
}
