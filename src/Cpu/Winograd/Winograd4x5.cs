using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>F(4, 5), points 0, 1, -1, 2, -2, 1/2, -1/2: 64 multiplications for 4 by 4 outputs of 5 by 5 taps, of 400.</summary>
internal readonly unsafe struct Winograd4x5 : IWinograd
{
    public static int Outputs => 4;

    public static int Taps => 5;

    public static int Points => 8;

    // The first row of B' below is that of Toom and Cook with the opposite sign.
    public static double[] Filter { get; } = WinogradPoints.Filter([0, 1, -1, 2, -2, 0.5, -0.5], [-1, 1, 1, 1, 1, 1, 1], 5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T d0 = T.Load(from), d1 = T.Load(from + fromStep), d2 = T.Load(from + (2 * fromStep)), d3 = T.Load(from + (3 * fromStep));
        T d4 = T.Load(from + (4 * fromStep)), d5 = T.Load(from + (5 * fromStep)), d6 = T.Load(from + (6 * fromStep)), d7 = T.Load(from + (7 * fromStep));
        T.Store(T.MultiplyAdd(T.Broadcast(5.25f), T.Subtract(d4, d2), T.Subtract(d0, d6)), to);
        T.Store(T.MultiplyAdd(T.Broadcast(5.25f), T.Subtract(d3, d5), T.Subtract(d7, d1)), to + (7 * toStep));

        // Points come in pairs p and -p: even powers, plus or minus odd powers.
        T even = T.MultiplyAdd(T.Broadcast(-4.25f), d4, T.Add(d2, d6)), odd = T.MultiplyAdd(T.Broadcast(-4.25f), d3, T.Add(d1, d5));
        T.Store(T.Add(even, odd), to + toStep);
        T.Store(T.Subtract(even, odd), to + (2 * toStep));
        even = T.MultiplyAdd(T.Broadcast(0.25f), d2, T.MultiplyAdd(T.Broadcast(-1.25f), d4, d6));
        odd = T.MultiplyAdd(T.Broadcast(2), d5, T.MultiplyAdd(T.Broadcast(-2.5f), d3, T.Multiply(T.Broadcast(0.5f), d1)));
        T.Store(T.Add(even, odd), to + (3 * toStep));
        T.Store(T.Subtract(even, odd), to + (4 * toStep));
        even = T.MultiplyAdd(T.Broadcast(4), d2, T.MultiplyAdd(T.Broadcast(-5), d4, d6));
        odd = T.MultiplyAdd(T.Broadcast(0.5f), d5, T.MultiplyAdd(T.Broadcast(-2.5f), d3, T.Add(d1, d1)));
        T.Store(T.Add(even, odd), to + (5 * toStep));
        T.Store(T.Subtract(even, odd), to + (6 * toStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T plus = T.Load(from + fromStep), minus = T.Load(from + (2 * fromStep)), e1 = T.Add(plus, minus), o1 = T.Subtract(plus, minus);
        plus = T.Load(from + (3 * fromStep));
        minus = T.Load(from + (4 * fromStep));
        T e2 = T.Add(plus, minus), o2 = T.Subtract(plus, minus);
        plus = T.Load(from + (5 * fromStep));
        minus = T.Load(from + (6 * fromStep));
        T e3 = T.Add(plus, minus), o3 = T.Subtract(plus, minus);
        T.Store(T.Add(T.Add(T.Load(from), e1), T.Add(e2, e3)), to);
        T.Store(T.MultiplyAdd(T.Broadcast(0.5f), o3, T.MultiplyAdd(T.Broadcast(2), o2, o1)), to + toStep);
        T.Store(T.MultiplyAdd(T.Broadcast(0.25f), e3, T.MultiplyAdd(T.Broadcast(4), e2, e1)), to + (2 * toStep));
        T.Store(T.MultiplyAdd(T.Broadcast(0.125f), o3, T.MultiplyAdd(T.Broadcast(8), o2, T.Add(o1, T.Load(from + (7 * fromStep))))), to + (3 * toStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<T>(float* from, nint fromStep, float* to, nint toStep)
        where T : unmanaged, IVector<T>
    {
        T y0 = T.Load(from), y1 = T.Load(from + fromStep), y2 = T.Load(from + (2 * fromStep)), y3 = T.Load(from + (3 * fromStep));
        T.Store(y0, to);
        T.Store(y3, to + (7 * toStep));
        T even = T.Add(y0, y2), odd = T.Add(y1, y3);
        T.Store(T.Add(even, odd), to + toStep);
        T.Store(T.Subtract(even, odd), to + (2 * toStep));
        even = T.MultiplyAdd(T.Broadcast(4), y2, y0);
        odd = T.MultiplyAdd(T.Broadcast(8), y3, T.Add(y1, y1));
        T.Store(T.Add(even, odd), to + (3 * toStep));
        T.Store(T.Subtract(even, odd), to + (4 * toStep));
        even = T.MultiplyAdd(T.Broadcast(0.25f), y2, y0);
        odd = T.MultiplyAdd(T.Broadcast(0.125f), y3, T.Multiply(T.Broadcast(0.5f), y1));
        T.Store(T.Add(even, odd), to + (5 * toStep));
        T.Store(T.Subtract(even, odd), to + (6 * toStep));
    }
}
