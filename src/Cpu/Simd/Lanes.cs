using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Lanes moved where the processor has no instruction for it.</summary>
internal static unsafe class Lanes
{
    /// <inheritdoc cref="IVector{T}.Up"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T Up<T>(T before, T a, int lanes)
        where T : unmanaged, IVector<T>
    {
        float* memory = stackalloc float[2 * T.Width];
        T.Store(before, memory);
        T.Store(a, memory + T.Width);
        return T.Load(memory + T.Width - lanes);
    }
}
