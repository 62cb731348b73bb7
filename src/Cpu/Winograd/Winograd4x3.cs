using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// F(4, 3), points 0, 1, -1, 1/2, -2: 36 multiplications for 4 by 4 outputs of 3 by 3 taps, of 144. It errs by 0.4 of what <see cref="Winograd5x3"/> does. (The choice of points is
/// that of Barabasz, Anderson, Soodhalter and Gregg, "Error analysis and improving the accuracy of Winograd convolution for deep neural networks", 2020.)
/// </summary>
internal readonly unsafe struct Winograd4x3 : IWinograd
{
    public static int Outputs => 4;

    public static int Taps => 3;

    public static int Points => 6;

    public static double[] Filter { get; } = WinogradPoints.Filter([0, 1, -1, 0.5, -2], [1, 1, 1, 1, 1], 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T d0 = T.Load(from), d1 = T.Load(from + fromStep), d2 = T.Load(from + (2 * fromStep)), d3 = T.Load(from + (3 * fromStep));
        T d4 = T.Load(from + (4 * fromStep)), d5 = T.Load(from + (5 * fromStep));

        // Polynomials with the factor (x - 1/2)(x + 2) = x^2 + 3/2 x - 1.
        T factor = T.Broadcast(1.5f);
        T w0 = T.MultiplyAdd(factor, d1, T.Subtract(d2, d0)), w1 = T.MultiplyAdd(factor, d2, T.Subtract(d3, d1));
        T w2 = T.MultiplyAdd(factor, d3, T.Subtract(d4, d2)), w3 = T.MultiplyAdd(factor, d4, T.Subtract(d5, d3));
        T.Store(T.Subtract(w2, w0), to);
        T.Store(T.Add(w2, w1), to + toStep);
        T.Store(T.Subtract(w2, w1), to + (2 * toStep));
        T.Store(T.Subtract(w3, w1), to + (5 * toStep));

        // Those of 1/2 and -2 have the factor x (x^2 - 1).
        T high = T.Subtract(d4, d2), low = T.Subtract(d3, d1);
        T.Store(T.MultiplyAdd(T.Broadcast(2), low, high), to + (3 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(-0.5f), low, high), to + (4 * toStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T plus = T.Load(from + fromStep), minus = T.Load(from + (2 * fromStep)), even = T.Add(plus, minus), odd = T.Subtract(plus, minus);
        T half = T.Load(from + (3 * fromStep)), two = T.Load(from + (4 * fromStep));
        T.Store(T.Add(T.Add(T.Load(from), even), T.Add(half, two)), to);
        T.Store(T.MultiplyAdd(T.Broadcast(-2), two, T.MultiplyAdd(T.Broadcast(0.5f), half, odd)), to + toStep);
        T.Store(T.MultiplyAdd(T.Broadcast(4), two, T.MultiplyAdd(T.Broadcast(0.25f), half, even)), to + (2 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(-8), two, T.MultiplyAdd(T.Broadcast(0.125f), half, T.Add(odd, T.Load(from + (5 * fromStep))))), to + (3 * toStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T y0 = T.Load(from), y1 = T.Load(from + fromStep), y2 = T.Load(from + (2 * fromStep)), y3 = T.Load(from + (3 * fromStep));
        T.Store(y0, to);
        T.Store(y3, to + (5 * toStep));
        T even = T.Add(y0, y2), odd = T.Add(y1, y3);
        T.Store(T.Add(even, odd), to + toStep);
        T.Store(T.Subtract(even, odd), to + (2 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(0.125f), y3, T.MultiplyAdd(T.Broadcast(0.25f), y2, T.MultiplyAdd(T.Broadcast(0.5f), y1, y0))), to + (3 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(-8), y3, T.MultiplyAdd(T.Broadcast(4), y2, T.MultiplyAdd(T.Broadcast(-2), y1, y0))), to + (4 * toStep));
    }
}
