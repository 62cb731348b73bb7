namespace AlexNetCuda.Ptx;

/// <summary>
/// Arithmetic rounded once, in any direction, to any format. Operands are doubles that hold numbers of the format exactly. Exact
/// by whole numbers, so slow; .f32 has a way by doubles.
/// </summary>
internal static class Rounded
{
    public static double Add(double a, double b, Rounding mode, FloatFormat format)
    {
        double special = a + b;
        if (!double.IsFinite(a) || !double.IsFinite(b)) return special;
        ExactNumber sum = ExactNumber.From(a) + ExactNumber.From(b);
        return sum.Mantissa.IsZero ? ZeroSum(a, b, mode) : sum.Round(mode, format);
    }

    public static double Multiply(double a, double b, Rounding mode, FloatFormat format)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b) || a == 0 || b == 0) return a * b;
        return Signed((ExactNumber.From(a) * ExactNumber.From(b)).Round(mode, format), double.IsNegative(a) != double.IsNegative(b));
    }

    public static double Fused(double a, double b, double c, Rounding mode, FloatFormat format)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b) || !double.IsFinite(c)) return Math.FusedMultiplyAdd(a, b, c);
        if (a == 0 || b == 0) return Add(a * b, c, mode, format);
        ExactNumber sum = (ExactNumber.From(a) * ExactNumber.From(b)) + ExactNumber.From(c);
        if (!sum.Mantissa.IsZero) return Signed(sum.Round(mode, format), sum.Mantissa.Sign < 0);
        bool negative = double.IsNegative(a) != double.IsNegative(b);
        return ZeroSum(negative ? -1.0 : 1.0, c, mode);
    }

    public static double Divide(double a, double b, Rounding mode, FloatFormat format)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b) || a == 0 || b == 0) return a / b;
        return Signed(ExactNumber.Divide(ExactNumber.From(a), ExactNumber.From(b)).Round(mode, format),
            double.IsNegative(a) != double.IsNegative(b));
    }

    public static double SquareRoot(double a, Rounding mode, FloatFormat format) =>
        !double.IsFinite(a) || a <= 0 ? Math.Sqrt(a) : ExactNumber.SquareRoot(ExactNumber.From(a)).Round(mode, format);

    // The nearest .f32 is what .NET's own arithmetic gives: these are for the other directions.
    public static float Add(float a, float b, Rounding mode) =>
        float.IsFinite(a) && float.IsFinite(b) ? Settle(a, b, mode) ?? (float)Add(a, b, mode, FloatFormat.Single) : a + b;

    public static float Multiply(float a, float b, Rounding mode) =>
        float.IsFinite(a) && float.IsFinite(b) && a != 0 && b != 0 ? Toward((double)a * b, 0, mode) : a * b;

    public static float Fused(float a, float b, float c, Rounding mode) =>
        float.IsFinite(a) && float.IsFinite(b) && float.IsFinite(c)
            ? Settle((double)a * b, c, mode) ?? (float)Fused(a, b, c, mode, FloatFormat.Single)
            : MathF.FusedMultiplyAdd(a, b, c);

    public static float Divide(float a, float b, Rounding mode)
    {
        float quotient = a / b;
        if (!float.IsFinite(a) || !float.IsFinite(b) || a == 0 || b == 0) return quotient;
        return (float)Divide(a, b, mode, FloatFormat.Single);
    }

    public static float SquareRoot(float a, Rounding mode) => (float)SquareRoot(a, mode, FloatFormat.Single);

    /// <summary>A double, rounded to .f32 in a direction.</summary>
    public static float ToSingle(double a, Rounding mode) =>
        mode == Rounding.Nearest || !double.IsFinite(a) || a == 0 ? (float)a : Toward(a, 0, mode);

    // The sum of two doubles is exactly s + e (Knuth's TwoSum). Zeros are left to the exact way, for their sign.
    private static float? Settle(double a, double b, Rounding mode)
    {
        double s = a + b, part = s - a, e = (a - (s - part)) + (b - part);
        return s == 0 ? null : Toward(s, e, mode);
    }

    // s is not zero, and e less than half a unit of its last place.
    private static float Toward(double s, double e, Rounding mode)
    {
        float nearest = (float)s;
        double there = nearest;
        int side = there > s || (there == s && e < 0) ? 1 : there < s || (there == s && e > 0) ? -1 : 0;
        Rounding direction = mode == Rounding.Zero ? (s > 0 ? Rounding.Down : Rounding.Up) : mode;
        float result = direction == Rounding.Down && side > 0 ? MathF.BitDecrement(nearest)
            : direction == Rounding.Up && side < 0 ? MathF.BitIncrement(nearest) : nearest;
        return result == 0 ? MathF.CopySign(0, (float)Math.CopySign(1, s)) : result;
    }

    private static double ZeroSum(double a, double b, Rounding mode) =>
        double.IsNegative(a) == double.IsNegative(b) ? (double.IsNegative(a) ? -0.0 : 0.0) : mode == Rounding.Down ? -0.0 : 0.0;

    private static double Signed(double value, bool negative) => value == 0 && negative ? -0.0 : value;
}
