using System.Numerics;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// Division by a constant as a multiplication, for dividends below 2^31: n / d = n * multiplier >> shift with
/// multiplier = ceil(2^(31 + l) / d), l = ceil(log2 d), shift = 31 + l. The multiplier exceeds 2^(31 + l) / d by less than
/// 1, so the product exceeds n 2^(31 + l) / d by less than 2^31, and 2^(31 + l) / d &gt;= 2^31 is the distance that matters.
/// The layout is that of <c>Divisor</c> in kernels/common.cuh.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Divisor : IEquatable<Divisor>
{
    private readonly uint _divisor;
    private readonly uint _multiplier;
    private readonly uint _shift;

    /// <summary>Makes the constants for a divisor of 1 to 2^31 - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is zero or negative.</exception>
    public Divisor(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(divisor);
        _divisor = (uint)divisor;
        var log = 32 - BitOperations.LeadingZeroCount((uint)divisor - 1);
        _shift = (uint)(31 + log);
        _multiplier = (uint)(((1UL << (31 + log)) + _divisor - 1) / _divisor);
    }

    /// <summary>The quotient as the kernels compute it, for a dividend of 0 to 2^31 - 1.</summary>
    public int Divide(int dividend) => (int)(((ulong)(uint)dividend * _multiplier) >> (int)_shift);

    /// <inheritdoc />
    public bool Equals(Divisor other) => _divisor == other._divisor;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is Divisor other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => (int)_divisor;

    /// <summary>Whether two divide by the same number.</summary>
    public static bool operator ==(Divisor left, Divisor right) => left.Equals(right);

    /// <summary>Whether two divide by different numbers.</summary>
    public static bool operator !=(Divisor left, Divisor right) => !left.Equals(right);
}
