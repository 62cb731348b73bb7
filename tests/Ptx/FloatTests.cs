using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>.f32 and .f64 arithmetic: every rounding judged exactly, and the rules for NaN, zeros, infinities and subnormals.</summary>
public class FloatTests
{
    private static readonly string[] s_modes = ["rn", "rz", "rm", "rp"];

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (string mode in s_modes)
            foreach (string operation in new[] { "add", "sub", "mul", "fma", "div", "rcp", "sqrt" }) data.Add(operation, mode);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Single_results_are_correctly_rounded(string operation, string mode)
    {
        (float[] a, float[] b, float[] c) = Operands.Singles();
        float[] d = Instructions.Run<float, float, float, float>(Code(operation, mode, "f32"), a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            string what = $"{operation}.{mode}.f32 of {a[i]:R}, {b[i]:R}, {c[i]:R}";
            double special = Special(operation, a[i], b[i], c[i]);
            if (double.IsNaN(special)) Assert.True(BitConverter.SingleToUInt32Bits(d[i]) == 0x7FFF_FFFF, what + ": not the one NaN");
            else if (Exactly(operation, a[i], b[i], c[i]) is { } exact && exact(0) != 0) Exact.IsRounded(exact, d[i], mode, what);
            else Assert.True(d[i] == special, $"{what}: {d[i]:R}, not {special:R}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Double_results_are_correctly_rounded(string operation, string mode)
    {
        (double[] a, double[] b, double[] c) = Operands.Doubles();
        double[] d = Instructions.Run<double, double, double, double>(Code(operation, mode, "f64"), a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            string what = $"{operation}.{mode}.f64 of {a[i]:R}, {b[i]:R}, {c[i]:R}";
            double special = Special(operation, a[i], b[i], c[i]);
            if (double.IsNaN(special)) Assert.True(double.IsNaN(d[i]), what + ": not NaN");
            else if (Exactly(operation, a[i], b[i], c[i]) is { } exact && exact(0) != 0) Exact.IsRounded(exact, d[i], mode, what);
            else Assert.True(d[i] == special, $"{what}: {d[i]:R}, not {special:R}");
        }
    }

    private static string Code(string operation, string mode, string type) =>
        $"{operation}.{mode}.{type} d, a" + operation switch { "fma" => ", b, c;", "rcp" or "sqrt" => ";", _ => ", b;" };

    // What infinities, NaN and zeros give; the value of finite ones is judged exactly.
    private static double Special(string operation, double a, double b, double c) => operation switch
    {
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "fma" => Math.FusedMultiplyAdd(a, b, c),
        "div" => a / b,
        "rcp" => 1 / a,
        _ => Math.Sqrt(a),
    };

    private static Exact.Against? Exactly(string operation, double a, double b, double c)
    {
        if (!double.IsFinite(a) || (operation is not ("rcp" or "sqrt") && !double.IsFinite(b))
            || (operation == "fma" && !double.IsFinite(c))) return null;
        return operation switch
        {
            "add" => Exact.Sum(a, b),
            "sub" => Exact.Sum(a, -b),
            "mul" => Exact.Product(a, b),
            "fma" => Exact.Fused(a, b, c),
            "div" => b == 0 ? null : Exact.Quotient(a, b),
            "rcp" => a == 0 ? null : Exact.Quotient(1, a),
            _ => a < 0 ? null : Exact.Root(a),
        };
    }

    [Theory]
    [InlineData("add.rn.f32 d, a, b;", "rn", -0f, -0f, -0f)]
    [InlineData("add.rn.f32 d, a, b;", "rn", 1f, -1f, 0f)]
    [InlineData("add.rm.f32 d, a, b;", "rm", 1f, -1f, -0f)]
    [InlineData("add.rp.f32 d, a, b;", "rp", 1f, -1f, 0f)]
    [InlineData("mul.rm.f32 d, a, b;", "rm", -0f, 3f, -0f)]
    [InlineData("div.rn.f32 d, a, b;", "rn", 0f, -3f, -0f)]
    [InlineData("sqrt.rn.f32 d, a;", "rn", -0f, 0f, -0f)]
    [InlineData("min.f32 d, a, b;", "rn", 0f, -0f, -0f)]
    [InlineData("max.f32 d, a, b;", "rn", -0f, 0f, 0f)]
    [InlineData("abs.f32 d, a;", "rn", -0f, 0f, 0f)]
    [InlineData("neg.f32 d, a;", "rn", 0f, 0f, -0f)]
    [InlineData("fma.rm.f32 d, a, b, a;", "rm", 1f, -1f, -0f)]
    public void Zeros_have_their_sign(string code, string mode, float a, float b, float expected)
    {
        float d = Instructions.Run<float, float, float>(code, [a], [b])[0];
        Assert.True(BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(d), $"{code} {mode} gave {d}");
    }

    [Fact]
    public void A_number_wins_over_NaN_unless_asked_otherwise()
    {
        (float[] a, float[] b, _) = Operands.Singles();
        float[] least = Instructions.Run<float, float, float>("min.f32 d, a, b;", a, b),
            most = Instructions.Run<float, float, float>("max.f32 d, a, b;", a, b);
        float[] strict = Instructions.Run<float, float, float>("max.NaN.f32 d, a, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            bool nan = float.IsNaN(a[i]) || float.IsNaN(b[i]);
            float low = float.IsNaN(a[i]) ? b[i] : float.IsNaN(b[i]) ? a[i] : Math.Min(a[i], b[i]);
            float high = float.IsNaN(a[i]) ? b[i] : float.IsNaN(b[i]) ? a[i] : Math.Max(a[i], b[i]);
            Assert.Equal(low, least[i]);
            Assert.Equal(high, most[i]);
            Assert.Equal(nan ? float.NaN : high, strict[i]);
        }
    }

    [Theory]
    [InlineData("add.ftz.f32 d, a, b;")]
    [InlineData("mul.ftz.f32 d, a, b;")]
    [InlineData("fma.rn.ftz.f32 d, a, b, b;")]
    [InlineData("max.ftz.f32 d, a, b;")]
    [InlineData("div.rn.ftz.f32 d, a, b;")]
    [InlineData("abs.ftz.f32 d, a;")]
    [InlineData("mul.rz.ftz.f32 d, a, b;")]
    public void Subnormals_are_flushed_where_asked(string code)
    {
        (float[] a, float[] b, _) = Operands.Singles();
        float[] d = Instructions.Run<float, float, float>(code, a, b);
        float[] flushed = Instructions.Run<float, float, float>(
            code.Replace(".ftz", "", StringComparison.Ordinal), Array.ConvertAll(a, Flush), Array.ConvertAll(b, Flush));
        for (int i = 0; i < a.Length; i++)
            Assert.True(float.IsNaN(flushed[i]) ? float.IsNaN(d[i])
                : BitConverter.SingleToUInt32Bits(Flush(flushed[i])) == BitConverter.SingleToUInt32Bits(d[i]));
        Assert.DoesNotContain(d, float.IsSubnormal);
    }

    private static float Flush(float x) => Math.Abs(x) < BitConverter.UInt32BitsToSingle(0x0080_0000) ? MathF.CopySign(0, x) : x;

    [Fact]
    public void Saturation_ends_at_0_and_1_and_turns_NaN_to_0()
    {
        (float[] a, float[] b, _) = Operands.Singles();
        float[] d = Instructions.Run<float, float, float>("add.sat.f32 d, a, b;", a, b),
            plain = Instructions.Run<float, float, float>("add.f32 d, a, b;", a, b);
        for (int i = 0; i < a.Length; i++)
            Assert.Equal(float.IsNaN(plain[i]) ? 0 : Math.Clamp(plain[i], 0, 1), d[i]);
    }

    [Fact]
    public void Signs_are_copied_and_properties_tested()
    {
        (float[] a, float[] b, _) = Operands.Singles();
        float[] d = Instructions.Run<float, float, float>("copysign.f32 d, a, b;", a, b);
        uint[] subnormal = Instructions.Run<float, uint>("testp.subnormal.f32 p, a; selp.b32 d, 1, 0, p;", a);
        uint[] finite = Instructions.Run<float, uint>("testp.finite.f32 p, a; selp.b32 d, 1, 0, p;", a);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((BitConverter.SingleToUInt32Bits(b[i]) & 0x7FFF_FFFF) | (BitConverter.SingleToUInt32Bits(a[i]) & 0x8000_0000),
                BitConverter.SingleToUInt32Bits(d[i]));
            Assert.Equal(a[i] != 0 && Math.Abs(a[i]) < 1.17549435e-38f ? 1u : 0, subnormal[i]);
            Assert.Equal(float.IsNaN(a[i]) || float.IsInfinity(a[i]) ? 0u : 1, finite[i]);
        }
    }

    [Fact]
    public void Doubles_have_minima_signs_and_rough_reciprocals()
    {
        (double[] a, double[] b, _) = Operands.Doubles();
        double[] least = Instructions.Run<double, double, double>("min.f64 d, a, b;", a, b),
            most = Instructions.Run<double, double, double>("max.f64 d, a, b;", a, b);
        double[] size = Instructions.Run<double, double>("abs.f64 d, a;", a),
            minus = Instructions.Run<double, double>("neg.f64 d, a;", a),
            sign = Instructions.Run<double, double, double>("copysign.f64 d, a, b;", a, b);
        double[] reciprocal = Instructions.Run<double, double>("rcp.approx.ftz.f64 d, a;", a),
            root = Instructions.Run<double, double>("rsqrt.approx.f64 d, a;", a);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal(double.IsNaN(a[i]) ? b[i] : double.IsNaN(b[i]) ? a[i] : Math.Min(a[i], b[i]), least[i]);
            Assert.Equal(double.IsNaN(a[i]) ? b[i] : double.IsNaN(b[i]) ? a[i] : Math.Max(a[i], b[i]), most[i]);
            Assert.Equal(Math.Abs(a[i]), size[i]);
            Assert.Equal(-a[i], minus[i]);
            Assert.Equal(Math.CopySign(b[i], a[i]), sign[i]);
            if (!double.IsNormal(a[i]) || Math.Abs(a[i]) > 1e307) continue;
            Assert.Equal(1, reciprocal[i] * a[i], 1e-6);
            Assert.Equal(0u, (uint)BitConverter.DoubleToUInt64Bits(reciprocal[i]));
            if (a[i] > 0) Assert.Equal(1, root[i] * Math.Sqrt(a[i]), 1e-6);
        }
    }
}
