namespace AlexNetCuda.Ptx.Execution;

/// <summary>Copies an argument to a function's parameter, or its result back, lane by lane.</summary>
internal sealed unsafe class CopyParameter(long to, long from, long bytes) : Op
{
    public override void Run(Warp warp, uint mask)
    {
        long size = warp.Block.Launch.Program.CallParameterBytes;
        for (; mask != 0; mask &= mask - 1)
        {
            byte* area = warp.CallParameters + Lanes.First(mask) * size;
            Buffer.MemoryCopy(area + from, area + to, bytes, bytes);
        }
    }
}
