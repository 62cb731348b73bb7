using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>How a tile of a product begins and ends.</summary>
[Flags]
internal enum TileMode
{
    /// <summary>Begins at 0 (or at the biases, where there are any).</summary>
    Overwrite = 0,

    /// <summary>Adds to what is there.</summary>
    Accumulate = 1,

    /// <summary>Ends with a rectifier.</summary>
    Relu = 2,
}

/// <summary>What becomes of the sums of an outer product.</summary>
internal enum OuterMode
{
    /// <summary>They are stored.</summary>
    Overwrite,

    /// <summary>They are added to what is there.</summary>
    Accumulate,

    /// <summary>They are stored past the caches: nobody reads them soon, and memory need not be read to be overwritten. The destination is aligned to a register.</summary>
    Stream,
}

/// <summary>The left-hand side of a product: element (row, k) of block b is at b * BlockStep + row * RowStep + k.</summary>
/// <param name="RowStep">Floats from one row to the next.</param>
/// <param name="Depth">Values of k in a block.</param>
/// <param name="BlockStep">Floats from one block to the next.</param>
/// <param name="Blocks">The number of blocks.</param>
internal readonly record struct ProductShape(nint RowStep, int Depth, nint BlockStep, int Blocks);

/// <summary>The sum of an outer product, over lines of values: value n of line l is at l * LineStep + n * Step on the left, and at l * GradientLineStep + n * 16 on the right.</summary>
/// <param name="Step">Floats from one value to the next on the left.</param>
/// <param name="Count">Values in a line.</param>
/// <param name="Lines">The number of lines.</param>
/// <param name="LineStep">Floats from one line to the next on the left.</param>
/// <param name="GradientLineStep">Floats from one line to the next on the right.</param>
/// <param name="Ahead">Floats from a value on the left to one that is needed after this product, and is asked for; or 0.</param>
internal readonly record struct OuterShape(nint Step, int Count, int Lines = 1, nint LineStep = 0, nint GradientLineStep = 0, nint Ahead = 0);

/// <summary>
/// The two products that all convolutions and fully connected layers are made of, accumulated in registers, for one or two panels of 16 columns: with 32 registers (AVX-512) a tile is
/// 8 rows of both panels, with 16 registers 6 or 4 rows of two registers of one panel.
/// (The scheme is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.)
/// </summary>
internal static unsafe class Tile
{
    /// <summary>Rows that chunks of work are multiples of.</summary>
    public const int Rows = 8;

    /// <summary>Lanes of a block, and columns of a panel.</summary>
    public const int Block = 16;

    /// <summary>Floats after the last row of a left-hand side that the last tile may read: what it computes of them is not stored.</summary>
    public const int Slack = 8 * Block;

    /// <summary>The first float at the beginning of a cache line, in memory that has <see cref="Block"/> floats more than are needed: registers of 512 bits are whole lines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* Align(float* memory) => (float*)(((nuint)memory + NativeBlock.Alignment - 1) & ~(nuint)(NativeBlock.Alignment - 1));

