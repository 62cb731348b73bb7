using System.Numerics;
using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Judges roundings by exact comparison: a result is right when no neighbour would have been.</summary>
internal static class Exact
{
    private const int Scale = 1100;

    /// <summary>A number times 2^1100: whole for every double and every point half way between two.</summary>
    public static BigInteger Fix(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        int exponent = (int)(bits >> 52);
        BigInteger mantissa = exponent == 0 ? bits : (bits & ((1L << 52) - 1)) | 1L << 52;
        return (value < 0 ? -mantissa : mantissa) << (Math.Max(exponent, 1) - 1075 + Scale);
    }

    /// <summary>The sign of (exact - x), x scaled.</summary>
    public delegate int Against(BigInteger x);

    public static Against Sum(double a, double b) => x => (Fix(a) + Fix(b) - x).Sign;

    public static Against Product(double a, double b) => x => ((Fix(a) * Fix(b)) - (x << Scale)).Sign;

    public static Against Fused(double a, double b, double c) => x => ((Fix(a) * Fix(b)) + ((Fix(c) - x) << Scale)).Sign;

    public static Against Quotient(double a, double b) => x => ((Fix(a) << Scale) - (x * Fix(b))).Sign * Math.Sign(b);

    public static Against Root(double a) => x => x.Sign < 0 ? 1 : ((Fix(a) << Scale) - (x * x)).Sign;

    public static Against Value(double a) => x => (Fix(a) - x).Sign;

    public static void IsRounded(Against exact, float result, string mode, string what) =>
        IsRounded(exact, result, MathF.BitDecrement(result), MathF.BitIncrement(result), Math.ScaleB(1, 128),
            (BitConverter.SingleToUInt32Bits(result) & 1) == 0, mode, what);

    public static void IsRounded(Against exact, double result, string mode, string what) =>
        IsRounded(exact, result, Math.BitDecrement(result), Math.BitIncrement(result), double.PositiveInfinity,
            (BitConverter.DoubleToUInt64Bits(result) & 1) == 0, mode, what);

    public static void IsRounded(Against exact, Half result, string mode, string what) =>
        IsRounded(exact, (double)result, (double)Half.BitDecrement(result), (double)Half.BitIncrement(result), 65536,
            (BitConverter.HalfToUInt16Bits(result) & 1) == 0, mode, what);

    private static void IsRounded(Against exact, double result, double below, double above, double end, bool even, string mode, string what)
    {
        // To the nearest, infinity stands for the power of two beyond the largest number; in a direction, for more than anything.
        BigInteger beyond = mode == "rn" ? Infinity(end) : BigInteger.One << 9000;
        BigInteger Place(double x) => double.IsInfinity(x) ? (x < 0 ? -beyond : beyond) : Fix(x);
        BigInteger r = Place(result), lower = Place(below), upper = Place(above);
        if (double.IsNegativeInfinity(result)) lower = -(BigInteger.One << 9001);
        if (double.IsPositiveInfinity(result)) upper = BigInteger.One << 9001;
        int side = exact(r);
        bool good = mode switch
        {
            "rn" => Nearest(exact, r, lower, upper, even),
            "rm" => side >= 0 && exact(upper) < 0,
            "rp" => side <= 0 && exact(lower) > 0,
            _ => exact(0) >= 0 ? side >= 0 && exact(upper) < 0 : side <= 0 && exact(lower) > 0,
        };
        Assert.True(good, $"{what}: {result:R} is not the {mode} rounding");
    }

    private static BigInteger Infinity(double end) => double.IsInfinity(end) ? BigInteger.One << (1024 + Scale) : Fix(end);

    private static bool Nearest(Against exact, BigInteger r, BigInteger lower, BigInteger upper, bool even)
    {
        int low = exact((r + lower) / 2), high = exact((r + upper) / 2);
        return (low > 0 || (low == 0 && even)) && (high < 0 || (high == 0 && even));
    }
}
