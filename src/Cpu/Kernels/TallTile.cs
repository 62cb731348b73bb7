using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Tiles of 8 rows and 2 registers of 16 floats, one of each of two panels, for 32 registers; see <see cref="Tile"/> for the arguments.</summary>
internal static unsafe class TallTile<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>Up to 8 rows of a product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product(
        in ProductShape shape, float* a, float* b, nint second, float* bias, float* c, nint rowStride, nint halfStride, int rows, int halves, TileMode mode, ref Ahead ahead)
    {
        T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero, x4 = T.Zero, x5 = T.Zero, x6 = T.Zero, x7 = T.Zero;
        T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero, y4 = T.Zero, y5 = T.Zero, y6 = T.Zero, y7 = T.Zero;
        nint step = shape.RowStep, jump = shape.BlockStep - shape.Depth;
        int depth = shape.Depth;
        for (int block = shape.Blocks; block > 0; block--)
        {
            ahead.Ask(); // twice: rows are passed in half as many tiles as with 16 registers
            ahead.Ask();
            for (int k = depth; k > 0; k--)
            {
                T p = T.Load(b), q = T.Load(b + second), e;
                e = T.Broadcast(a[0]); x0 = T.MultiplyAdd(e, p, x0); y0 = T.MultiplyAdd(e, q, y0);
                e = T.Broadcast(a[step]); x1 = T.MultiplyAdd(e, p, x1); y1 = T.MultiplyAdd(e, q, y1);
                e = T.Broadcast(a[2 * step]); x2 = T.MultiplyAdd(e, p, x2); y2 = T.MultiplyAdd(e, q, y2);
                e = T.Broadcast(a[3 * step]); x3 = T.MultiplyAdd(e, p, x3); y3 = T.MultiplyAdd(e, q, y3);
                e = T.Broadcast(a[4 * step]); x4 = T.MultiplyAdd(e, p, x4); y4 = T.MultiplyAdd(e, q, y4);
                e = T.Broadcast(a[5 * step]); x5 = T.MultiplyAdd(e, p, x5); y5 = T.MultiplyAdd(e, q, y5);
                e = T.Broadcast(a[6 * step]); x6 = T.MultiplyAdd(e, p, x6); y6 = T.MultiplyAdd(e, q, y6);
                e = T.Broadcast(a[7 * step]); x7 = T.MultiplyAdd(e, p, x7); y7 = T.MultiplyAdd(e, q, y7);
                a++;
                b += Tile.Block;
            }

            a += jump;
        }

        bool both = halves == 2;
        TileRow<T>.End(c, halfStride, both, bias, x0, y0, mode);
        if (rows > 1) TileRow<T>.End(c + (1 * rowStride), halfStride, both, bias, x1, y1, mode);
        if (rows > 2) TileRow<T>.End(c + (2 * rowStride), halfStride, both, bias, x2, y2, mode);
        if (rows > 3) TileRow<T>.End(c + (3 * rowStride), halfStride, both, bias, x3, y3, mode);
        if (rows > 4) TileRow<T>.End(c + (4 * rowStride), halfStride, both, bias, x4, y4, mode);
        if (rows > 5) TileRow<T>.End(c + (5 * rowStride), halfStride, both, bias, x5, y5, mode);
        if (rows > 6) TileRow<T>.End(c + (6 * rowStride), halfStride, both, bias, x6, y6, mode);
        if (rows > 7) TileRow<T>.End(c + (7 * rowStride), halfStride, both, bias, x7, y7, mode);
    }

    /// <summary>Up to 8 rows of an outer product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct(in OuterShape shape, float* a, float* b, nint halfStride, float* w, nint second, int rows, int halves, OuterMode mode)
    {
        T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero, x4 = T.Zero, x5 = T.Zero, x6 = T.Zero, x7 = T.Zero;
        T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero, y4 = T.Zero, y5 = T.Zero, y6 = T.Zero, y7 = T.Zero;
        nint step = shape.Step, jump = shape.LineStep - (shape.Count * shape.Step), gradientJump = shape.GradientLineStep - (shape.Count * Tile.Block);
        nint ahead = shape.Ahead;
        int count = shape.Count;
        if (mode != OuterMode.Stream) Ahead.Rows(w, second, halves);
        for (int line = shape.Lines; line > 0; line--)
        {
            for (int n = count; n > 0; n--)
            {
                T p = T.Load(b), q = T.Load(b + halfStride), e;
                Ahead.Ask(a + ahead);
                e = T.Broadcast(a[0]); x0 = T.MultiplyAdd(e, p, x0); y0 = T.MultiplyAdd(e, q, y0);
                e = T.Broadcast(a[1]); x1 = T.MultiplyAdd(e, p, x1); y1 = T.MultiplyAdd(e, q, y1);
                e = T.Broadcast(a[2]); x2 = T.MultiplyAdd(e, p, x2); y2 = T.MultiplyAdd(e, q, y2);
                e = T.Broadcast(a[3]); x3 = T.MultiplyAdd(e, p, x3); y3 = T.MultiplyAdd(e, q, y3);
                e = T.Broadcast(a[4]); x4 = T.MultiplyAdd(e, p, x4); y4 = T.MultiplyAdd(e, q, y4);
                e = T.Broadcast(a[5]); x5 = T.MultiplyAdd(e, p, x5); y5 = T.MultiplyAdd(e, q, y5);
                e = T.Broadcast(a[6]); x6 = T.MultiplyAdd(e, p, x6); y6 = T.MultiplyAdd(e, q, y6);
                e = T.Broadcast(a[7]); x7 = T.MultiplyAdd(e, p, x7); y7 = T.MultiplyAdd(e, q, y7);
                a += step;
                b += Tile.Block;
            }

            a += jump;
            b += gradientJump;
        }

        bool both = halves == 2;
        TileRow<T>.Put(w, second, both, x0, y0, mode);
        if (rows > 1) TileRow<T>.Put(w + (1 * Tile.Block), second, both, x1, y1, mode);
        if (rows > 2) TileRow<T>.Put(w + (2 * Tile.Block), second, both, x2, y2, mode);
        if (rows > 3) TileRow<T>.Put(w + (3 * Tile.Block), second, both, x3, y3, mode);
        if (rows > 4) TileRow<T>.Put(w + (4 * Tile.Block), second, both, x4, y4, mode);
        if (rows > 5) TileRow<T>.Put(w + (5 * Tile.Block), second, both, x5, y5, mode);
        if (rows > 6) TileRow<T>.Put(w + (6 * Tile.Block), second, both, x6, y6, mode);
        if (rows > 7) TileRow<T>.Put(w + (7 * Tile.Block), second, both, x7, y7, mode);
    }
}