    /// <summary>C[r, j] = (C[r, j] or bias[j] or 0) + sum over k of A[r, k] * B[k, j], for any number of rows and one or two panels of columns.</summary>
    /// <param name="a">A: element (r, k) at (k / 16) * blockStride + r * 16 + k % 16; <see cref="Slack"/> floats beyond its end may be read.</param>
    /// <param name="blockStride">Floats from one block of 16 values of k to the next.</param>
    /// <param name="b">B: element (k, j) at (j / 16) * panelStride + k * 16 + j % 16.</param>
    /// <param name="panelStride">Floats from one panel of B to the next.</param>
    /// <param name="blocks">The number of blocks of 16 values of k.</param>
    /// <param name="bias">The biases of the columns, or null; not used when accumulating.</param>
    /// <param name="c">C: element (r, j) at r * rowStride + (j / 16) * halfStride + j % 16.</param>
    /// <param name="rowStride">Floats from one row of C to the next.</param>
    /// <param name="halfStride">Floats from columns 0-15 to columns 16-31 of C.</param>
    /// <param name="rows">The rows of C.</param>
    /// <param name="panels">The panels, 1 or 2.</param>
    /// <param name="mode">How the tiles begin and end.</param>
    /// <param name="ahead">What is needed after this product; asked for meanwhile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product<T>(
        float* a, nint blockStride, float* b, nint panelStride, int blocks, float* bias, float* c, nint rowStride, nint halfStride, int rows, int panels, TileMode mode, ref Ahead ahead)
        where T : unmanaged, IVector<T> =>
        Product<T>(new ProductShape(Block, Block, blockStride, blocks), a, b, panelStride, bias, c, rowStride, halfStride, rows, panels, mode, ref ahead);

    /// <summary>The same, with A of any shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product<T>(
        in ProductShape shape, float* a, float* b, nint panelStride, float* bias, float* c, nint rowStride, nint halfStride, int rows, int panels, TileMode mode,
        ref Ahead ahead)
        where T : unmanaged, IVector<T>
    {
        if (T.TallTiles)
        {
            for (int row = 0; row < rows; row += Rows)
            {
                TallTile<T>.Product(
                    shape, a + (row * shape.RowStep), b, panels == 2 ? panelStride : 0, bias, c + (row * rowStride), rowStride, halfStride, Math.Min(Rows, rows - row), panels, mode, ref ahead);
            }

            return;
        }

        // A panel stays in the first-level cache while all rows pass by. The rows are divided into sixes and fours with least waste.
        int sixes = rows / 6, rest = rows % 6;
        if (rest == 5) sixes++;
        else if (rest is 1 or 2 && sixes > 0) sixes--;
        for (int panel = 0; panel < panels; panel++)
        {
            for (int lane = 0; lane < Block; lane += 2 * T.Width)
            {
                float* with = b + (panel * panelStride) + lane, from = bias == null ? null : bias + (panel * Block) + lane, to = c + (panel * halfStride) + lane;
                int row = 0;
                for (; row < 6 * sixes; row += 6) LowTile<T>.Product6(shape, a + (row * shape.RowStep), with, from, to + (row * rowStride), rowStride, rows - row, mode, ref ahead);
                for (; row < rows; row += 4) LowTile<T>.Product4(shape, a + (row * shape.RowStep), with, from, to + (row * rowStride), rowStride, rows - row, mode, ref ahead);
            }
        }
    }

    /// <summary>W[r, j] = (W[r, j] or 0) + sum over n of A[n, r] * B[n, j], for any number of rows and one or two panels of columns.</summary>
    /// <param name="a">A: element (n, r) at (r / 16) * blockStride + n * 16 + r % 16.</param>
    /// <param name="blockStride">Floats from one block of rows to the next.</param>
    /// <param name="blocks">The number of blocks of 16 rows.</param>
    /// <param name="b">B: element (n, j) at (j / 16) * halfStride + n * 16 + j % 16.</param>
    /// <param name="halfStride">Floats from columns 0-15 to columns 16-31 of B.</param>
    /// <param name="panels">The panels, 1 or 2.</param>
    /// <param name="count">The number of values of n.</param>
    /// <param name="w">W: element (r, j) at (j / 16) * panelStride + r * 16 + j % 16.</param>
    /// <param name="panelStride">Floats from one panel of W to the next.</param>
    /// <param name="mode">What becomes of the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct<T>(float* a, nint blockStride, int blocks, float* b, nint halfStride, int panels, int count, float* w, nint panelStride, OuterMode mode)
        where T : unmanaged, IVector<T>
    {
        const int Most = 128; // values of n whose B stays in the first-level cache
        if (mode == OuterMode.Stream && count > Most) mode = OuterMode.Overwrite; // the sums are read again
        int first = Math.Min(Most, count), asks = ((first * panels / 4) + blocks - 1) / blocks; // a block, for all that is first needed of the next panels' B
        Ahead ahead = Ahead.Of(b + (panels * halfStride), first * Block, panels, halfStride);
        for (int n = 0; n < count; n += Most, mode = OuterMode.Accumulate)
        {
            var shape = new OuterShape(Block, Math.Min(Most, count - n), Ahead: blockStride);
            for (int block = 0; block < blocks; block++)
            {
                for (int asked = 0; asked < asks; asked++) ahead.Ask();
                OuterProduct<T>(shape, a + (block * blockStride) + (n * Block), Block, b + (n * Block), halfStride, panels, w + (block * Block * Block), panelStride, mode);
            }
        }
    }

    /// <summary>
    /// W[r, j] = (W[r, j] or 0) + sum over all values of A[r] * B[j], r below rows, for one or two panels of columns, where the values of A for neighbouring r are neighbours.
    /// </summary>
    /// <param name="shape">Where the values lie.</param>
    /// <param name="a">A: the first value for r = 0. Up to 7 floats beyond the last r are read.</param>
    /// <param name="rows">The rows of W.</param>
    /// <param name="b">B: the first value for j = 0.</param>
    /// <param name="halfStride">Floats from columns 0-15 to columns 16-31 of B.</param>
    /// <param name="panels">The panels, 1 or 2.</param>
    /// <param name="w">W: element (r, j) at (j / 16) * panelStride + r * 16 + j % 16.</param>
    /// <param name="panelStride">Floats from one panel of W to the next.</param>
    /// <param name="mode">What becomes of the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct<T>(in OuterShape shape, float* a, int rows, float* b, nint halfStride, int panels, float* w, nint panelStride, OuterMode mode)
        where T : unmanaged, IVector<T>
    {
        if (T.TallTiles)
        {
            nint second = panels == 2 ? halfStride : 0;
            int row = 0;
            for (; rows - row > 4; row += Rows) TallTile<T>.OuterProduct(shape, a + row, b, second, w + (row * Block), panelStride, rows - row, panels, mode);
            if (row < rows) LowTile<T>.OuterProduct4(shape, a + row, b, second, w + (row * Block), panelStride, rows - row, panels, mode);
            return;
        }

        for (int panel = 0; panel < panels; panel++)
        {
            for (int lane = 0; lane < Block; lane += 2 * T.Width)
            {
                float* with = b + (panel * halfStride) + lane, to = w + (panel * panelStride) + lane;
                int row = 0;
                for (; rows - row > 4; row += 6) LowTile<T>.OuterProduct6(shape, a + row, with, T.Width, to + (row * Block), T.Width, rows - row, 2, mode);
                if (row < rows) LowTile<T>.OuterProduct4(shape, a + row, with, T.Width, to + (row * Block), T.Width, rows - row, 2, mode);
            }
        }
    }
}
