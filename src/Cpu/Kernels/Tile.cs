using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

/// <summary>
/// The two products that all convolutions and fully connected layers are made of, a tile of 8 rows and 32 columns at a time, accumulated in registers.
/// Operands are packed in blocks of 16 floats a row: element (row, lane) of block b is at b * blockStride + row * 16 + lane.
/// With AVX-512 a tile is 16 registers; with fewer registers it is made of smaller tiles of 4 rows and 2 registers.
/// (The scheme is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.)
/// </summary>
internal static unsafe class Tile
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 8;

    /// <summary>Columns of a tile: two blocks.</summary>
    public const int Columns = 32;

    /// <summary>Lanes of a block.</summary>
    public const int Block = 16;

    /// <summary>
    /// C[r, j] = (C[r, j] or bias[j] or 0) + sum over k of A[r, k] * B[k, j], r below 8, j below 32.
    /// </summary>
    /// <param name="a">A: element (r, k) at (k / 16) * blockStride + r * 16 + k % 16. All 8 rows are read.</param>
    /// <param name="blockStride">Floats from one block of 16 values of k to the next.</param>
    /// <param name="b">B: element (k, j) at k * 32 + j.</param>
    /// <param name="blocks">The number of blocks of 16 values of k.</param>
    /// <param name="bias">32 biases, or null; not used when accumulating.</param>
    /// <param name="c">C: element (r, j) at r * rowStride + (j / 16) * halfStride + j % 16.</param>
    /// <param name="rowStride">Floats from one row of C to the next.</param>
    /// <param name="halfStride">Floats from columns 0-15 to columns 16-31 of C.</param>
    /// <param name="rows">The rows of C that are written, 1 to 8.</param>
    /// <param name="halves">1 to write columns 0-15 alone, 2 to write all.</param>
    /// <param name="mode">How the tile begins and ends.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product<T>(
        float* a, nint blockStride, float* b, int blocks, float* bias, float* c, nint rowStride, nint halfStride, int rows, int halves, TileMode mode)
        where T : unmanaged, IVector<T>
    {
        if (T.TallTiles)
        {
            TallTile<T>.Product(a, blockStride, b, blocks, bias, c, rowStride, halfStride, rows, halves, mode);
            return;
        }

        for (int row = 0; row < rows; row += 4)
        {
            for (int half = 0; half < halves; half++)
            {
                for (int lane = 0; lane < Block; lane += 2 * T.Width)
                {
                    int column = (half * Block) + lane;
                    LowTile<T>.Product(
                        a + (row * Block), blockStride, b + column, blocks, bias == null ? null : bias + column,
                        c + (row * rowStride) + (half * halfStride) + lane, rowStride, Math.Min(rows - row, 4), mode);
                }
            }
        }
    }

    /// <summary>
    /// W[r, j] = (W[r, j] or 0) + sum over n of A[n, r] * B[n, j], r below 8, j below 32.
    /// </summary>
    /// <param name="a">A: element (n, r) at n * 16 + r.</param>
    /// <param name="b">B: element (n, j) at (j / 16) * halfStride + n * 16 + j % 16.</param>
    /// <param name="halfStride">Floats from columns 0-15 to columns 16-31 of B; 0 where there are only 16.</param>
    /// <param name="count">The number of values of n.</param>
    /// <param name="w">W: element (r, j) at r * 32 + j.</param>
    /// <param name="accumulate">Whether to add to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct<T>(float* a, float* b, nint halfStride, int count, float* w, bool accumulate)
        where T : unmanaged, IVector<T>
    {
        if (T.TallTiles)
        {
            TallTile<T>.OuterProduct(a, b, halfStride, count, w, accumulate);
            return;
        }

        for (int row = 0; row < Rows; row += 4)
            for (int half = 0; half < 2; half++)
                for (int lane = 0; lane < Block; lane += 2 * T.Width)
                    LowTile<T>.OuterProduct(a + row, b + (half * halfStride) + lane, count, w + (row * Columns) + (half * Block) + lane, accumulate);
    }

    /// <summary>Sets columns 16-31 of a panel to 0: where there is no such block, outer products computed them from its neighbour, and they are padding.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="blocks">Its blocks of 16 rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ClearSecondHalf(float* panel, int blocks)
    {
        for (int row = 0; row < blocks * Block; row++) NativeMemory.Clear(panel + (row * Columns) + Block, Block * sizeof(float));
    }
}
