using Xunit;

namespace AlexNetCuda.Ptx.Tests;

public class CompareTests
{
    private static readonly Dictionary<string, Func<double, double, bool>> s_ordered = new()
    {
        ["eq"] = (a, b) => a == b,
        ["ne"] = (a, b) => a != b,
        ["lt"] = (a, b) => a < b,
        ["le"] = (a, b) => a <= b,
        ["gt"] = (a, b) => a > b,
        ["ge"] = (a, b) => a >= b,
    };

    [Fact]
    public void Ordered_comparisons_are_false_for_NaN_and_unordered_ones_true()
    {
        (float[] a, float[] b, _) = Operands.Singles();
        (double[] x, double[] y, _) = Operands.Doubles();
        foreach ((string name, var f) in s_ordered)
        {
            foreach (bool unordered in new[] { false, true })
            {
                string relation = name + (unordered ? "u" : "");
                uint[] d = Instructions.Run<float, float, uint>($"setp.{relation}.f32 p, a, b; selp.u32 d, 1, 0, p;", a, b);
                uint[] w = Instructions.Run<double, double, uint>($"setp.{relation}.f64 p, a, b; selp.u32 d, 1, 0, p;", x, y);
                for (int i = 0; i < a.Length; i++)
                    Assert.Equal(float.IsNaN(a[i]) || float.IsNaN(b[i]) ? unordered : f(a[i], b[i]), d[i] == 1);
                for (int i = 0; i < x.Length; i++)
                    Assert.Equal(double.IsNaN(x[i]) || double.IsNaN(y[i]) ? unordered : f(x[i], y[i]), w[i] == 1);
            }
        }

        uint[] number = Instructions.Run<float, float, uint>("setp.num.f32 p, a, b; selp.u32 d, 1, 0, p;", a, b),
            nan = Instructions.Run<float, float, uint>("setp.nan.f32 p, a, b; selp.u32 d, 1, 0, p;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal(float.IsNaN(a[i]) || float.IsNaN(b[i]) ? 0u : 1, number[i]);
            Assert.Equal(1 - number[i], nan[i]);
        }
    }

    [Fact]
    public void Flushing_comparisons_see_subnormals_as_zero()
    {
        float[] a = [1e-40f, -1e-40f, 1e-38f * 1.2f, 0], b = [0, 1e-41f, 0, -1e-42f];
        Assert.Equal([1u, 1, 0, 1], Instructions.Run<float, float, uint>("setp.eq.ftz.f32 p, a, b; selp.u32 d, 1, 0, p;", a, b));
        Assert.Equal([0u, 0, 0, 0], Instructions.Run<float, float, uint>("setp.eq.f32 p, a, b; selp.u32 d, 1, 0, p;", a, b));
    }

    [Theory]
    [InlineData("s16")]
    [InlineData("u16")]
    public void Short_integers_compare(string type)
    {
        (ushort[] a, ushort[] b, _) = Operands.Shorts();
        foreach ((string name, var f) in s_ordered)
        {
            uint[] d = Instructions.Run<ushort, ushort, uint>($"setp.{name}.{type} p, a, b; selp.u32 d, 1, 0, p;", a, b);
            for (int i = 0; i < a.Length; i++) Assert.Equal(type == "s16" ? f((short)a[i], (short)b[i]) : f(a[i], b[i]), d[i] == 1);
        }
    }

    [Theory]
    [InlineData("s32")]
    [InlineData("u32")]
    public void Integers_compare(string type)
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        (ulong[] x, ulong[] y, _) = Operands.Longs();
        foreach ((string name, var f) in s_ordered)
        {
            uint[] d = Instructions.Run<uint, uint, uint>($"setp.{name}.{type} p, a, b; selp.u32 d, 1, 0, p;", a, b);
            for (int i = 0; i < a.Length; i++) Assert.Equal(type == "s32" ? f((int)a[i], (int)b[i]) : f(a[i], b[i]), d[i] == 1);
            uint[] w = Instructions.Run<ulong, ulong, uint>($"setp.{name}.{type.Replace("32", "64", StringComparison.Ordinal)} p, a, b; selp.u32 d, 1, 0, p;", x, y);
            for (int i = 0; i < x.Length; i++)
            {
                int order = type == "s32" ? ((long)x[i]).CompareTo((long)y[i]) : x[i].CompareTo(y[i]);
                Assert.Equal(f(order, 0), w[i] == 1);
            }
        }

