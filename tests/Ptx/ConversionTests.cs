using System.Numerics;
using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>cvt, judged by exact numbers, and half precision against System.Half.</summary>
public class ConversionTests
{
    [Theory]
    [InlineData("u8", 8, false)]
    [InlineData("s8", 8, true)]
    [InlineData("u16", 16, false)]
    [InlineData("s16", 16, true)]
    [InlineData("u32", 32, false)]
    [InlineData("s32", 32, true)]
    [InlineData("u64", 64, false)]
    [InlineData("s64", 64, true)]
    public void Numbers_become_integers_in_each_direction_and_stop_at_the_ends(string type, int bits, bool signed)
    {
        (float[] a, _, _) = Operands.Singles();
        (double[] w, _, _) = Operands.Doubles();
        BigInteger least = signed ? -(BigInteger.One << (bits - 1)) : 0, most = (BigInteger.One << (signed ? bits - 1 : bits)) - 1;
        foreach ((string mode, Func<double, double> round) in new (string, Func<double, double>)[]
        {
            ("rni", x => Math.Round(x, MidpointRounding.ToEven)), ("rzi", Math.Truncate), ("rmi", Math.Floor), ("rpi", Math.Ceiling),
        })
        {
            ulong[] fromSingle = Instructions.Run<float, ulong>($"cvt.{mode}.{type}.f32 {Target(bits)}, a; {Extend(type, bits)}", a);
            ulong[] fromDouble = Instructions.Run<double, ulong>($"cvt.{mode}.{type}.f64 {Target(bits)}, a; {Extend(type, bits)}", w);
            for (int i = 0; i < a.Length; i++) Check(a[i], fromSingle[i], bits == 64 && float.IsNaN(a[i]));
            for (int i = 0; i < w.Length; i++) Check(w[i], fromDouble[i], double.IsNaN(w[i]));

            void Check(double value, ulong got, bool topBit)
            {
                BigInteger expected = topBit ? BigInteger.One << (bits - 1)
                    : double.IsNaN(value) ? 0
                    : double.IsInfinity(value) ? (value > 0 ? most : least)
                    : BigInteger.Clamp(new BigInteger(round(value)), least, most);
                Assert.True(Low(expected, bits) == (got & Mask(bits)), $"cvt.{mode}.{type} of {value:R}: {got:x}, not {expected}");
            }
        }
    }

    // Integers of 8 and 16 bits go through a 32-bit register, as compilers write them.
    private static string Target(int bits) => bits == 64 ? "d" : "t";

    private static string Extend(string type, int bits) => bits == 64 ? "" : type[0] == 's' ? "cvt.s64.s32 d, t;" : "cvt.u64.u32 d, t;";

    private static ulong Mask(int bits) => bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;

    private static ulong Low(BigInteger value, int bits) => (ulong)(value & Mask(bits));

    [Theory]
    [InlineData("rn")]
    [InlineData("rz")]
    [InlineData("rm")]
    [InlineData("rp")]
    public void Integers_become_numbers_rounded_once(string mode)
    {
        (uint[] a, _, _) = Operands.Words();
        (ulong[] w, _, _) = Operands.Longs();
        float[] s32 = Instructions.Run<uint, float>($"cvt.{mode}.f32.s32 d, a;", a),
            u32 = Instructions.Run<uint, float>($"cvt.{mode}.f32.u32 d, a;", a);
        float[] s64 = Instructions.Run<ulong, float>($"cvt.{mode}.f32.s64 d, a;", w),
            u64 = Instructions.Run<ulong, float>($"cvt.{mode}.f32.u64 d, a;", w);
        double[] wide = Instructions.Run<ulong, double>($"cvt.{mode}.f64.s64 d, a;", w),
            unsigned = Instructions.Run<ulong, double>($"cvt.{mode}.f64.u64 d, a;", w);
        Half[] half = Instructions.Run<uint, Half>($"cvt.{mode}.f16.s32 d, a;", a);
        for (int i = 0; i < a.Length; i++)
        {
            Exact.IsRounded(Whole((int)a[i]), s32[i], mode, $"cvt.{mode}.f32.s32 of {(int)a[i]}");
            Exact.IsRounded(Whole(a[i]), u32[i], mode, $"cvt.{mode}.f32.u32 of {a[i]}");
            Exact.IsRounded(Whole((int)a[i]), half[i], mode, $"cvt.{mode}.f16.s32 of {(int)a[i]}");
        }

        for (int i = 0; i < w.Length; i++)
        {
            Exact.IsRounded(Whole((long)w[i]), s64[i], mode, $"cvt.{mode}.f32.s64 of {(long)w[i]}");
            Exact.IsRounded(Whole(w[i]), u64[i], mode, $"cvt.{mode}.f32.u64 of {w[i]}");
            Exact.IsRounded(Whole((long)w[i]), wide[i], mode, $"cvt.{mode}.f64.s64 of {(long)w[i]}");
            Exact.IsRounded(Whole(w[i]), unsigned[i], mode, $"cvt.{mode}.f64.u64 of {w[i]}");
        }
    }

