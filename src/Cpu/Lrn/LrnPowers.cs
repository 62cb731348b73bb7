using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>s = k + alpha times a window's sum of squares, and the power that a normalisation takes of it.</summary>
internal interface ILrnPower<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>s to the power of -beta; and, for the gradient, 1 / s.</summary>
    T Power(T squares, out T inverse);
}

/// <summary>Beta is 3/4: by inverse square roots from estimates, which are for normal numbers.</summary>
internal readonly struct LrnInverseRoots<T>(float bias, float alpha) : ILrnPower<T>
    where T : unmanaged, IVector<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Power(T squares, out T inverse)
    {
        // No more than the largest number, so that its inverse is not 0 times infinity.
        T s = T.Min(T.MultiplyAdd(T.Broadcast(alpha), squares, T.Broadcast(bias)), T.Broadcast(float.MaxValue));
        // s^(-3/4) = r * sqrt(r), r = s^(-1/2), and sqrt(r) = r * r^(-1/2).
        T r = T.InverseSqrt(s);
        inverse = T.Multiply(r, r);
        return T.Multiply(inverse, T.InverseSqrt(r));
    }
}

/// <summary>Any beta.</summary>
internal readonly struct LrnAnyPower<T>(float bias, float alpha, float beta) : ILrnPower<T>
    where T : unmanaged, IVector<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Power(T squares, out T inverse)
    {
        T s = T.MultiplyAdd(T.Broadcast(alpha), squares, T.Broadcast(bias));
        inverse = T.Divide(T.Broadcast(1), s);
        if (beta == 0.75f)
        {
            T root = T.Sqrt(s);
            return T.Divide(T.Broadcast(1), T.Multiply(root, T.Sqrt(root)));
        }

        if (beta == 0.5f) return T.Divide(T.Broadcast(1), T.Sqrt(s));
        return beta == 1f ? inverse : T.Exp(T.Multiply(T.Broadcast(-beta), T.Log(s)));
    }
}
