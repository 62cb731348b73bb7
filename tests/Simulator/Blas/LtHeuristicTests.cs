using AlexNetCuda.Interop.Blas;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed class LtHeuristicTests
{
    [Theory]
    [InlineData(61, 120_401, CudaDataType.R32F, CudaDataType.R32F, 1, CublasStatus.Success)]
    [InlineData(61, 120_401, CudaDataType.R32F, CudaDataType.R32F, 4, CublasStatus.NotSupported)]
    [InlineData(61, 120_401, CudaDataType.R16F, CudaDataType.R16F, 1, CublasStatus.Success)]
    [InlineData(61, 120_401, CudaDataType.R16F, CudaDataType.R16F, 6, CublasStatus.NotSupported)]
    [InlineData(61, 120_401, CudaDataType.R16BF, CudaDataType.R16BF, 1, CublasStatus.NotSupported)]
    [InlineData(75, 120_401, CudaDataType.R32F, CudaDataType.R32F, 6, CublasStatus.Success)]
    [InlineData(75, 120_401, CudaDataType.R16F, CudaDataType.R16F, 4, CublasStatus.Success)]
    [InlineData(75, 130_000, CudaDataType.R16BF, CudaDataType.R16BF, 1, CublasStatus.NotSupported)]
    [InlineData(80, 120_401, CudaDataType.R16BF, CudaDataType.R16BF, 6, CublasStatus.Success)]
    [InlineData(80, 120_401, CudaDataType.R16F, CudaDataType.R32F, 1, CublasStatus.Success)]
    [InlineData(80, 120_401, CudaDataType.R16F, CudaDataType.R32F, 6, CublasStatus.NotSupported)]
    [InlineData(90, 130_000, CudaDataType.R16F, CudaDataType.R32F, 6, CublasStatus.Success)]
    [InlineData(90, 130_000, CudaDataType.R16BF, CudaDataType.R16BF, 4, CublasStatus.Success)]
    [InlineData(90, 130_000, CudaDataType.R16BF, CudaDataType.R16BF, 2, CublasStatus.NotSupported)]
    [InlineData(90, 130_000, CudaDataType.R32F, CudaDataType.R16F, 1, CublasStatus.NotSupported)]
    public void The_table_goes_by_architecture_version_types_and_epilogue(
        int architecture,
        int version,
        CudaDataType type,
        CudaDataType output,
        int epilogue,
        CublasStatus expected)
    {
        SimulatedGpu gpu = SimulatedGpu.A100 with { Major = architecture / 10, Minor = architecture % 10 };
        using var fixture = new LtFixture(new SimulatorOptions { Gpus = [gpu], CublasVersion = version, DriverVersion = 13_000 }, type, output);
        fixture.SetEpilogue((CublasLtEpilogue)epilogue);
        CublasLtMatmulHeuristicResult[] results = fixture.Search(out CublasStatus status);
        Assert.Equal(expected, status);
        Assert.Equal(expected == CublasStatus.Success, results.Length > 0);
        Assert.All(results, result => Assert.Equal(CublasStatus.Success, result.State));
        Assert.Equal(expected, fixture.Matmul());
    }

    [Fact]
    public void Results_keep_to_the_workspace_that_is_allowed()
    {
        using var fixture = new LtFixture(type: CudaDataType.R16F, k: 1024);
        Assert.All(fixture.Search(), result => Assert.Equal((nuint)0, result.WorkspaceSize));
        int without = fixture.Search().Length;
        fixture.Wish(CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, 1UL << 20);
        CublasLtMatmulHeuristicResult[] results = fixture.Search();
        Assert.True(results.Length > without);
        Assert.True(results[0].WorkspaceSize > 0 && results[0].WavesCount > 0);
        Assert.Single(fixture.Search(out CublasStatus status, requested: 1));
        Assert.Equal(CublasStatus.Success, status);
    }

    [Fact]
    public void Less_aligned_matrices_have_fewer_algorithms()
    {
        using var fixture = new LtFixture(type: CudaDataType.R16F);
        int all = fixture.Search().Length;
        fixture.Wish(CublasLtMatmulPreferenceAttribute.MinAlignmentBBytes, 16u);
        Assert.Equal(all, fixture.Search().Length);
        fixture.Wish(CublasLtMatmulPreferenceAttribute.MinAlignmentBBytes, 8u);
        Assert.InRange(fixture.Search().Length, 1, all - 1);
        fixture.SetEpilogue(CublasLtEpilogue.Bias);
        Assert.Empty(fixture.Search(out CublasStatus status));
        Assert.Equal(CublasStatus.Success, status);
    }

    [Theory]
    [InlineData(7u, true)]
    [InlineData(4u, true)]
    [InlineData(2u, false)]
    public void The_reduction_scheme_decides_what_partial_sums_lose(uint mask, bool loses)
    {
        using var fixture = new LtFixture(type: CudaDataType.R16F, k: 4096);
        fixture.A.Set((i, p) => Math.Abs(fixture.A[i, p]));
        fixture.B.Set((p, j) => p < 2048 ? Math.Abs(fixture.B[p, j]) : -Math.Abs(fixture.B[p, j]));
        fixture.Wish(CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, 1UL << 20);
        fixture.Wish(CublasLtMatmulPreferenceAttribute.ReductionSchemeMask, mask);
        CublasLtMatmulHeuristicResult result = fixture.Search()[0];
        Assert.True(result.WorkspaceSize > 0);
        ulong workspace = fixture.Core.Memory.Allocate((long)result.WorkspaceSize);
        double[,] expected = fixture.Expected();
        Assert.Equal(CublasStatus.Success, fixture.Matmul(algorithm: result.Algo, workspace: workspace, workspaceBytes: result.WorkspaceSize));
        fixture.Core.DrainAll();
        double worst = 0;
        for (var j = 0; j < fixture.D.Columns; j++)
        {
            for (var i = 0; i < fixture.D.Rows; i++)
                worst = Math.Max(worst, Math.Abs(expected[i, j] - fixture.D[i, j]) / (1 + Math.Abs(expected[i, j])));
        }

        Assert.Equal(loses, worst > 2e-3);
    }

    [Fact]
    public void Without_any_scheme_sums_are_not_split()
    {
        using var fixture = new LtFixture(k: 4096);
        fixture.Wish(CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, 1UL << 20);
        fixture.Wish(CublasLtMatmulPreferenceAttribute.ReductionSchemeMask, 0u);
        Assert.All(fixture.Search(), result => Assert.Equal((nuint)0, result.WorkspaceSize));
    }
}
