using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Weights as the right-hand side of a product: [group][column / 16][row][16], rows and columns padded to multiples of 16, padding 0.
/// What rows and columns are is the matter of the derived formats.
/// </summary>
/// <param name="Logical">The canonical shape of the weights.</param>
internal abstract record PanelFormat(Shape Logical) : CpuFormat(Logical)
{
    public abstract int Groups { get; }

    /// <summary>Blocks of 16 rows in a group.</summary>
    public abstract int RowBlocks { get; }

    /// <summary>Panels of 16 columns in a group.</summary>
    public abstract int Panels { get; }

    /// <summary>Pairs of panels in a group, the last of which may be one panel.</summary>
    public int Pairs => (Panels + 1) / 2;

    /// <summary>Floats of one panel.</summary>
    public long PanelFloats => (long)RowBlocks * Tile.Block * Tile.Block;

    public override long Floats => Groups * Panels * PanelFloats;

    /// <summary>The index of the canonical element at a row and column of a group, or -1 for padding.</summary>
    protected abstract long CanonicalIndex(int group, int row, int column);

    public override unsafe void Write(float* tensor, ReadOnlySpan<float> canonical)
    {
        fixed (float* source = canonical)
        {
            float* from = source;
            Parallel.For(0, Groups * Panels, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (panel) =>
            {
                float* to = tensor + (panel * PanelFloats);
                int group = panel / Panels, first = panel % Panels * Tile.Block, rows = RowBlocks * Tile.Block;
                for (int row = 0; row < rows; row++)
                {
                    for (int j = 0; j < Tile.Block; j++)
                    {
                        long index = CanonicalIndex(group, row, first + j);
                        *to++ = index < 0 ? 0 : from[index];
                    }
                }
            });
        }
    }

    public override unsafe void Read(float* tensor, Span<float> canonical)
    {
        fixed (float* destination = canonical)
        {
            float* to = destination;
            Parallel.For(0, Groups * Panels, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (panel) =>
            {
                float* from = tensor + (panel * PanelFloats);
                int group = panel / Panels, first = panel % Panels * Tile.Block, rows = RowBlocks * Tile.Block;
                for (int row = 0; row < rows; row++)
                {
                    for (int j = 0; j < Tile.Block; j++, from++)
                    {
                        long index = CanonicalIndex(group, row, first + j);
                        if (index >= 0) to[index] = *from;
                    }
                }
            });
        }
    }
}

/// <summary>Weights for the gradient of the input, which are made from those of the forward pass by transposing.</summary>
/// <param name="Logical">The canonical shape of the weights.</param>
internal abstract record TransposedPanelFormat(Shape Logical) : PanelFormat(Logical)
{
    /// <summary>The columns of a group that are in the source, padding lanes included.</summary>
    public abstract int SourceColumns { get; }

    /// <summary>Where a row lies in the panels of the forward pass: column <paramref name="output"/>, and for this format's column j the row firstRow + j.</summary>
    /// <returns>False for a row of padding.</returns>
    public abstract bool Locate(PanelFormat source, int row, out int output, out int firstRow);
}
