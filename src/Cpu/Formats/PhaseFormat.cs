namespace AlexNetCuda.Cpu;

/// <summary>
/// Images as a convolution of stride s reads them that is computed as one of stride 1: pixels of a cell of s by s are channels of one pixel, (channel, row in the cell, column in the
/// cell), in blocks of 16. Cells begin with the padding above and on the left, which is 0, as is what lies beyond the image.
/// </summary>
/// <param name="Logical">[N, C, H, W].</param>
/// <param name="Stride">s, 2 or 4: a row of a cell lies in one block.</param>
/// <param name="Top">Rows above the image.</param>
/// <param name="Left">Columns on its left.</param>
/// <param name="Height">Rows of cells.</param>
/// <param name="Width">Columns of cells.</param>
internal sealed record PhaseFormat(Shape Logical, int Stride, int Top, int Left, int Height, int Width) : ImageFormat(Logical)
{
    public override string Layout => $"phases of {Stride}x{Stride}, nchw16c";

    /// <summary>The same memory as the input of a convolution of stride 1.</summary>
    public BlockedFormat Cells => new(new Shape(Logical.N, Logical.C * Stride * Stride, Height, Width));

    public override long ImageFloats => Cells.ImageFloats;

    public override long Floats => Cells.Floats;

    public override int Interleaved => Stride;

    public override int PixelStep => Tile.Block;

    public override long RowOffset(int channel, int row)
    {
        (int y, int inCell) = Math.DivRem(Top + row, Stride);
        (int block, int lane) = Math.DivRem(((channel * Stride) + inCell) * Stride, Tile.Block);
        return ((((long)block * Height) + y) * Width * Tile.Block) + lane;
    }

    public override int PixelOffset(int x) => ((Left + x) / Stride * Tile.Block) + ((Left + x) % Stride);
}