    private static Exact.Against Whole(BigInteger value) => x => ((value << 1100) - x).Sign;

    [Theory]
    [InlineData("rn")]
    [InlineData("rz")]
    [InlineData("rm")]
    [InlineData("rp")]
    public void Narrower_numbers_are_rounded_once(string mode)
    {
        (float[] a, _, _) = Operands.Singles();
        (double[] w, _, _) = Operands.Doubles();
        Half[] fromSingle = Instructions.Run<float, Half>($"cvt.{mode}.f16.f32 d, a;", a),
            fromDouble = Instructions.Run<double, Half>($"cvt.{mode}.f16.f64 d, a;", w);
        float[] single = Instructions.Run<double, float>($"cvt.{mode}.f32.f64 d, a;", w);
        for (int i = 0; i < a.Length; i++)
        {
            if (float.IsNaN(a[i])) Assert.Equal(0x7FFF, BitConverter.HalfToUInt16Bits(fromSingle[i]));
            else if (float.IsInfinity(a[i])) Assert.Equal((Half)a[i], fromSingle[i]);
            else if (a[i] != 0) Exact.IsRounded(Exact.Value(a[i]), fromSingle[i], mode, $"cvt.{mode}.f16.f32 of {a[i]:R}");
            else Assert.Equal(BitConverter.HalfToUInt16Bits((Half)a[i]), BitConverter.HalfToUInt16Bits(fromSingle[i]));
        }

        for (int i = 0; i < w.Length; i++)
        {
            if (double.IsNaN(w[i])) Assert.Equal(0x7FFF_FFFFu, BitConverter.SingleToUInt32Bits(single[i]));
            if (!double.IsFinite(w[i]) || w[i] == 0) continue;
            Exact.IsRounded(Exact.Value(w[i]), single[i], mode, $"cvt.{mode}.f32.f64 of {w[i]:R}");
            Exact.IsRounded(Exact.Value(w[i]), fromDouble[i], mode, $"cvt.{mode}.f16.f64 of {w[i]:R}");
        }
    }

