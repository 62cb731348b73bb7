using System.Runtime.InteropServices;
using AlexNetCuda.Simulator.Numerics;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Numerics;

public sealed unsafe class RoundingTests
{
    [Theory]
    [InlineData(0x3F80_0000u, 0x3F80_0000u)] // 1
    [InlineData(0x3F80_0FFFu, 0x3F80_0000u)] // below half a step
    [InlineData(0x3F80_1000u, 0x3F80_2000u)] // a tie goes away from 0
    [InlineData(0xBF80_1000u, 0xBF80_2000u)]
    [InlineData(0x3FFF_FFFFu, 0x4000_0000u)] // carries into the exponent
    [InlineData(0x7F7F_FFFFu, 0x7F80_0000u)] // overflows
    [InlineData(0x7F80_0000u, 0x7F80_0000u)]
    [InlineData(0x7FFF_FFFFu, 0x7FFF_FFFFu)] // a NaN stays
    [InlineData(0x0000_0000u, 0x0000_0000u)]
    [InlineData(0x8000_0000u, 0x8000_0000u)]
    public void Tf32_keeps_ten_bits(uint bits, uint expected) =>
        Assert.Equal(expected, BitConverter.SingleToUInt32Bits(Rounding.ToTf32(BitConverter.UInt32BitsToSingle(bits))));

    [Theory]
    [InlineData(0x3F80_0000u, 0x3F80)]
    [InlineData(0x3F80_8000u, 0x3F80)] // a tie goes to even
    [InlineData(0x3F81_8000u, 0x3F82)]
    [InlineData(0x3F80_8001u, 0x3F81)]
    [InlineData(0x7F7F_FFFFu, 0x7F80)]
    [InlineData(0xFF80_0000u, 0xFF80)]
    [InlineData(0x7F80_0001u, 0x7FFF)] // every NaN is the same
    [InlineData(0xFFFF_FFFFu, 0x7FFF)]
    [InlineData(0x0000_8001u, 0x0001)] // subnormal
    public void Bfloat16_is_rounded_to_nearest_even(uint bits, int expected) =>
        Assert.Equal(expected, Rounding.ToBFloatBits(BitConverter.UInt32BitsToSingle(bits)));

    [Theory]
    [InlineData(1f, 0x3C00)]
    [InlineData(1f + (1f / 2048), 0x3C00)] // a tie goes to even
    [InlineData(1f + (3f / 2048), 0x3C02)]
    [InlineData(65519f, 0x7BFF)]
    [InlineData(65520f, 0x7C00)]
    [InlineData(-1e9f, 0xFC00)]
    [InlineData(5.9604645e-8f, 0x0001)]
    [InlineData(2.9802322e-8f, 0x0000)]
    [InlineData(float.NaN, 0x7FFF)]
    public void Half_is_rounded_to_nearest_even(float value, int expected) => Assert.Equal(expected, Rounding.ToHalfBits(value));

    [Fact]
    public void Sixteen_bits_go_through_float32_unchanged()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float half = Rounding.FromHalfBits((ushort)bits), brain = Rounding.FromBFloatBits((ushort)bits);
            if (!float.IsNaN(half)) Assert.Equal(bits, Rounding.ToHalfBits(half));
            if (!float.IsNaN(brain)) Assert.Equal(bits, Rounding.ToBFloatBits(brain));
        }
    }

    [Theory]
    [InlineData((int)ElementKind.Float32, 1.2345678f)]
    [InlineData((int)ElementKind.Float16, 1.234375f)]
    [InlineData((int)ElementKind.BFloat16, 1.234375f)]
    public void Elements_are_read_as_they_were_written(int kindNumber, float expected)
    {
        var kind = (ElementKind)kindNumber;
        float[] values = [0, 1.2345678f, -2, 4, float.PositiveInfinity], back = new float[5];
        var memory = (nint)NativeMemory.AllocZeroed(64);
        try
        {
            kind.Write(memory, 2, values);
            kind.Read(memory, 2, back);
            Assert.Equal([0, expected, -2, 4, float.PositiveInfinity], back);
            Assert.Equal(expected, kind.Read(memory, 3));
            Assert.Equal(expected, kind.Stored(1.2345678f));
            kind.Write(memory, 7, 1.2345678f);
            Assert.Equal(expected, kind.Read(memory, 7));
        }
        finally
        {
            NativeMemory.Free((void*)memory);
        }
    }

    [Fact]
    public void One_and_many_are_rounded_alike()
    {
        float[] values = [1.2345678f, -9.8765432f, 70000, 1e-9f];
        foreach (InputPrecision precision in Enum.GetValues<InputPrecision>())
        {
            float[] rounded = [.. values];
            Rounding.Round(rounded, precision);
            Assert.Equal([.. values.Select(value => Rounding.Round(value, precision))], rounded);
        }
    }
}
