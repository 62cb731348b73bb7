using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Tiles of 8 rows and 2 registers, for 32 registers of 16 floats; see <see cref="Tile"/> for the arguments.</summary>
internal static unsafe class TallTile<T>
    where T : unmanaged, IVector<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product(float* a, nint blockStride, float* b, int blocks, float* bias, float* c, nint rowStride, nint halfStride, int rows, int halves, TileMode mode)
    {
        T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero, x4 = T.Zero, x5 = T.Zero, x6 = T.Zero, x7 = T.Zero;
        T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero, y4 = T.Zero, y5 = T.Zero, y6 = T.Zero, y7 = T.Zero;
        for (int block = 0; block < blocks; block++)
        {
            for (int k = 0; k < Tile.Block; k++)
            {
                T p = T.Load(b), q = T.Load(b + T.Width), e;
                e = T.Broadcast(a[0]); x0 = T.MultiplyAdd(e, p, x0); y0 = T.MultiplyAdd(e, q, y0);
                e = T.Broadcast(a[16]); x1 = T.MultiplyAdd(e, p, x1); y1 = T.MultiplyAdd(e, q, y1);
                e = T.Broadcast(a[32]); x2 = T.MultiplyAdd(e, p, x2); y2 = T.MultiplyAdd(e, q, y2);
                e = T.Broadcast(a[48]); x3 = T.MultiplyAdd(e, p, x3); y3 = T.MultiplyAdd(e, q, y3);
                e = T.Broadcast(a[64]); x4 = T.MultiplyAdd(e, p, x4); y4 = T.MultiplyAdd(e, q, y4);
                e = T.Broadcast(a[80]); x5 = T.MultiplyAdd(e, p, x5); y5 = T.MultiplyAdd(e, q, y5);
                e = T.Broadcast(a[96]); x6 = T.MultiplyAdd(e, p, x6); y6 = T.MultiplyAdd(e, q, y6);
                e = T.Broadcast(a[112]); x7 = T.MultiplyAdd(e, p, x7); y7 = T.MultiplyAdd(e, q, y7);
                a++;
                b += Tile.Columns;
            }

            a += blockStride - Tile.Block;
        }

        bool second = halves == 2;
        End(c, halfStride, second, bias, x0, y0, mode);
        if (rows > 1) End(c + (1 * rowStride), halfStride, second, bias, x1, y1, mode);
        if (rows > 2) End(c + (2 * rowStride), halfStride, second, bias, x2, y2, mode);
        if (rows > 3) End(c + (3 * rowStride), halfStride, second, bias, x3, y3, mode);
        if (rows > 4) End(c + (4 * rowStride), halfStride, second, bias, x4, y4, mode);
        if (rows > 5) End(c + (5 * rowStride), halfStride, second, bias, x5, y5, mode);
        if (rows > 6) End(c + (6 * rowStride), halfStride, second, bias, x6, y6, mode);
        if (rows > 7) End(c + (7 * rowStride), halfStride, second, bias, x7, y7, mode);
    }

    /// <summary>W = (W) + A^T B; see <see cref="Tile.OuterProduct{T}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct(float* a, float* b, nint halfStride, int count, float* w, bool accumulate)
    {
        T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero, x4 = T.Zero, x5 = T.Zero, x6 = T.Zero, x7 = T.Zero;
        T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero, y4 = T.Zero, y5 = T.Zero, y6 = T.Zero, y7 = T.Zero;
        for (int n = 0; n < count; n++)
        {
            T p = T.Load(b), q = T.Load(b + halfStride), e;
            e = T.Broadcast(a[0]); x0 = T.MultiplyAdd(e, p, x0); y0 = T.MultiplyAdd(e, q, y0);
            e = T.Broadcast(a[1]); x1 = T.MultiplyAdd(e, p, x1); y1 = T.MultiplyAdd(e, q, y1);
            e = T.Broadcast(a[2]); x2 = T.MultiplyAdd(e, p, x2); y2 = T.MultiplyAdd(e, q, y2);
            e = T.Broadcast(a[3]); x3 = T.MultiplyAdd(e, p, x3); y3 = T.MultiplyAdd(e, q, y3);
            e = T.Broadcast(a[4]); x4 = T.MultiplyAdd(e, p, x4); y4 = T.MultiplyAdd(e, q, y4);
            e = T.Broadcast(a[5]); x5 = T.MultiplyAdd(e, p, x5); y5 = T.MultiplyAdd(e, q, y5);
            e = T.Broadcast(a[6]); x6 = T.MultiplyAdd(e, p, x6); y6 = T.MultiplyAdd(e, q, y6);
            e = T.Broadcast(a[7]); x7 = T.MultiplyAdd(e, p, x7); y7 = T.MultiplyAdd(e, q, y7);
            a += Tile.Block;
            b += Tile.Block;
        }

        Put(w, x0, y0, accumulate);
        Put(w + (1 * Tile.Columns), x1, y1, accumulate);
        Put(w + (2 * Tile.Columns), x2, y2, accumulate);
        Put(w + (3 * Tile.Columns), x3, y3, accumulate);
        Put(w + (4 * Tile.Columns), x4, y4, accumulate);
        Put(w + (5 * Tile.Columns), x5, y5, accumulate);
        Put(w + (6 * Tile.Columns), x6, y6, accumulate);
        Put(w + (7 * Tile.Columns), x7, y7, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, nint halfStride, bool second, float* bias, T x, T y, TileMode mode)
    {
        if (mode.HasFlag(TileMode.Accumulate))
        {
            x = T.Add(x, T.Load(c));
            if (second) y = T.Add(y, T.Load(c + halfStride));
        }
        else if (bias != null)
        {
            x = T.Add(x, T.Load(bias));
            y = T.Add(y, T.Load(bias + T.Width));
        }

        if (mode.HasFlag(TileMode.Relu))
        {
            x = T.Relu(x);
            y = T.Relu(y);
        }

        T.Store(x, c);
        if (second) T.Store(y, c + halfStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* w, T x, T y, bool accumulate)
    {
        if (accumulate)
        {
            x = T.Add(x, T.Load(w));
            y = T.Add(y, T.Load(w + T.Width));
        }

        T.Store(x, w);
        T.Store(y, w + T.Width);
    }
}
