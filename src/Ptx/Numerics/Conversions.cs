namespace AlexNetCuda.Ptx;

/// <summary>The conversions of cvt on raw bits (PTX ISA, "cvt").</summary>
internal static class Conversions
{
    /// <summary>The value of a floating-point operand.</summary>
    public static double Read(ulong bits, PtxType type, bool flush)
    {
        if (type.Bits == 64) return BitConverter.UInt64BitsToDouble(bits);
        if (type.Bits == 16) return SmallFloats.From((ushort)bits, type.Kind == PtxTypeKind.BFloat);
        float value = BitConverter.UInt32BitsToSingle((uint)bits);
        return flush && float.IsSubnormal(value) ? float.CopySign(0, value) : value;
    }

    public static ulong IntegerToInteger(ulong bits, PtxType from, PtxType to, bool saturate)
    {
        Int128 value = Integer(bits, from);
        if (saturate) value = Int128.Clamp(value, Least(to), Most(to));
        return (ulong)value;
    }

    public static ulong IntegerToFloat(ulong bits, PtxType from, PtxType to, Rounding mode, bool saturate)
    {
        Int128 value = Integer(bits, from);
        var exact = new ExactNumber(value, 0);
        double result = exact.Round(mode, Format(to));
        if (saturate) result = Math.Clamp(result, 0, 1);
        return Write(result, to);
    }

    /// <summary>Out of range goes to the nearest end; NaN to 0, or to the top bit alone where 64 bits are involved.</summary>
    public static ulong FloatToInteger(double value, PtxType from, PtxType to, Rounding mode)
    {
        if (double.IsNaN(value)) return from.Bits == 64 || to.Bits == 64 ? 1UL << (to.Bits - 1) : 0;
        double whole = ToIntegral(value, mode);
        Int128 least = Least(to), most = Most(to);
        if (whole >= (double)most) return (ulong)most;
        return (ulong)(whole <= (double)least ? least : (Int128)whole);
    }

    public static ulong FloatToFloat(double value, PtxType to, Rounding mode, Rounding? integral, bool flush, bool saturate)
    {
        if (integral is { } direction) value = ToIntegral(value, direction);
        double result = double.IsFinite(value) && value != 0 ? ExactNumber.From(value).Round(mode, Format(to)) : value;
        if (result == 0 && double.IsNegative(value)) result = -0.0;
        if (saturate) result = result > 0 ? Math.Min(result, 1) : 0;
        ulong bits = Write(result, to);
        return flush && (bits & 0x7F80_0000) == 0 ? bits & 0x8000_0000 : bits;
    }

    public static ulong Write(double value, PtxType to) => to switch
    {
        { Bits: 64 } => BitConverter.DoubleToUInt64Bits(value),
        { Bits: 16 } => SmallFloats.To(value, to.Kind == PtxTypeKind.BFloat),
        _ => double.IsNaN(value) ? 0x7FFF_FFFFu : BitConverter.SingleToUInt32Bits((float)value),
    };

    private static FloatFormat Format(PtxType type) => type switch
    {
        { Bits: 64 } => FloatFormat.Double,
        { Bits: 32 } => FloatFormat.Single,
        { Kind: PtxTypeKind.BFloat } => FloatFormat.BFloat,
        _ => FloatFormat.Half,
    };

    private static double ToIntegral(double value, Rounding mode) => mode switch
    {
        Rounding.Nearest => Math.Round(value, MidpointRounding.ToEven),
        Rounding.Zero => Math.Truncate(value),
        Rounding.Down => Math.Floor(value),
        _ => Math.Ceiling(value),
    };

    private static Int128 Integer(ulong bits, PtxType type)
    {
        int unused = 64 - type.Bits;
        return type.Kind == PtxTypeKind.Signed ? (long)(bits << unused) >> unused : bits << unused >> unused;
    }

    private static Int128 Least(PtxType type) => type.Kind == PtxTypeKind.Signed ? -(Int128.One << (type.Bits - 1)) : 0;

    private static Int128 Most(PtxType type) => (Int128.One << (type.Kind == PtxTypeKind.Signed ? type.Bits - 1 : type.Bits)) - 1;
}
