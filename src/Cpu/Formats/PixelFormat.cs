namespace AlexNetCuda.Cpu;

/// <summary>
/// Images of few channels as a convolution reads them: [N][H + padding][W + padding][C], zeros around, so that the pixels of a kernel's row are one run of floats and no pixel is a
/// special case. After the last image there are some floats more, which a tile of pixels may read.
/// </summary>
/// <param name="Logical">[N, C, H, W].</param>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns on the left.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns on the right.</param>
/// <param name="Slack">Floats after the last image.</param>
internal sealed record PixelFormat(Shape Logical, int Top, int Left, int Bottom, int Right, int Slack) : ImageFormat(Logical)
{
    public override string Layout => "padded nhwc";

    /// <summary>Floats from one row to the next.</summary>
    public int RowFloats => (Left + Logical.W + Right) * Logical.C;

    public override long ImageFloats => (long)(Top + Logical.H + Bottom) * RowFloats;

    public override long Floats => (Logical.N * ImageFloats) + Slack;

    public override int PixelStep => Logical.C;

    public override long RowOffset(int channel, int row) => ((long)(Top + row) * RowFloats) + (Left * Logical.C) + channel;
}
