using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Weights as the right-hand side of a product: [group][column / 16][row][16], rows and columns padded to multiples of 16, padding 0.
/// What rows and columns are is the matter of the derived formats.
/// </summary>
/// <param name="Logical">The canonical shape of the weights.</param>
internal abstract record PanelFormat(Shape Logical) : CpuFormat(Logical)
{
    // A column of canonical weights lies together and 16 of them often a multiple of 4096 bytes apart, where a cache has room for 8: one column at a time,
    // of as many rows as the panel's part stays in the first-level cache.
    private const int RowsAtATime = 256;

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

    /// <summary>Where the canonical elements of a row begin, or -1 for a row of padding: an element's index is the sum of its row's and its column's.</summary>
    protected abstract long RowIndex(int row);

    /// <summary>How far from the row's beginning the canonical element of a column of a group lies, or -1 for padding.</summary>
    protected abstract long ColumnIndex(int group, int column);

    public override unsafe void Write(float* tensor, ReadOnlySpan<float> canonical)
    {
        fixed (float* source = canonical)
        {
            float* from = source;
            long[] rows = RowIndices();
            Parallel.For(0, Groups * Panels, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (panel) =>
            {
                long* columns = stackalloc long[Tile.Block];
                ColumnIndices(panel, columns);
                float* to = tensor + (panel * PanelFloats);
                for (int first = 0; first < rows.Length; first += RowsAtATime)
                {
                    ReadOnlySpan<long> some = rows.AsSpan(first, Math.Min(RowsAtATime, rows.Length - first));
                    for (int j = 0; j < Tile.Block; j++)
                    {
                        long column = columns[j];
                        for (int i = 0; i < some.Length; i++) to[(i * Tile.Block) + j] = (some[i] | column) < 0 ? 0 : from[some[i] + column];
                    }

                    to += some.Length * Tile.Block;
                }
            });
        }
    }

    public override unsafe void Read(float* tensor, Span<float> canonical)
    {
        fixed (float* destination = canonical)
        {
            float* to = destination;
            long[] rows = RowIndices();
            Parallel.For(0, Groups * Panels, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (panel) =>
            {
                long* columns = stackalloc long[Tile.Block];
                ColumnIndices(panel, columns);
                float* from = tensor + (panel * PanelFloats);
                for (int first = 0; first < rows.Length; first += RowsAtATime)
                {
                    ReadOnlySpan<long> some = rows.AsSpan(first, Math.Min(RowsAtATime, rows.Length - first));
                    for (int j = 0; j < Tile.Block; j++)
                    {
                        long column = columns[j];
                        for (int i = 0; i < some.Length; i++)
                            if ((some[i] | column) >= 0) to[some[i] + column] = from[(i * Tile.Block) + j];
                    }

                    from += some.Length * Tile.Block;
                }
            });
        }
    }

    private unsafe void ColumnIndices(int panel, long* columns)
    {
        for (int j = 0; j < Tile.Block; j++) columns[j] = ColumnIndex(panel / Panels, (panel % Panels * Tile.Block) + j);
    }

    private long[] RowIndices()
    {
        var rows = new long[RowBlocks * Tile.Block];
        for (int row = 0; row < rows.Length; row++) rows[row] = RowIndex(row);
        return rows;
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
