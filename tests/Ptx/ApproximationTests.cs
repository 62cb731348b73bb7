using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Approximate functions stay inside the bounds of the PTX ISA, and reach both edges when asked to.</summary>
public class ApproximationTests
{
    public static TheoryData<string, double> Cases => new()
    {
        { "rcp", Math.ScaleB(1, -23) },
        { "sqrt", Math.ScaleB(1, -23) },
        { "rsqrt", Math.Pow(2, -22.9) },
        { "ex2", Math.ScaleB(1, -22) },
        { "lg2", Math.ScaleB(1, -22) },
        { "sin", Math.Pow(2, -20.5) },
        { "cos", Math.Pow(2, -20.5) },
        { "tanh", Math.ScaleB(1, -11) },
    };

    private static double Function(string name, double x) => name switch
    {
        "rcp" => 1 / x,
        "sqrt" => Math.Sqrt(x),
        "rsqrt" => 1 / Math.Sqrt(x),
        "ex2" => Math.Pow(2, x),
        "lg2" => Math.Log2(x),
        "sin" => Math.Sin(x),
        "cos" => Math.Cos(x),
        _ => Math.Tanh(x),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_lie_in_the_bound_and_at_its_edges(string name, double bound)
    {
        float[] a = [.. Enumerable.Range(1, 2000).Select(i => i * 0.00311f)];
        float[] nearest = Run(name, a, Approximation.Nearest), low = Run(name, a, Approximation.Low),
            high = Run(name, a, Approximation.High);
        float[] seeded = Run(name, a, Approximation.Seeded, 3), other = Run(name, a, Approximation.Seeded, 4);
        int apart = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double exact = Function(name, a[i]);
            bool absolute = name is "sin" or "cos" || (name == "lg2" && a[i] is > 0.5f and < 2);
            double allowed = absolute ? bound : Math.Abs(exact) * bound;
            // Where the bound is narrower than half a unit of the last place, only the nearest number is left.
            double rounding = Math.Abs((float)exact - exact);
            Assert.Equal((float)exact, nearest[i]);
            foreach (float value in new[] { low[i], high[i], seeded[i] })
                Assert.True(Math.Abs(value - exact) <= Math.Max(allowed, rounding),
                    $"{name}({a[i]:R}) = {value:R}, beyond {allowed:R} of {exact:R}");
            Assert.True(low[i] <= nearest[i] && nearest[i] <= high[i]);
            Assert.True(seeded[i] == low[i] || seeded[i] == high[i]);
            if (high[i] > low[i] && Math.Max(high[i] - exact, exact - low[i]) > allowed * 0.4) apart++;
        }

        Assert.True(apart > a.Length / 3, $"only {apart} results are away from the exact one");
        Assert.NotEqual(seeded, other);
        Assert.Equal(seeded, Run(name, a, Approximation.Seeded, 3));
    }

    private static float[] Run(string name, float[] a, Approximation approximation, int seed = 0) =>
        Instructions.Run<float, float>($"{name}.approx.f32 d, a;", a, new MachineOptions { Approximation = approximation, Seed = seed });

    [Theory]
    [InlineData("div.approx.f32")]
    [InlineData("div.full.f32")]
    public void Approximate_quotients_are_within_two_units(string code)
    {
        float[] a = RandomValues.Singles(1500, 1), b = RandomValues.Singles(1500, 2);
        foreach (Approximation approximation in Enum.GetValues<Approximation>())
        {
            float[] d = Instructions.Run<float, float, float>(code + " d, a, b;", a, b,
                new MachineOptions { Approximation = approximation, Seed = 9 });
            for (int i = 0; i < a.Length; i++)
            {
                double exact = (double)a[i] / b[i], unit = MathF.BitIncrement(MathF.Abs((float)exact)) - MathF.Abs((float)exact);
                Assert.True(Math.Abs(d[i] - exact) <= 2 * unit);
            }
        }
    }

    [Theory]
    [InlineData("rcp.approx.f32", 0f, float.PositiveInfinity)]
    [InlineData("rcp.approx.f32", -0f, float.NegativeInfinity)]
    [InlineData("rcp.approx.f32", float.PositiveInfinity, 0f)]
    [InlineData("rsqrt.approx.f32", 0f, float.PositiveInfinity)]
    [InlineData("rsqrt.approx.f32", float.PositiveInfinity, 0f)]
    [InlineData("rsqrt.approx.f32", -1f, float.NaN)]
    [InlineData("sqrt.approx.f32", -1f, float.NaN)]
    [InlineData("lg2.approx.f32", 0f, float.NegativeInfinity)]
    [InlineData("lg2.approx.f32", -1f, float.NaN)]
    [InlineData("lg2.approx.f32", 1f, 0f)]
    [InlineData("ex2.approx.f32", float.NegativeInfinity, 0f)]
    [InlineData("ex2.approx.f32", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("ex2.approx.ftz.f32", -140f, 0f)]
    [InlineData("ex2.approx.f32", 10f, 1024f)]
    [InlineData("sin.approx.f32", 0f, 0f)]
    [InlineData("sin.approx.f32", float.PositiveInfinity, float.NaN)]
    public void Special_operands_give_exact_results(string code, float a, float expected)
    {
        foreach (Approximation approximation in new[] { Approximation.Nearest, Approximation.High })
        {
            float d = Instructions.Run<float, float>(code + " d, a;", [a], new MachineOptions { Approximation = approximation })[0];
            // lg2 has an absolute bound around 1: its zero is no special case.
            Assert.Equal(expected, d, code.StartsWith("lg2", StringComparison.Ordinal) && a == 1 ? 2.4e-7f : 0);
        }
    }

    [Fact]
    public void Division_by_huge_numbers_gives_zero_only_where_approximate()
    {
        float huge = MathF.ScaleB(1, 127), a = MathF.ScaleB(1, 120);
        Assert.Equal(0, Instructions.Run<float, float, float>("div.approx.f32 d, a, b;", [a], [huge])[0]);
        Assert.Equal(a / huge, Instructions.Run<float, float, float>("div.full.f32 d, a, b;", [a], [huge])[0]);
    }
}
