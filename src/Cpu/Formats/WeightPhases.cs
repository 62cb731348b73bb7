namespace AlexNetCuda.Cpu;

/// <summary>
/// The weights of a convolution of stride s as those of one of stride 1 whose channels are (channel, row in a cell, column in a cell) of <see cref="PhaseFormat"/>: tap (y, x) of channel
/// (c, i, j) is tap (s * y + i, s * x + j) of channel c, or 0 where the kernel does not reach. With a stride of 1 nothing changes.
/// </summary>
/// <param name="Logical">[out, in / groups, height, width].</param>
/// <param name="Stride">s.</param>
internal readonly record struct WeightPhases(Shape Logical, int Stride)
{
    public int Channels => Logical.C * Stride * Stride;

    public int TapRows => (Logical.H + Stride - 1) / Stride;

    public int TapColumns => (Logical.W + Stride - 1) / Stride;

    public int Taps => TapRows * TapColumns;

    /// <summary>Where a tap lies among the canonical ones of an output channel, or -1 where it is 0.</summary>
    public long Index(int channel, int tap)
    {
        (int c, int phase) = Math.DivRem(channel, Stride * Stride);
        int y = (tap / TapColumns * Stride) + (phase / Stride), x = (tap % TapColumns * Stride) + (phase % Stride);
        return c < Logical.C && y < Logical.H && x < Logical.W ? ((((long)c * Logical.H) + y) * Logical.W) + x : -1;
    }
}
