namespace AlexNetCuda.Ptx;

/// <summary>half and bfloat16 as 16 bits, to and from double.</summary>
internal static class SmallFloats
{
    public const ushort HalfNaN = 0x7FFF;

    public static double FromHalf(ushort bits) => (double)BitConverter.UInt16BitsToHalf(bits);

    public static double FromBFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static double From(ushort bits, bool brain) => brain ? FromBFloat(bits) : FromHalf(bits);

    /// <summary>A double rounded once to half or bfloat16; every NaN becomes 0x7FFF.</summary>
    public static ushort To(double value, bool brain, Rounding mode = Rounding.Nearest)
    {
        if (double.IsNaN(value)) return HalfNaN;
        FloatFormat format = brain ? FloatFormat.BFloat : FloatFormat.Half;
        double rounded = double.IsFinite(value) && value != 0 ? ExactNumber.From(value).Round(mode, format) : value;
        if (rounded == 0 && double.IsNegative(value)) rounded = -0.0;
        return brain ? (ushort)(BitConverter.SingleToUInt32Bits((float)rounded) >> 16) : BitConverter.HalfToUInt16Bits((Half)rounded);
    }
}
