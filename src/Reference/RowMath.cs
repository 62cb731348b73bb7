using System.Numerics;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Reference;

/// <summary>
/// The two inner loops that nearly all the time goes into, several elements at a time where rows are contiguous. Everything else is plain loops.
/// </summary>
internal static class RowMath
{
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
}