    [Fact]
    public void Every_half_widens_to_its_value_and_comes_back()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] wide = Instructions.Run<ushort, float>("cvt.f32.f16 d, a;", all),
            brain = Instructions.Run<ushort, float>("cvt.f32.bf16 d, a;", all);
        ushort[] back = Instructions.Run<float, ushort>("cvt.rn.f16.f32 d, a;", wide),
            brainBack = Instructions.Run<float, ushort>("cvt.rn.bf16.f32 d, a;", brain);
        for (int i = 0; i < all.Length; i++)
        {
            float half = (float)BitConverter.UInt16BitsToHalf(all[i]), bfloat = BitConverter.UInt32BitsToSingle((uint)i << 16);
            Assert.Equal(half, wide[i]);
            Assert.Equal(bfloat, brain[i]);
            Assert.Equal(float.IsNaN(half) ? 0x7FFF : all[i], back[i]);
            Assert.Equal(float.IsNaN(bfloat) ? 0x7FFF : all[i], brainBack[i]);
        }
    }

    [Fact]
    public void Two_numbers_are_packed_into_a_pair()
    {
        (float[] a, float[] b, _) = Operands.Singles();
        uint[] half = Instructions.Run<float, float, uint>("cvt.rn.f16x2.f32 d, a, b;", a, b),
            brain = Instructions.Run<float, float, uint>("cvt.rn.bf16x2.f32 d, a, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((uint)HalfBits(a[i]) << 16 | HalfBits(b[i]), half[i]);
            Assert.Equal((uint)BrainBits(a[i]) << 16 | BrainBits(b[i]), brain[i]);
        }
    }

    private static ushort HalfBits(float x) => float.IsNaN(x) ? (ushort)0x7FFF : BitConverter.HalfToUInt16Bits((Half)x);

    // Round to nearest even on the bits: the classic way.
    private static ushort BrainBits(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    [Theory]
    [InlineData("cvt.rni.f32.f32 d, a;")]
    [InlineData("cvt.rzi.f32.f32 d, a;")]
    [InlineData("cvt.rmi.f32.f32 d, a;")]
    [InlineData("cvt.rpi.f32.f32 d, a;")]
    public void Numbers_are_rounded_to_whole_numbers(string code)
    {
        (float[] a, _, _) = Operands.Singles();
        float[] d = Instructions.Run<float, float>(code, a);
        for (int i = 0; i < a.Length; i++)
        {
            float expected = code[4..7]
                switch { "rni" => MathF.Round(a[i], MidpointRounding.ToEven), "rzi" => MathF.Truncate(a[i]), "rmi" =>
                    MathF.Floor(a[i]), _ => MathF.Ceiling(a[i]) };
            Assert.Equal(expected, d[i]);
        }
    }

    [Fact]
    public void Narrow_registers_are_extended_by_their_type()
    {
        (uint[] a, _, _) = Operands.Words();
        ulong[] s8 = Instructions.Run<uint, ulong>("cvt.s64.s8 d, a;", a), u8 = Instructions.Run<uint, ulong>("cvt.u64.u8 d, a;", a),
            s16 = Instructions.Run<uint, ulong>("cvt.u64.s16 d, a;", a);
        uint[] clamp = Instructions.Run<uint, uint>("cvt.sat.u8.s32 d, a;", a),
            sign = Instructions.Run<uint, uint>("cvt.sat.s8.u32 d, a;", a);
        float[] unit = Instructions.Run<uint, float>("cvt.sat.f32.f32 d, a;", a);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((ulong)(sbyte)a[i], s8[i]);
            Assert.Equal((byte)a[i], u8[i]);
            Assert.Equal((ulong)(short)a[i], s16[i]);
            Assert.Equal((uint)Math.Clamp((int)a[i], 0, 255), clamp[i]);
            Assert.Equal(Math.Min(a[i], 127), sign[i]);
            float x = BitConverter.UInt32BitsToSingle(a[i]);
            Assert.Equal(float.IsNaN(x) ? 0 : Math.Clamp(x, 0, 1), unit[i]);
        }
    }

    [Theory]
    [InlineData("add.f16 d, a, b;")]
    [InlineData("sub.f16 d, a, b;")]
    [InlineData("mul.f16 d, a, b;")]
    [InlineData("fma.rn.f16 d, a, b, a;")]
    [InlineData("min.f16 d, a, b;")]
    [InlineData("neg.f16 d, a;")]
    [InlineData("add.ftz.f16 d, a, b;")]
    public void Half_arithmetic_is_rounded_once(string code)
    {
        (ushort[] a, ushort[] b, _) = Operands.Shorts(8);
        ushort[] d = Instructions.Run<ushort, ushort, ushort>(code, a, b);
        for (int i = 0; i < a.Length; i++)
        {
            // In double precision sums and products of halves are exact; so are those of three, but for ones far apart.
            double x = (double)BitConverter.UInt16BitsToHalf(a[i]), y = (double)BitConverter.UInt16BitsToHalf(b[i]);
            bool flush = code.Contains("ftz", StringComparison.Ordinal);
            if (flush) (x, y) = (Flush(x), Flush(y));
            double exact = code[..3]
                switch { "add" => x + y, "sub" => x - y, "mul" => x * y, "fma" => (x * y) + x, "min" => double.MinNumber(x, y), _ => -x };
            Half expected = (Half)exact;
            if (flush) expected = (Half)Flush((double)expected);
            if (double.IsNaN(exact)) Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(d[i])));
            else Assert.Equal(BitConverter.HalfToUInt16Bits(expected), d[i]);
        }
    }

    private static double Flush(double x) => Math.Abs(x) < 6.103515625e-05 ? Math.CopySign(0, x) : x;

    [Fact]
    public void Pairs_of_halves_are_added_each_on_its_own()
    {
        (uint[] a, uint[] b, _) = Operands.Words(9);
        uint[] pair = Instructions.Run<uint, uint, uint>("fma.rn.f16x2 d, a, b, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            ushort[] low = Instructions.Run<ushort, ushort, ushort>("fma.rn.f16 d, a, b, b;", [(ushort)a[i], (ushort)(a[i] >> 16)],
                [(ushort)b[i], (ushort)(b[i] >> 16)]);
            Assert.Equal(low[0] | (uint)low[1] << 16, pair[i]);
            if (i > 40) break;
        }
    }

    [Theory]
    [InlineData("add.bf16 d, a, b;")]
    [InlineData("fma.rn.bf16 d, a, b, a;")]
    [InlineData("max.bf16 d, a, b;")]
    [InlineData("max.NaN.f16 d, a, b;")]
    [InlineData("add.sat.f16 d, a, b;")]
    public void Brain_floats_and_the_modifiers_of_halves_round_once(string code)
    {
        (ushort[] a, ushort[] b, _) = Operands.Shorts(12);
        bool brain = code.Contains("bf16", StringComparison.Ordinal);
        ushort[] d = Instructions.Run<ushort, ushort, ushort>(code, a, b);
        for (int i = 0; i < a.Length; i++)
        {
            double x = Read(a[i], brain), y = Read(b[i], brain);
            double exact = code[..3]
                switch { "add" => x + y, "fma" => Math.FusedMultiplyAdd(x, y, x), _ when code.Contains("NaN", StringComparison.Ordinal) =>
                    Math.Max(x, y), _ => double.MaxNumber(x, y) };
            if (code.Contains("sat", StringComparison.Ordinal)) exact = double.IsNaN(exact) ? 0 : Math.Clamp(exact, 0, 1);
            double got = Read(d[i], brain);
            if (double.IsNaN(exact)) Assert.True(double.IsNaN(got));
            else if (brain && double.IsFinite(exact) && exact != 0)
                Assert.True(NearestBrain(exact, got), $"{code} of {x:R}, {y:R}: {got:R}");
            else if (!brain) Assert.Equal((double)(Half)exact, got);
            else Assert.Equal(exact, got);
        }
    }

    private static double Read(ushort bits, bool brain) =>
        brain ? BitConverter.UInt32BitsToSingle((uint)bits << 16) : (double)BitConverter.UInt16BitsToHalf(bits);

    // No bfloat16 lies nearer (the sum of two, as a double, may have been rounded in bits far below).
    private static bool NearestBrain(double exact, double got)
    {
        if (double.IsInfinity(got)) return Math.Abs(exact) >= 3.3e38;
        ushort bits = (ushort)(BitConverter.SingleToUInt32Bits((float)got) >> 16);
        double error = Math.Abs(got - exact);
        return new[] { (ushort)(bits + 1), (ushort)(bits - 1) }.All(n =>
            !double.IsFinite(Read(n, true)) || Math.Abs(Read(n, true) - exact) >= error);
    }

    [Fact]
    public void Powers_and_tangents_of_halves_are_near()
    {
        ushort[] a = [.. Enumerable.Range(-40, 80).Select(i => BitConverter.HalfToUInt16Bits((Half)(i * 0.17)))];
        ushort[] power = Instructions.Run<ushort, ushort>("ex2.approx.f16 d, a;", a),
            tangent = Instructions.Run<ushort, ushort>("tanh.approx.f16 d, a;", a);
        for (int i = 0; i < a.Length; i++)
        {
            double x = Read(a[i], false);
            Assert.Equal((double)(Half)Math.Pow(2, x), Read(power[i], false));
            Assert.Equal((double)(Half)Math.Tanh(x), Read(tangent[i], false));
        }
    }
}
