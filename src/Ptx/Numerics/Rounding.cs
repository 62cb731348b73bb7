using System.Numerics;

namespace AlexNetCuda.Ptx;

/// <summary>The rounding modes of PTX: .rn, .rz, .rm, .rp.</summary>
internal enum Rounding { Nearest, Zero, Down, Up }

/// <summary>A binary floating-point format: bits of the significand, exponent of the smallest subnormal, and of the largest
/// number.</summary>
internal readonly record struct FloatFormat(int Precision, int LeastExponent, int MostExponent)
{
    public static readonly FloatFormat Half = new(11, -24, 15);
    public static readonly FloatFormat BFloat = new(8, -133, 127);
    public static readonly FloatFormat Single = new(24, -149, 127);
    public static readonly FloatFormat Double = new(53, -1074, 1023);
}

/// <summary>An exact number: a whole number times a power of two.</summary>
internal readonly record struct ExactNumber(BigInteger Mantissa, int Exponent)
{
    public static ExactNumber From(double finite)
    {
        long bits = BitConverter.DoubleToInt64Bits(finite);
        int exponent = (int)(bits >> 52 & 0x7FF);
        long fraction = bits & ((1L << 52) - 1);
        long mantissa = exponent == 0 ? fraction : fraction | 1L << 52;
        return new ExactNumber(bits < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }

    public static ExactNumber operator *(ExactNumber a, ExactNumber b) => new(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    public static ExactNumber operator +(ExactNumber a, ExactNumber b)
    {
        int exponent = Math.Min(a.Exponent, b.Exponent);
        return new ExactNumber((a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent)), exponent);
    }

    /// <summary>The quotient with enough bits, and one more that is set when the division leaves a remainder.</summary>
    public static ExactNumber Divide(ExactNumber a, ExactNumber b)
    {
        const int Extra = 200;
        BigInteger quotient = BigInteger.DivRem(BigInteger.Abs(a.Mantissa) << Extra, BigInteger.Abs(b.Mantissa), out BigInteger rest);
        quotient = (quotient << 1) + (rest.IsZero ? 0 : 1);
        return new ExactNumber(a.Mantissa.Sign * b.Mantissa.Sign * quotient, a.Exponent - b.Exponent - Extra - 1);
    }

    /// <summary>The square root, likewise.</summary>
    public static ExactNumber SquareRoot(ExactNumber a)
    {
        int extra = 200 + (a.Exponent & 1);
        BigInteger value = a.Mantissa << extra, root = value;
        if (!value.IsZero)
        {
            root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
            for (BigInteger next = (root + (value / root)) >> 1; next < root; next = (root + (value / root)) >> 1) root = next;
        }

        return new ExactNumber((root << 1) + (root * root == value ? 0 : 1), ((a.Exponent - extra) / 2) - 1);
    }

    /// <summary>The nearest number of a format in a direction; zero gives +0.</summary>
    public double Round(Rounding mode, FloatFormat format)
    {
        if (Mantissa.IsZero) return 0;
        bool negative = Mantissa.Sign < 0;
        BigInteger magnitude = BigInteger.Abs(Mantissa);
        int top = Exponent + (int)magnitude.GetBitLength() - 1;
        int last = Math.Max(top - format.Precision + 1, format.LeastExponent), shift = last - Exponent;
        if (shift > 0)
        {
            BigInteger kept = magnitude >> shift, rest = magnitude - (kept << shift), half = BigInteger.One << (shift - 1);
            bool up = mode switch
            {
                Rounding.Nearest => rest > half || (rest == half && !kept.IsEven),
                Rounding.Down => negative && !rest.IsZero,
                Rounding.Up => !negative && !rest.IsZero,
                _ => false,
            };
            magnitude = up ? kept + 1 : kept;
        }
        else
        {
            last = Exponent;
        }

        double value;
        if (magnitude.IsZero) value = 0;
        else if (last + magnitude.GetBitLength() - 1 > format.MostExponent)
            value = Overflow(mode, negative, format);
        else value = Scale(magnitude, last);
        return negative ? -value : value;
    }

    // A magnitude that needed no rounding may be long, with zeros at its end.
    private static double Scale(BigInteger magnitude, int exponent)
    {
        int surplus = (int)magnitude.GetBitLength() - 53;
        return surplus <= 0 ? Math.ScaleB((double)(ulong)magnitude, exponent)
            : Math.ScaleB((double)(ulong)(magnitude >> surplus), exponent + surplus);
    }

    private static double Overflow(Rounding mode, bool negative, FloatFormat format)
    {
        bool infinite = mode == Rounding.Nearest || (mode == Rounding.Up && !negative) || (mode == Rounding.Down && negative);
        return infinite ? double.PositiveInfinity
            : Math.ScaleB(Math.ScaleB(1, format.Precision) - 1, format.MostExponent - format.Precision + 1);
    }
}
