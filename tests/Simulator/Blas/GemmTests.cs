using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Numerics;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed class GemmTests
{
    public static TheoryData<int, int, int, bool, bool> Shapes()
    {
        var data = new TheoryData<int, int, int, bool, bool>();
        int[][] sizes = [[1, 1, 1], [5, 3, 7], [64, 32, 256], [65, 33, 257], [130, 2, 300], [3, 140, 19], [17, 70, 1], [2, 2, 600]];
        foreach (int[] size in sizes)
        {
            foreach (bool transposeA in (bool[])[false, true])
            {
                foreach (bool transposeB in (bool[])[false, true]) data.Add(size[0], size[1], size[2], transposeA, transposeB);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_product_is_the_exact_one_rounded(int m, int n, int k, bool transposeA, bool transposeB)
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, transposeA ? k : m, transposeA ? m : k, padding: 3, offset: 1, seed: 1);
        DeviceMatrix b = fixture.Matrix(CudaDataType.R32F, transposeB ? n : k, transposeB ? k : n, padding: 2, offset: 5, seed: 2);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, m, n, padding: 4, offset: 3, seed: 3);
        double[,] expected = ExactProduct.Of(a, b, c.Values(), 1.5, -0.5, transposeA, transposeB);
        float[,] actual = fixture.Product(a, b, c, 1.5f, -0.5f, transposeA, transposeB);
        ExactProduct.AssertNear(expected, actual, 1e-5);
        Assert.True(a.IsUntouchedAround() && b.IsUntouchedAround() && c.IsUntouchedAround());
        Assert.Empty(fixture.Core.Reports);
    }

    [Theory]
    [InlineData(CudaDataType.R16F, CudaDataType.R16F, 1e-3)]
    [InlineData(CudaDataType.R16F, CudaDataType.R32F, 1e-5)]
    [InlineData(CudaDataType.R16BF, CudaDataType.R16BF, 8e-3)]
    [InlineData(CudaDataType.R16BF, CudaDataType.R32F, 1e-5)]
    public void Sixteen_bits_are_summed_in_float32(CudaDataType type, CudaDataType output, double tolerance)
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(type, 37, 90, padding: 1, seed: 1), b = fixture.Matrix(type, 41, 90, padding: 7, seed: 2);
        DeviceMatrix c = fixture.Matrix(output, 37, 41, padding: 3, seed: 3);
        double[,] expected = ExactProduct.Of(a, b, c.Values(), 2, 1, transposeB: true);
        ExactProduct.AssertNear(expected, fixture.Product(a, b, c, 2, 1, transposeB: true), tolerance);
        Assert.True(c.IsUntouchedAround());
    }

    [Theory]
    [InlineData(CudaDataType.R32F, CudaDataType.R32F, CudaDataType.R16F, CublasComputeType.Compute32f)]
    [InlineData(CudaDataType.R16F, CudaDataType.R16BF, CudaDataType.R32F, CublasComputeType.Compute32f)]
    [InlineData(CudaDataType.R16F, CudaDataType.R16F, CudaDataType.R16BF, CublasComputeType.Compute32f)]
    [InlineData(CudaDataType.R16F, CudaDataType.R16F, CudaDataType.R16F, CublasComputeType.Compute32fFastTf32)]
    [InlineData(CudaDataType.R16BF, CudaDataType.R16BF, CudaDataType.R32F, CublasComputeType.Compute32fFast16bf)]
    public void Types_outside_the_table_are_not_supported(CudaDataType a, CudaDataType b, CudaDataType c, CublasComputeType compute)
    {
        using var fixture = new CublasFixture();
        CublasStatus status = fixture.Gemm(fixture.Matrix(a, 4, 4), fixture.Matrix(b, 4, 4), fixture.Matrix(c, 4, 4), compute: compute);
        Assert.Equal(CublasStatus.NotSupported, status);
        Assert.Empty(fixture.Core.Queued);
    }

    [Fact]
    public void Bfloat16_needs_Volta()
    {
        foreach (SimulatedGpu gpu in (SimulatedGpu[])[SimulatedGpu.Gtx1080Ti, SimulatedGpu.TeslaT4, SimulatedGpu.A100, SimulatedGpu.H100])
        {
            using var fixture = new CublasFixture(new SimulatorOptions { Gpus = [gpu] });
            DeviceMatrix brain = fixture.Matrix(CudaDataType.R16BF, 4, 4), half = fixture.Matrix(CudaDataType.R16F, 4, 4);
            CublasStatus expected = gpu.Architecture >= 70 ? CublasStatus.Success : CublasStatus.NotSupported;
            Assert.Equal(expected, fixture.Gemm(brain, brain, fixture.Matrix(CudaDataType.R16BF, 4, 4)));
            Assert.Equal(CublasStatus.Success, fixture.Gemm(half, half, fixture.Matrix(CudaDataType.R16F, 4, 4)));
        }
    }

    // One operand is just beyond what each format holds, so that its rounding shows.
    [Theory]
    [InlineData(CublasComputeType.Compute32f, CublasMath.DefaultMath, null, 80, 0)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.Tf32TensorOpMath, null, 80, 1)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.Tf32TensorOpMath, null, 75, 0)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.Tf32TensorOpMath | CublasMath.MathDisallowReducedPrecisionReduction, null, 90, 1)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.Tf32TensorOpMath, false, 80, 0)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.DefaultMath, true, 80, 1)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.DefaultMath, true, 75, 0)]
    [InlineData(CublasComputeType.Compute32f, CublasMath.PedanticMath, true, 80, 0)]
    [InlineData(CublasComputeType.Compute32fPedantic, CublasMath.Tf32TensorOpMath, true, 80, 0)]
    [InlineData(CublasComputeType.Compute32fFastTf32, CublasMath.DefaultMath, null, 80, 1)]
    [InlineData(CublasComputeType.Compute32fFastTf32, CublasMath.DefaultMath, false, 80, 0)]
    [InlineData(CublasComputeType.Compute32fFastTf32, CublasMath.PedanticMath, null, 80, 0)]
    [InlineData(CublasComputeType.Compute32fFast16f, CublasMath.DefaultMath, null, 75, 2)]
    [InlineData(CublasComputeType.Compute32fFast16f, CublasMath.DefaultMath, null, 61, 0)]
    [InlineData(CublasComputeType.Compute32fFast16bf, CublasMath.DefaultMath, null, 80, 3)]
    [InlineData(CublasComputeType.Compute32fFast16bf, CublasMath.DefaultMath, null, 75, 0)]
    public void Operands_are_rounded_where_that_is_allowed(
        CublasComputeType compute,
        CublasMath mode,
        bool? tf32Override,
        int architecture,
        int expected)
    {
        SimulatedGpu gpu = SimulatedGpu.A100 with { Major = architecture / 10, Minor = architecture % 10 };
        using var fixture = new CublasFixture(new SimulatorOptions { Gpus = [gpu], Tf32Override = tf32Override });
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetMathMode(fixture.Handle, mode));
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 33, 20, seed: 1), b = fixture.Matrix(CudaDataType.R32F, 20, 40, seed: 2);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, 33, 40);
        a.Set((i, p) => 100_000 + (i * 3.001f) + p);
        double[,] exact = ExactProduct.Of(a, b, c.Values(), rounded: value => Rounding.Round(value, (InputPrecision)expected));
        float[,] actual = fixture.Product(a, b, c, compute: compute);
        if (expected == (int)InputPrecision.Float16) Assert.True(float.IsNaN(actual[0, 0]) || float.IsInfinity(actual[0, 0]));
        else ExactProduct.AssertNear(exact, actual, 1e-4);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(float.NaN)]
    public void With_beta_0_nothing_of_C_is_read(float poison)
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 20, 9, seed: 1), b = fixture.Matrix(CudaDataType.R32F, 9, 11, seed: 2);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, 20, 11);
        c.Set(poison);
        double[,] expected = ExactProduct.Of(a, b, c.Values());
        ExactProduct.AssertNear(expected, fixture.Product(a, b, c), 1e-5);
        c.Set(poison);
        Assert.Equal(float.IsNaN(poison), float.IsNaN(fixture.Product(a, b, c, beta: 1)[3, 3]));
    }

    [Theory]
    [InlineData(0, 1f)]
    [InlineData(7, 0f)]
    public void Without_terms_or_alpha_A_and_B_are_not_read(int k, float alpha)
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 5, k), b = fixture.Matrix(CudaDataType.R32F, k, 6);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, 5, 6, seed: 3);
        a.Set(float.NaN);
        b.Set(float.NaN);
        float before = c[4, 5];
        Assert.Equal(2 * before, fixture.Product(a, b, c, alpha, beta: 2)[4, 5]);
        c.Set(float.NaN);
        Assert.Equal(0, fixture.Product(a, b, c, alpha, beta: 0)[4, 5]);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void An_empty_product_does_nothing(int m, int n)
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, m, 3), b = fixture.Matrix(CudaDataType.R32F, 3, n);
        Assert.Equal(CublasStatus.Success, fixture.Gemm(a, b, fixture.Matrix(CudaDataType.R32F, m, n)));
        Assert.Empty(fixture.Core.Queued);
    }

    [Fact]
    public void Sums_kept_in_16_bits_can_be_forbidden()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R16F, 8, 4096, seed: 1), b = fixture.Matrix(CudaDataType.R16F, 4096, 8, seed: 2);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R16F, 8, 8);
        a.Set((i, p) => Math.Abs(a[i, p]));
        b.Set((p, j) => p < 2048 ? Math.Abs(b[p, j]) : -Math.Abs(b[p, j]));
        double[,] exact = ExactProduct.Of(a, b, c.Values());
        double loose = Error(exact, fixture.Product(a, b, c));
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetMathMode(fixture.Handle, CublasMath.MathDisallowReducedPrecisionReduction));
        double strict = Error(exact, fixture.Product(a, b, c));
        Assert.True(loose > 4 * strict, $"{loose} and {strict}");
    }

    [Fact]
    public void Sums_are_in_a_drawn_order_only_where_that_is_allowed()
    {
        float[,] natural = Run(seed: 0, CublasAtomicsMode.Allowed), forbidden = Run(seed: 1, CublasAtomicsMode.NotAllowed);
        Assert.Equal(natural, forbidden);
        Assert.NotEqual(natural, Run(seed: 1, CublasAtomicsMode.Allowed));
        Assert.NotEqual(Run(seed: 2, CublasAtomicsMode.Allowed), Run(seed: 1, CublasAtomicsMode.Allowed));
        Assert.Equal(Run(seed: 1, CublasAtomicsMode.Allowed), Run(seed: 1, CublasAtomicsMode.Allowed));
        Assert.Equal(natural, Run(seed: 0, CublasAtomicsMode.NotAllowed, workers: 1));
        Assert.Equal(natural, Run(seed: 0, CublasAtomicsMode.NotAllowed, workers: 5));
        Assert.NotEqual(Run(seed: 1, CublasAtomicsMode.Allowed), Run(seed: 1, CublasAtomicsMode.Allowed, times: 2));
    }

    private static float[,] Run(int seed, CublasAtomicsMode mode, int workers = 0, int times = 1)
    {
        using var fixture = new CublasFixture(new SimulatorOptions { Seed = seed, Workers = workers });
        Assert.Equal(CublasStatus.Success, fixture.Blas.SetAtomicsMode(fixture.Handle, mode));
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 70, 333, seed: 1), b = fixture.Matrix(CudaDataType.R32F, 333, 50, seed: 2);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, 70, 50);
        float[,] result = fixture.Product(a, b, c);
        for (var i = 1; i < times; i++) result = fixture.Product(a, b, c);
        ExactProduct.AssertNear(ExactProduct.Of(a, b, result), result, 1e-5);
        return result;
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Streams_that_share_a_handle_s_own_workspace_make_sums_vary(int streams, bool same)
    {
        using var fixture = new CublasFixture(new SimulatorOptions { Seed = 1 });
        ulong workspace = fixture.Core.Memory.Allocate(256);
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 20, 333, seed: 1), b = fixture.Matrix(CudaDataType.R32F, 333, 50, seed: 2);
        DeviceMatrix c = fixture.Matrix(CudaDataType.R32F, 20, 50);
        float[,] first = fixture.Product(a, b, c);
        fixture.SetStream(streams);
        fixture.SetStream(streams - 1);
        float[,] second = fixture.Product(a, b, c);
        Assert.Equal(same, first.Cast<float>().SequenceEqual(second.Cast<float>()));
        fixture.SetWorkspace(workspace, 256);
        Assert.Equal(first, fixture.Product(a, b, c));
    }

    private static double Error(double[,] exact, float[,] actual)
    {
        double worst = 0;
        for (var j = 0; j < exact.GetLength(1); j++)
        {
            for (var i = 0; i < exact.GetLength(0); i++) worst = Math.Max(worst, Math.Abs(exact[i, j] - actual[i, j]));
        }

        return worst;
    }
}
