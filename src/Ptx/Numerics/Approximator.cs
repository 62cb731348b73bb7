namespace AlexNetCuda.Ptx;

/// <summary>
/// The approximate functions: computed in double precision, then put where the options say inside the bounds that the PTX ISA
/// states for each (its "Floating Point Instructions"). Exact cases (zeros, infinities, NaN) stay exact.
/// </summary>
internal sealed class Approximator(Approximation place, int seed)
{
    /// <summary>ex2.approx.f32: 2 ulp, within 2^-22 relative.</summary>
    public float Exp2(float a, bool flush)
    {
        double exact = Math.Pow(2, Flushed(a, flush));
        return Relative(exact, Math.ScaleB(1, -22), a, 1, flush, isExact: a == MathF.Truncate(a) && Math.Abs(a) < 1024);
    }

    /// <summary>lg2.approx.f32: 2^-22 absolute between 0.5 and 2, elsewhere 2^-22 relative.</summary>
    public float Log2(float a, bool flush)
    {
        a = Flushed(a, flush);
        double exact = Math.Log2(a);
        return a is > 0.5f and < 2 ? Absolute(exact, Math.ScaleB(1, -22), a, 2, flush) : Relative(exact, Math.ScaleB(1, -22), a, 2, flush);
    }

    /// <summary>sin.approx.f32: 2^-20.5 absolute within [-2 pi, 2 pi], 2^-14.7 within [-100 pi, 100 pi].</summary>
    public float Sin(float a, bool flush) => Trigonometric(Flushed(a, flush), Math.Sin(Flushed(a, flush)), 3, flush);

    /// <summary>cos.approx.f32: as sin.</summary>
    public float Cos(float a, bool flush) => Trigonometric(Flushed(a, flush), Math.Cos(Flushed(a, flush)), 4, flush);

    /// <summary>tanh.approx.f32: 2^-11 relative.</summary>
    public float Tanh(float a) => Relative(Math.Tanh(a), Math.ScaleB(1, -11), a, 5, false);

    /// <summary>rcp.approx.f32: 2^-23 relative (1 ulp).</summary>
    public float Reciprocal(float a, bool flush)
    {
        a = Flushed(a, flush);
        return Relative(1.0 / a, Math.ScaleB(1, -23), a, 6, flush);
    }

    /// <summary>rsqrt.approx.f32: 2^-22.9 relative.</summary>
    public float ReciprocalRoot(float a, bool flush)
    {
        a = Flushed(a, flush);
        return Relative(a == 0 ? Math.CopySign(double.PositiveInfinity, a) : 1.0 / Math.Sqrt(a), Math.Pow(2, -22.9), a, 7, flush);
    }

    /// <summary>sqrt.approx.f32: 2^-23 relative.</summary>
    public float Root(float a, bool flush)
    {
        a = Flushed(a, flush);
        return Relative(Math.Sqrt(a), Math.ScaleB(1, -23), a, 8, flush);
    }

    /// <summary>div.approx.f32: 2 ulp for divisors between 2^-126 and 2^126; beyond, a quotient of 0 (or NaN for infinities).</summary>
    public float Divide(float a, float b, bool flush)
    {
        a = Flushed(a, flush);
        b = Flushed(b, flush);
        if (float.IsFinite(b) && Math.Abs(b) > Math.ScaleB(1, 126))
            return float.IsInfinity(a) ? float.NaN : MathF.CopySign(0, a) * MathF.Sign(b);
        return DivideFull(a, b, flush);
    }

    /// <summary>div.full.f32: 2 ulp over the whole range.</summary>
    public float DivideFull(float a, float b, bool flush)
    {
        a = Flushed(a, flush);
        b = Flushed(b, flush);
        float nearest = a / b;
        if (!float.IsFinite(nearest) || nearest == 0 || a == 0) return Finish(nearest, flush);
        double exact = (double)a / b;
        double ulp = MathF.BitIncrement(MathF.Abs(nearest)) - (double)MathF.Abs(nearest);
        return Absolute(exact, 2 * ulp, (a * 31) + b, 9, flush);
    }

    /// <summary>rcp.approx.ftz.f64 and rsqrt.approx.f64: the high 32 bits of the nearest double.</summary>
    public static double HighHalf(double a) =>
        double.IsFinite(a) ? BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(a) & 0xFFFF_FFFF_0000_0000) : a;

    private static float Flushed(float a, bool flush) => flush ? SingleFlush(a) : a;

    private static float SingleFlush(float a) => float.IsSubnormal(a) ? MathF.CopySign(0, a) : a;

    private static float Finish(float a, bool flush) =>
        float.IsNaN(a) ? BitConverter.UInt32BitsToSingle(0x7FFF_FFFF) : flush ? SingleFlush(a) : a;

    private float Trigonometric(float a, double exact, uint function, bool flush)
    {
        double size = Math.Abs(a);
        // Beyond the ranges for which a bound is stated, the widest one serves.
        return Absolute(exact, size <= 2 * Math.PI ? Math.Pow(2, -20.5) : Math.Pow(2, -14.7), a, function, flush, isExact: a == 0);
    }

    private float Relative(double exact, double bound, float operand, uint function, bool flush, bool isExact = false) =>
        Absolute(exact, Math.Abs(exact) * bound, operand, function, flush, isExact || exact == 0);

    private float Absolute(double exact, double bound, float operand, uint function, bool flush, bool isExact = false)
    {
        float nearest = (float)exact;
        if (place == Approximation.Nearest || isExact || !float.IsFinite(nearest) || !double.IsFinite(exact)) return Finish(nearest, flush);
        bool high = place == Approximation.High || (place == Approximation.Seeded && Coin(operand, function));
        // The last number inside the bound; never outside it, and no worse than the nearest one.
        float edge = Rounded.ToSingle(high ? exact + bound : exact - bound, high ? Rounding.Down : Rounding.Up);
        return Finish(high ? MathF.Max(edge, nearest) : MathF.Min(edge, nearest), flush);
    }

    // One function gives one result for one operand, as a real unit does.
    private bool Coin(float operand, uint function)
    {
        uint hash = (BitConverter.SingleToUInt32Bits(operand) ^ ((uint)seed * 0x9E37_79B9)) + (function * 0x85EB_CA6B);
        hash = (hash ^ (hash >> 16)) * 0x7FEB_352D;
        hash = (hash ^ (hash >> 15)) * 0x846C_A68B;
        return ((hash ^ (hash >> 16)) & 1) != 0;
    }
}
