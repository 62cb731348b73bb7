using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Tiles of 4 rows and 2 registers, for 16 registers; see <see cref="Tile"/> for the arguments.</summary>
internal static unsafe class LowTile<T>
    where T : unmanaged, IVector<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product(float* a, nint blockStride, float* b, int blocks, float* bias, float* c, nint rowStride, int rows, TileMode mode)
    {
        T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero;
        T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero;
        for (int block = 0; block < blocks; block++)
        {
            for (int k = 0; k < Tile.Block; k++)
            {
                T p = T.Load(b), q = T.Load(b + T.Width), e;
                e = T.Broadcast(a[0]); x0 = T.MultiplyAdd(e, p, x0); y0 = T.MultiplyAdd(e, q, y0);
                e = T.Broadcast(a[16]); x1 = T.MultiplyAdd(e, p, x1); y1 = T.MultiplyAdd(e, q, y1);
                e = T.Broadcast(a[32]); x2 = T.MultiplyAdd(e, p, x2); y2 = T.MultiplyAdd(e, q, y2);
                e = T.Broadcast(a[48]); x3 = T.MultiplyAdd(e, p, x3); y3 = T.MultiplyAdd(e, q, y3);
                a++;
                b += Tile.Columns;
            }

            a += blockStride - Tile.Block;
        }

        End(c, bias, x0, y0, mode);
        if (rows > 1) End(c + (1 * rowStride), bias, x1, y1, mode);
        if (rows > 2) End(c + (2 * rowStride), bias, x2, y2, mode);
        if (rows > 3) End(c + (3 * rowStride), bias, x3, y3, mode);
    }

    /// <summary>As <see cref="Tile.OuterProduct{T}"/>, for fewer rows and columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct(float* a, float* b, int count, float* w, bool accumulate)
    {
        T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero;
        T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero;
        for (int n = 0; n < count; n++)
        {
            T p = T.Load(b), q = T.Load(b + T.Width), e;
            e = T.Broadcast(a[0]); x0 = T.MultiplyAdd(e, p, x0); y0 = T.MultiplyAdd(e, q, y0);
            e = T.Broadcast(a[1]); x1 = T.MultiplyAdd(e, p, x1); y1 = T.MultiplyAdd(e, q, y1);
            e = T.Broadcast(a[2]); x2 = T.MultiplyAdd(e, p, x2); y2 = T.MultiplyAdd(e, q, y2);
            e = T.Broadcast(a[3]); x3 = T.MultiplyAdd(e, p, x3); y3 = T.MultiplyAdd(e, q, y3);
            a += Tile.Block;
            b += Tile.Block;
        }

        Put(w, x0, y0, accumulate);
        Put(w + (1 * Tile.Columns), x1, y1, accumulate);
        Put(w + (2 * Tile.Columns), x2, y2, accumulate);
        Put(w + (3 * Tile.Columns), x3, y3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, float* bias, T x, T y, TileMode mode)
    {
        if (mode.HasFlag(TileMode.Accumulate))
        {
            x = T.Add(x, T.Load(c));
            y = T.Add(y, T.Load(c + T.Width));
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
        T.Store(y, c + T.Width);
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
