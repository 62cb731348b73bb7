using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Reference;

/// <summary>
/// The two inner loops that nearly all the time goes into, several elements at a time where rows are contiguous, for one row and for the same row of several planes.
/// Everything else is plain loops.
/// </summary>
internal static class RowMath
{
    /// <summary>The number of planes whose rows are taken at once.</summary>
    public const int Planes = 4;

    /// <summary>y[i * yStride] += a * x[i * xStride] for i from 0 to count - 1.</summary>
    public static void AddScaled(Span<double> y, int yStride, ReadOnlySpan<double> x, int xStride, int count, double a)
    {
        if (yStride == 1 && xStride == 1)
            AddScaled(y[..count], x[..count], a);
        else
            for (int i = 0; i < count; i++) y[i * yStride] += a * x[i * xStride];
    }

    /// <summary>y += a * x.</summary>
    public static void AddScaled(Span<double> y, ReadOnlySpan<double> x, double a)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        ref double firstX = ref MemoryMarshal.GetReference(x), firstY = ref MemoryMarshal.GetReference(y);
        int i = 0;
        var scale = new Vector<double>(a);
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> sum = Vector.LoadUnsafe(ref firstY, (nuint)i) + (scale * Vector.LoadUnsafe(ref firstX, (nuint)i));
            sum.StoreUnsafe(ref firstY, (nuint)i);
        }

        for (; i < y.Length; i++) y[i] += a * x[i];
    }

    /// <summary>y[p * plane + i * yStride] += a[p] * x[i * xStride] for i from 0 to count - 1 and each of the <see cref="Planes"/> p.</summary>
    public static void AddScaled(Span<double> y, int plane, int yStride, ReadOnlySpan<double> x, int xStride, int count, ReadOnlySpan<double> a)
    {
        CheckLength(y, ((Planes - 1) * plane) + ((count - 1) * yStride) + 1);
        CheckLength(x, ((count - 1) * xStride) + 1);
        CheckLength(a, Planes);
        ref double y0 = ref MemoryMarshal.GetReference(y), y1 = ref Unsafe.Add(ref y0, plane), y2 = ref Unsafe.Add(ref y1, plane), y3 = ref Unsafe.Add(ref y2, plane);
        ref double x0 = ref MemoryMarshal.GetReference(x);
        double a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
        int i = 0;
        if (yStride == 1 && xStride == 1)
        {
            Vector<double> s0 = new(a0), s1 = new(a1), s2 = new(a2), s3 = new(a3);
            for (; i <= count - Vector<double>.Count; i += Vector<double>.Count)
            {
                Vector<double> value = Vector.LoadUnsafe(ref x0, (nuint)i);
                (Vector.LoadUnsafe(ref y0, (nuint)i) + (s0 * value)).StoreUnsafe(ref y0, (nuint)i);
                (Vector.LoadUnsafe(ref y1, (nuint)i) + (s1 * value)).StoreUnsafe(ref y1, (nuint)i);
                (Vector.LoadUnsafe(ref y2, (nuint)i) + (s2 * value)).StoreUnsafe(ref y2, (nuint)i);
                (Vector.LoadUnsafe(ref y3, (nuint)i) + (s3 * value)).StoreUnsafe(ref y3, (nuint)i);
            }
        }

        for (; i < count; i++)
        {
            double value = Unsafe.Add(ref x0, i * xStride);
            Unsafe.Add(ref y0, i * yStride) += a0 * value;
            Unsafe.Add(ref y1, i * yStride) += a1 * value;
            Unsafe.Add(ref y2, i * yStride) += a2 * value;
            Unsafe.Add(ref y3, i * yStride) += a3 * value;
        }
    }

    /// <summary>products[p] = the sum of x[i] * y[p * plane + i * yStride] for i from 0 to count - 1, for each of the <see cref="Planes"/> p.</summary>
    public static void Dots(Span<double> products, ReadOnlySpan<double> x, ReadOnlySpan<double> y, int plane, int yStride, int count)
    {
        CheckLength(y, ((Planes - 1) * plane) + ((count - 1) * yStride) + 1);
        CheckLength(x, count);
        CheckLength(products, Planes);
        ref double y0 = ref MemoryMarshal.GetReference(y), y1 = ref Unsafe.Add(ref y0, plane), y2 = ref Unsafe.Add(ref y1, plane), y3 = ref Unsafe.Add(ref y2, plane);
        ref double x0 = ref MemoryMarshal.GetReference(x);
        double d0 = 0, d1 = 0, d2 = 0, d3 = 0;
        int i = 0;
        if (yStride == 1)
        {
            Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= count - Vector<double>.Count; i += Vector<double>.Count)
            {
                Vector<double> value = Vector.LoadUnsafe(ref x0, (nuint)i);
                s0 += value * Vector.LoadUnsafe(ref y0, (nuint)i);
                s1 += value * Vector.LoadUnsafe(ref y1, (nuint)i);
                s2 += value * Vector.LoadUnsafe(ref y2, (nuint)i);
                s3 += value * Vector.LoadUnsafe(ref y3, (nuint)i);
            }

            (d0, d1, d2, d3) = (Vector.Sum(s0), Vector.Sum(s1), Vector.Sum(s2), Vector.Sum(s3));
        }

        for (; i < count; i++)
        {
            double value = Unsafe.Add(ref x0, i);
            d0 += value * Unsafe.Add(ref y0, i * yStride);
            d1 += value * Unsafe.Add(ref y1, i * yStride);
            d2 += value * Unsafe.Add(ref y2, i * yStride);
            d3 += value * Unsafe.Add(ref y3, i * yStride);
        }

        products[0] = d0;
        products[1] = d1;
        products[2] = d2;
        products[3] = d3;
    }

    /// <summary>The sum of x[i] * y[i * yStride] for i from 0 to count - 1.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int yStride, int count)
    {
        if (yStride == 1) return Dot(x[..count], y[..count]);
        double sum = 0;
        for (int i = 0; i < count; i++) sum += x[i] * y[i * yStride];
        return sum;
    }

    /// <summary>The sum of x[i] * y[i].</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        ref double firstX = ref MemoryMarshal.GetReference(x), firstY = ref MemoryMarshal.GetReference(y);
        int i = 0;
        Vector<double> sums = default;
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count)
            sums += Vector.LoadUnsafe(ref firstX, (nuint)i) * Vector.LoadUnsafe(ref firstY, (nuint)i);
        double sum = Vector.Sum(sums);
        for (; i < y.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    private static void CheckLength(ReadOnlySpan<double> span, int needed) => ArgumentOutOfRangeException.ThrowIfLessThan(span.Length, needed, nameof(span));
}
