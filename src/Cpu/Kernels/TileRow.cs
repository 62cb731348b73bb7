using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>What becomes of the two registers of a tile's row, whatever the tile.</summary>
internal static unsafe class TileRow<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>Ends a row of a product: y lies halfStride behind x, if both are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void End(float* c, nint halfStride, bool both, float* bias, T x, T y, TileMode mode)
    {
        if (mode.HasFlag(TileMode.Accumulate))
        {
            x = T.Add(x, T.Load(c));
            if (both) y = T.Add(y, T.Load(c + halfStride));
        }
        else if (bias != null)
        {
            x = T.Add(x, T.Load(bias));
            if (both) y = T.Add(y, T.Load(bias + T.Width));
        }

        if (mode.HasFlag(TileMode.Relu))
        {
            x = T.Relu(x);
            y = T.Relu(y);
        }

        T.Store(x, c);
        if (both) T.Store(y, c + halfStride);
    }

    /// <summary>Puts a row of an outer product where it belongs: y lies second behind x, if both are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(float* w, nint second, bool both, T x, T y, OuterMode mode)
    {
        if (mode == OuterMode.Stream)
        {
            T.StoreNonTemporal(x, w);
            if (both) T.StoreNonTemporal(y, w + second);
            return;
        }

        if (mode == OuterMode.Accumulate)
        {
            x = T.Add(x, T.Load(w));
            if (both) y = T.Add(y, T.Load(w + second));
        }

        T.Store(x, w);
        if (both) T.Store(y, w + second);
    }
}
