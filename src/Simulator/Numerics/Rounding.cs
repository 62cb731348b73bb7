using System.Runtime.CompilerServices;

namespace AlexNetCuda.Simulator.Numerics;

/// <summary>Rounding of float32 to the GPU's narrower formats.</summary>
internal static class Rounding
{
    /// <summary>The NaN that CUDA's conversions to half and to bfloat16 give for every NaN.</summary>
    private const ushort CanonicalNaN = 0x7FFF;

    /// <summary>The bits of the nearest half; of the even one of two that are as near.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ushort ToHalfBits(float value) =>
        float.IsNaN(value) ? CanonicalNaN : BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>The number a half stands for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float FromHalfBits(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    /// <summary>The bits of the nearest bfloat16; of the even one of two that are as near.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ushort ToBFloatBits(float value)
    {
        if (float.IsNaN(value)) return CanonicalNaN;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The number a bfloat16 stands for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float FromBFloatBits(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>
    /// The nearest TF32; of two that are as near, the one further from 0. The libraries do not say how they break ties: this is
    /// cvt.rna.tf32.f32, the only conversion that every GPU with TF32 has (.rn is of compute capability 9.0).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float ToTf32(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // An exponent of all ones must not be carried into.
        return (bits & 0x7F80_0000) == 0x7F80_0000 ? value : BitConverter.UInt32BitsToSingle((bits + 0x1000) & 0xFFFF_E000);
    }

    /// <summary>One operand as the multiplier sees it.</summary>
    internal static float Round(float value, InputPrecision precision) => precision switch
    {
        InputPrecision.Tf32 => ToTf32(value),
        InputPrecision.Float16 => FromHalfBits(ToHalfBits(value)),
        InputPrecision.BFloat16 => FromBFloatBits(ToBFloatBits(value)),
        _ => value,
    };

    /// <summary>Operands as the multiplier sees them, in place.</summary>
    internal static void Round(Span<float> values, InputPrecision precision)
    {
        switch (precision)
        {
            case InputPrecision.Tf32:
                foreach (ref float value in values) value = ToTf32(value);
                break;
            case InputPrecision.Float16:
                foreach (ref float value in values) value = FromHalfBits(ToHalfBits(value));
                break;
            case InputPrecision.BFloat16:
                foreach (ref float value in values) value = FromBFloatBits(ToBFloatBits(value));
                break;
        }
    }
}
