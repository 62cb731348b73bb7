using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>Biases, those of each group padded with 0 to a multiple of 16: the columns of its weight panels.</summary>
/// <param name="Logical">[outputs].</param>
/// <param name="Groups">The number of groups.</param>
internal sealed record BiasFormat(Shape Logical, int Groups) : CpuFormat(Logical)
{
    public override string Layout => "panels of 16";

    public override long Floats => (long)Groups * GroupFloats;

    /// <summary>The floats of one group.</summary>
    public int GroupFloats => (PerGroup + Tile.Block - 1) / Tile.Block * Tile.Block;

    /// <summary>Where an output's bias is.</summary>
    public int Offset(int output) => (output / PerGroup * GroupFloats) + (output % PerGroup);

    /// <summary>Sets one output's value, and with a group's last one the zeros behind it: a tensor of the arena holds what others have left there.</summary>
    public unsafe void Put(float* tensor, int output, float value)
    {
        int offset = Offset(output);
        tensor[offset] = value;
        if ((output + 1) % PerGroup == 0) new Span<float>(tensor + offset + 1, GroupFloats - PerGroup).Clear();
    }

    private int PerGroup => Logical.N / Groups;

    public override unsafe void Write(float* tensor, ReadOnlySpan<float> canonical)
    {
        NativeMemory.Clear(tensor, (nuint)Bytes);
        for (int g = 0; g < Groups; g++) canonical.Slice(g * PerGroup, PerGroup).CopyTo(new Span<float>(tensor + (g * GroupFloats), PerGroup));
    }

    public override unsafe void Read(float* tensor, Span<float> canonical)
    {
        for (int g = 0; g < Groups; g++) new Span<float>(tensor + (g * GroupFloats), PerGroup).CopyTo(canonical.Slice(g * PerGroup, PerGroup));
    }
}
