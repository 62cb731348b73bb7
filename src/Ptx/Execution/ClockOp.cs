namespace AlexNetCuda.Ptx.Execution;

/// <summary>%clock and its kin: a count that grows, the same in every run.</summary>
internal sealed unsafe class ClockOp(Slot destination) : Op
{
    public override void Run(Warp warp, uint mask)
    {
        long now = warp.Ticks++;
        for (; mask != 0; mask &= mask - 1)
        {
            byte* slot = warp.Registers + destination.Offset + Lanes.First(mask) * destination.Stride;
            if (destination.Stride == 8) *(long*)slot = now;
            else *(int*)slot = (int)now;
        }
    }
}
