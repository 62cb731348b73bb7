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
        fixed (float* from = canonical)
        {
            ForEachColumn(tensor, from, [MethodImpl(MethodImplOptions.AggressiveOptimization)] static (panel, from, rows, column) =>
            {
                for (int i = 0; i < rows.Length; i++) panel[i * Tile.Block] = (rows[i] | column) < 0 ? 0 : from[rows[i] + column];
            });
        }
    }

    public override unsafe void Read(float* tensor, Span<float> canonical)
    {
        fixed (float* to = canonical)
        {
            ForEachColumn(tensor, to, [MethodImpl(MethodImplOptions.AggressiveOptimization)] static (panel, to, rows, column) =>
            {
                for (int i = 0; i < rows.Length; i++)
                    if ((rows[i] | column) >= 0) to[rows[i] + column] = panel[i * Tile.Block];
            });
        }
    }

    /// <summary>Moves some rows of a column between the panels and the canonical weights.</summary>
    /// <param name="panel">The column's float of the first row in its panel; those of the others lie 16 apart.</param>
    /// <param name="canonical">The canonical weights.</param>
    /// <param name="rows">For each row its <see cref="RowIndex"/>.</param>
    /// <param name="column">The column's <see cref="ColumnIndex"/>.</param>
    private unsafe delegate void ColumnMove(float* panel, float* canonical, ReadOnlySpan<long> rows, long column);

    private unsafe void ForEachColumn(float* tensor, float* canonical, ColumnMove move)
    {
        long[] rows = RowIndices();
        Parallel.For(0, Groups * Panels, panel =>
        {
            long* columns = stackalloc long[Tile.Block];
            ColumnIndices(panel, columns);
            for (int first = 0; first < rows.Length; first += RowsAtATime)
            {
                float* part = tensor + (panel * PanelFloats) + ((long)first * Tile.Block);
                ReadOnlySpan<long> some = rows.AsSpan(first, Math.Min(RowsAtATime, rows.Length - first));
                for (int j = 0; j < Tile.Block; j++) move(part + j, canonical, some, columns[j]);
            }
        });
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