        uint[] lower = Instructions.Run<uint, uint, uint>("setp.lo.u32 p, a, b; selp.u32 d, 1, 0, p;", a, b);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i] < b[i], lower[i] == 1);
    }

    [Fact]
    public void A_comparison_writes_its_outcome_and_the_opposite_both_combined()
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        uint[] d = Instructions.Run<uint, uint, uint, uint>(
            "setp.gt.s32 s, c, 0; setp.lt.and.s32 p|q, a, b, !s; selp.u32 d, 1, 0, p; selp.u32 t, 2, 0, q; or.b32 d, d, t;", a, b, c);
        uint[] xor = Instructions.Run<uint, uint, uint, uint>("setp.gt.s32 s, c, 0; setp.lt.xor.s32 p, a, b, s; selp.u32 d, 1, 0, p;", a,
            b, c);
        for (int i = 0; i < a.Length; i++)
        {
            bool other = (int)c[i] <= 0, less = (int)a[i] < (int)b[i];
            Assert.Equal((less && other ? 1u : 0) | (!less && other ? 2u : 0), d[i]);
            Assert.Equal(less ^ !other, xor[i] == 1);
        }
    }

    [Fact]
    public void Outcomes_are_values_too_and_predicates_have_a_logic()
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        uint[] set = Instructions.Run<uint, uint, uint>("set.lt.u32.s32 d, a, b;", a, b);
        float[] real = Instructions.Run<uint, uint, float>("set.gt.f32.u32 d, a, b;", a, b);
        uint[] logic = Instructions.Run<uint, uint, uint>(
            "setp.lt.s32 p, a, 5; setp.gt.s32 q, b, 5; and.pred s, p, !q; xor.pred s, s, q; not.pred s, s; mov.pred p, s; selp.b32 d, a, b, p;", a, b);
        uint[] sign = Instructions.Run<uint, uint, uint>("slct.u32.s32 d, a, 7, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((int)a[i] < (int)b[i] ? uint.MaxValue : 0, set[i]);
            Assert.Equal(a[i] > b[i] ? 1f : 0, real[i]);
            bool p = (int)a[i] < 5, q = (int)b[i] > 5;
            Assert.Equal(!((p && !q) ^ q) ? a[i] : b[i], logic[i]);
            Assert.Equal((int)b[i] >= 0 ? a[i] : 7, sign[i]);
        }
    }

    [Fact]
    public void Halves_and_flushed_singles_compare_like_numbers()
    {
        (ushort[] a, ushort[] b, _) = Operands.Shorts();
        (float[] x, float[] y, _) = Operands.Singles();
        foreach ((string name, var f) in s_ordered)
        {
            foreach (bool unordered in new[] { false, true })
            {
                string relation = name + (unordered ? "u" : "");
                uint[] half = Instructions.Run<ushort, ushort, uint>($"setp.{relation}.f16 p, a, b; selp.u32 d, 1, 0, p;", a, b);
                uint[] brain = Instructions.Run<ushort, ushort, uint>($"setp.{relation}.bf16 p, a, b; selp.u32 d, 1, 0, p;", a, b);
                uint[] flushed = Instructions.Run<float, float, uint>($"setp.{relation}.ftz.f32 p, a, b; selp.u32 d, 1, 0, p;", x, y);
                for (int i = 0; i < a.Length; i++)
                {
                    Check((double)BitConverter.UInt16BitsToHalf(a[i]), (double)BitConverter.UInt16BitsToHalf(b[i]), half[i]);
                    Check(BitConverter.UInt32BitsToSingle((uint)a[i] << 16), BitConverter.UInt32BitsToSingle((uint)b[i] << 16), brain[i]);
                }

                for (int i = 0; i < x.Length; i++)
                    Check(float.IsSubnormal(x[i]) ? 0 : x[i], float.IsSubnormal(y[i]) ? 0 : y[i], flushed[i]);

                void Check(double u, double v, uint got) =>
                    Assert.Equal(double.IsNaN(u) || double.IsNaN(v) ? unordered : f(u, v), got == 1);
            }
        }

        uint[] chosen = Instructions.Run<float, float, uint>(".reg .f32 k; mov.f32 k, b; slct.u32.f32 d, 3, 4, k;", x, y);
        for (int i = 0; i < x.Length; i++) Assert.Equal(y[i] >= 0 ? 3u : 4, chosen[i]);
    }
}
