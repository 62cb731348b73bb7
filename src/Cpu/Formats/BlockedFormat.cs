using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Activations in blocks of 16 channels: [N][C / 16, rounded up][H * W][16]. Channels beyond C are 0, in values and in gradients: operators keep it so.
/// [N, features] is the same with H = W = 1: row-major, padded to a multiple of 16.
/// </summary>
/// <param name="Logical">[N, C, H, W] or [N, features].</param>
internal sealed record BlockedFormat(Shape Logical) : CpuFormat(Logical)
{
    public override string Layout => Logical.Rank == 4 ? "nchw16c" : "nc16";

    public int Blocks => (Logical.C + Tile.Block - 1) / Tile.Block;

    public int Pixels => Logical.H * Logical.W;

    /// <summary>Floats of one image.</summary>
    public long ImageFloats => (long)Blocks * Pixels * Tile.Block;

    public override long Floats => Logical.N * ImageFloats;

    public override unsafe void Write(float* tensor, ReadOnlySpan<float> canonical)
    {
        NativeMemory.Clear(tensor, (nuint)Bytes);
        int pixels = Pixels, planes = Logical.N * Logical.C;
        for (int plane = 0; plane < planes; plane++)
        {
            float* destination = Plane(tensor, plane);
            ReadOnlySpan<float> source = canonical.Slice(plane * pixels, pixels);
            for (int p = 0; p < source.Length; p++) destination[p * Tile.Block] = source[p];
        }
    }

    public override unsafe void Read(float* tensor, Span<float> canonical)
    {
        int pixels = Pixels, planes = Logical.N * Logical.C;
        for (int plane = 0; plane < planes; plane++)
        {
            float* source = Plane(tensor, plane);
            Span<float> destination = canonical.Slice(plane * pixels, pixels);
            for (int p = 0; p < destination.Length; p++) destination[p] = source[p * Tile.Block];
        }
    }

    /// <summary>The first pixel of a channel of an image; the next is 16 floats on.</summary>
    private unsafe float* Plane(float* tensor, int plane)
    {
        int n = plane / Logical.C, c = plane % Logical.C;
        return tensor + (n * ImageFloats) + ((long)(c / Tile.Block) * Pixels * Tile.Block) + (c % Tile.Block);
    }
}
