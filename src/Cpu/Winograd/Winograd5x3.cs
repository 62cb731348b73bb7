using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// F(5, 3), points 0, 1, -1, 1/2, -2, infinity, 2: 49 multiplications for 5 by 5 outputs of 3 by 3 taps, of 225. All points but the last are those of <see cref="Winograd4x3"/>, and so are
/// the transformed weights there: its tiles of 4 are the short ones of this scheme.
/// </summary>
internal readonly unsafe struct Winograd5x3 : IWinograd
{
    public static int Outputs => 5;

    public static int Taps => 3;

    public static int Points => 7;

    public static double[] Filter { get; } = [.. Winograd4x3.Filter, 1.0 / 36, 2.0 / 36, 4.0 / 36]; // 36 is the product of 2 less the other points

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T d0 = T.Load(from), d1 = T.Load(from + fromStep), d2 = T.Load(from + (2 * fromStep)), d3 = T.Load(from + (3 * fromStep));
        T d4 = T.Load(from + (4 * fromStep)), d5 = T.Load(from + (5 * fromStep)), d6 = T.Load(from + (6 * fromStep));

        // The weights of the points of Winograd4x3 are not divided by p - 2, so their polynomials are.
        T half = T.Broadcast(-0.5f), four = T.Broadcast(4), five = T.Broadcast(-5);
        T.Store(T.Multiply(T.Broadcast(-2f / 3), T.MultiplyAdd(four, d1, T.MultiplyAdd(five, d3, d5))), to + (3 * toStep));

        // All other polynomials have the factor x - 1/2.
        T u0 = T.MultiplyAdd(half, d0, d1), u1 = T.MultiplyAdd(half, d1, d2), u2 = T.MultiplyAdd(half, d2, d3);
        T u3 = T.MultiplyAdd(half, d3, d4), u4 = T.MultiplyAdd(half, d4, d5), u5 = T.MultiplyAdd(half, d5, d6);
        T.Store(T.Multiply(half, T.MultiplyAdd(four, u0, T.MultiplyAdd(five, u2, u4))), to);
        T.Store(T.MultiplyAdd(four, u1, T.MultiplyAdd(five, u3, u5)), to + (5 * toStep));
        T even = T.MultiplyAdd(four, u2, T.Multiply(T.Broadcast(-1), u4)), odd = T.MultiplyAdd(T.Broadcast(-4), u1, u3);
        T.Store(T.Subtract(even, odd), to + toStep);
        T.Store(T.Multiply(T.Broadcast(1f / 3), T.Add(even, odd)), to + (2 * toStep));
        even = T.Subtract(u4, u2);
        odd = T.Subtract(u3, u1);
        odd = T.Add(odd, odd);
        T.Store(T.Add(even, odd), to + (6 * toStep));
        T.Store(T.Multiply(T.Broadcast(-0.25f), T.Subtract(even, odd)), to + (4 * toStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T plus = T.Load(from + fromStep), minus = T.Load(from + (2 * fromStep)), e1 = T.Add(plus, minus), o1 = T.Subtract(plus, minus);
        plus = T.Load(from + (6 * fromStep));
        minus = T.Load(from + (4 * fromStep));
        T e2 = T.Add(plus, minus), o2 = T.Subtract(plus, minus), h = T.Load(from + (3 * fromStep));
        T.Store(T.Add(T.Add(T.Load(from), e1), T.Add(e2, h)), to);
        T.Store(T.MultiplyAdd(T.Broadcast(0.5f), h, T.MultiplyAdd(T.Broadcast(2), o2, o1)), to + toStep);
        T.Store(T.MultiplyAdd(T.Broadcast(0.25f), h, T.MultiplyAdd(T.Broadcast(4), e2, e1)), to + (2 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(0.125f), h, T.MultiplyAdd(T.Broadcast(8), o2, o1)), to + (3 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(0.0625f), h, T.MultiplyAdd(T.Broadcast(16), e2, T.Add(e1, T.Load(from + (5 * fromStep))))), to + (4 * toStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T y0 = T.Load(from), y1 = T.Load(from + fromStep), y2 = T.Load(from + (2 * fromStep)), y3 = T.Load(from + (3 * fromStep)), y4 = T.Load(from + (4 * fromStep));
        T.Store(y0, to);
        T.Store(y4, to + (5 * toStep));
        T even = T.Add(T.Add(y0, y2), y4), odd = T.Add(y1, y3);
        T.Store(T.Add(even, odd), to + toStep);
        T.Store(T.Subtract(even, odd), to + (2 * toStep));
        even = T.MultiplyAdd(T.Broadcast(16), y4, T.MultiplyAdd(T.Broadcast(4), y2, y0));
        odd = T.MultiplyAdd(T.Broadcast(8), y3, T.Add(y1, y1));
        T.Store(T.Add(even, odd), to + (6 * toStep));
        T.Store(T.Subtract(even, odd), to + (4 * toStep));
        even = T.MultiplyAdd(T.Broadcast(0.0625f), y4, T.MultiplyAdd(T.Broadcast(0.25f), y2, y0));
        odd = T.MultiplyAdd(T.Broadcast(0.125f), y3, T.Multiply(T.Broadcast(0.5f), y1));
        T.Store(T.Add(even, odd), to + (3 * toStep));
    }
}
