namespace AlexNetCuda.Ptx.Execution;

/// <summary>Fills the registers that stand for special registers (PTX ISA, "Special Registers") when a block begins.</summary>
internal static unsafe class SpecialValues
{
    public static void Fill(Warp warp, byte* slot, int stride, string name)
    {
        Block block = warp.Block;
        LaunchConfiguration shape = block.Launch.Configuration;
        int x = shape.Block.X, y = shape.Block.Y, first = warp.Index * 32;
        for (int i = 0; i < 32; i++)
        {
            int thread = first + i;
            ulong value = name switch
            {
                "%tid.x" => (ulong)(thread % x),
                "%tid.y" => (ulong)(thread / x % y),
                "%tid.z" => (ulong)(thread / (x * y)),
                "%ntid.x" => (ulong)x,
                "%ntid.y" => (ulong)y,
                "%ntid.z" => (ulong)shape.Block.Z,
                "%ctaid.x" => (ulong)block.Index.X,
                "%ctaid.y" => (ulong)block.Index.Y,
                "%ctaid.z" => (ulong)block.Index.Z,
                "%nctaid.x" => (ulong)shape.Grid.X,
                "%nctaid.y" => (ulong)shape.Grid.Y,
                "%nctaid.z" => (ulong)shape.Grid.Z,
                "%laneid" => (ulong)i,
                "%warpid" => (ulong)warp.Index,
                "%nwarpid" => (ulong)((shape.Block.Count + 31) / 32),
                "%smid" => 0,
                "%nsmid" => 1,
                "%gridid" => 1,
                "%lanemask_eq" => 1u << i,
                "%lanemask_le" => (uint)((2ul << i) - 1),
                "%lanemask_lt" => (1u << i) - 1,
                "%lanemask_ge" => ~((1u << i) - 1),
                "%lanemask_gt" => ~(uint)((2ul << i) - 1),
                "%dynamic_smem_size" => (ulong)shape.DynamicSharedBytes,
                "%total_smem_size" => (ulong)block.SharedBytes,
                _ => 0,
            };
            if (stride == 8) ((ulong*)slot)[i] = value;
            else ((uint*)slot)[i] = (uint)value;
        }
    }
}
