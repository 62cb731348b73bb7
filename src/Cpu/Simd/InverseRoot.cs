using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Inverse square roots from a processor's estimates.</summary>
internal static class InverseRoot
{
    /// <summary>A step of Newton's iteration, from 12 or 14 bits to all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Refine<T>(T a, T estimate)
        where T : unmanaged, IVector<T>
    {
        T half = T.Multiply(T.Multiply(T.Broadcast(-0.5f), a), estimate);
        return T.Multiply(estimate, T.MultiplyAdd(half, estimate, T.Broadcast(1.5f)));
    }
}
