using System.Runtime.CompilerServices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>The numbers of a local response normalisation, and the power that it takes.</summary>
internal readonly struct LrnFormula<T>
    where T : unmanaged, IVector<T>
{
    private readonly float _bias, _alpha, _beta;
    private readonly bool _roots;

    public LrnFormula(LrnLayer layer)
    {
        (_bias, _alpha, _beta) = (layer.Bias, layer.Alpha, layer.Beta);
        // Inverse roots are taken from estimates, which are for normal numbers.
        _roots = _beta == 0.75f && _bias > 1e-30f;
    }

    /// <summary>-2 alpha beta, the factor of the gradient's sum.</summary>
    public T GradientFactor => T.Broadcast(-2 * _alpha * _beta);

    /// <summary>s = k + alpha times the sum of squares; no more than the largest number, so that its inverse is not 0 times infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Scale(T squares)
    {
        T s = T.MultiplyAdd(T.Broadcast(_alpha), squares, T.Broadcast(_bias));
        return _roots ? T.Min(s, T.Broadcast(float.MaxValue)) : s;
    }

    /// <summary>s to the power of -beta; and, for the gradient, 1 / s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Power(T s, out T inverse)
    {
        if (_roots)
        {
            // s^(-3/4) = r * sqrt(r), r = s^(-1/2), and sqrt(r) = r * r^(-1/2).
            T r = T.InverseSqrt(s);
            inverse = T.Multiply(r, r);
            return T.Multiply(inverse, T.InverseSqrt(r));
        }

        inverse = T.Divide(T.Broadcast(1), s);
        if (_beta == 0.75f)
        {
            T root = T.Sqrt(s);
            return T.Divide(T.Broadcast(1), T.Multiply(root, T.Sqrt(root)));
        }

        if (_beta == 0.5f) return T.Divide(T.Broadcast(1), T.Sqrt(s));
        return _beta == 1f ? inverse : T.Exp(T.Multiply(T.Broadcast(-_beta), T.Log(s)));
    }
}
