using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>Between a 32-bit mask of lanes and vectors of lanes.</summary>
internal static class Lanes
{
    public const uint All = uint.MaxValue;

    /// <summary>All ones in the elements whose lanes (from first) are in the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Select<T>(uint mask, int first)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 4)
        {
            Vector256<uint> bits = Vector256.Create(1u, 2, 4, 8, 16, 32, 64, 128);
            return Vector256.Equals(Vector256.Create(mask >> first) & bits, bits).As<uint, T>();
        }
        else
        {
            Vector256<ulong> bits = Vector256.Create(1UL, 2, 4, 8);
            return Vector256.Equals(Vector256.Create((ulong)(mask >> first)) & bits, bits).As<ulong, T>();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(uint mask) => BitOperations.TrailingZeroCount(mask);
}
