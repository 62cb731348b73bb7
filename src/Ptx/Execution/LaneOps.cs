using System.Numerics;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>d = f(a), lane by lane: for what is too rare to be worth a vector.</summary>
internal sealed unsafe class LaneUnary<TA, TD>(Slot d, Slot a, Func<TA, TD> f) : Op
    where TA : unmanaged
    where TD : unmanaged
{
    public override void Run(Warp warp, uint mask)
    {
        byte* pa = warp.Registers + a.Offset, pd = warp.Registers + d.Offset;
        for (; mask != 0; mask &= mask - 1)
        {
            int i = BitOperations.TrailingZeroCount(mask);
            *(TD*)(pd + i * d.Stride) = f(*(TA*)(pa + i * a.Stride));
        }
    }
}

/// <summary>d = f(a, b), lane by lane.</summary>
internal sealed unsafe class LaneBinary<TA, TB, TD>(Slot d, Slot a, Slot b, Func<TA, TB, TD> f) : Op
    where TA : unmanaged
    where TB : unmanaged
    where TD : unmanaged
{
    public override void Run(Warp warp, uint mask)
    {
        byte* pa = warp.Registers + a.Offset, pb = warp.Registers + b.Offset, pd = warp.Registers + d.Offset;
        for (; mask != 0; mask &= mask - 1)
        {
            int i = BitOperations.TrailingZeroCount(mask);
            *(TD*)(pd + i * d.Stride) = f(*(TA*)(pa + i * a.Stride), *(TB*)(pb + i * b.Stride));
        }
    }
}

/// <summary>d = f(a, b, c), lane by lane.</summary>
internal sealed unsafe class LaneTernary<TA, TB, TC, TD>(Slot d, Slot a, Slot b, Slot c, Func<TA, TB, TC, TD> f) : Op
    where TA : unmanaged
    where TB : unmanaged
    where TC : unmanaged
    where TD : unmanaged
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        for (; mask != 0; mask &= mask - 1)
        {
            int i = BitOperations.TrailingZeroCount(mask);
            *(TD*)(r + d.Offset + i * d.Stride) = f(
                *(TA*)(r + a.Offset + i * a.Stride), *(TB*)(r + b.Offset + i * b.Stride), *(TC*)(r + c.Offset + i * c.Stride));
        }
    }
}

/// <summary>Does something to a warp that fits no other shape.</summary>
internal sealed class WarpOp(Action<Warp, uint> action) : Op
{
    public override void Run(Warp warp, uint mask) => action(warp, mask);
}
