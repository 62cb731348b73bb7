using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed unsafe class LtMatmulTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_product_is_the_exact_one_rounded(bool transposeA, bool transposeB)
    {
        using var fixture = new LtFixture(m: 33, n: 29, k: 70, transposeA: transposeA, transposeB: transposeB, padding: 3, offset: 1);
        double[,] expected = fixture.Expected(2, -1);
        Assert.Equal(CublasStatus.Success, fixture.Matmul(2, -1));
        fixture.AssertResult(expected);
        Assert.Empty(fixture.Core.Reports);
    }

    [Theory]
    [InlineData(CudaDataType.R32F, CudaDataType.R32F, 1e-5)]
    [InlineData(CudaDataType.R16F, CudaDataType.R16F, 1e-3)]
    [InlineData(CudaDataType.R16F, CudaDataType.R32F, 1e-5)]
    [InlineData(CudaDataType.R16BF, CudaDataType.R16BF, 8e-3)]
    [InlineData(CudaDataType.R16BF, CudaDataType.R32F, 1e-5)]
    public void A_bias_is_added_to_each_row_and_cut_off_at_0(CudaDataType type, CudaDataType output, double tolerance)
    {
        foreach (CublasLtEpilogue epilogue in (CublasLtEpilogue[])[CublasLtEpilogue.Bias, CublasLtEpilogue.ReluBias])
        {
            using var fixture = new LtFixture(new SimulatorOptions { CublasVersion = 130_000, DriverVersion = 13_000 }, type, output);
            fixture.SetEpilogue(epilogue);
            double[,] expected = fixture.Expected(bias: true, relu: epilogue == CublasLtEpilogue.ReluBias);
            Assert.Equal(CublasStatus.Success, fixture.Matmul());
            fixture.AssertResult(expected, tolerance);
        }
    }

    [Fact]
    public void A_bias_is_read_when_the_work_runs()
    {
        using var fixture = new LtFixture();
        fixture.SetEpilogue(CublasLtEpilogue.Bias);
        Assert.Equal(CublasStatus.Success, fixture.Matmul());
        fixture.Bias.Set((i, _) => 100 + i);
        fixture.AssertResult(fixture.Expected(bias: true));
    }

    [Fact]
    public void A_NaN_is_not_cut_off()
    {
        using var fixture = new LtFixture();
        fixture.SetEpilogue(CublasLtEpilogue.ReluBias);
        fixture.Bias.Set((i, _) => i == 3 ? float.NaN : -1000);
        Assert.Equal(CublasStatus.Success, fixture.Matmul());
        fixture.Core.DrainAll();
        Assert.True(float.IsNaN(fixture.D[3, 5]));
        Assert.Equal(0, fixture.D[4, 5]);
    }

    [Fact]
    public void The_result_may_take_the_place_of_C()
    {
        using var fixture = new LtFixture();
        double[,] expected = fixture.Expected(beta: 2, inPlace: true);
        Assert.Equal(CublasStatus.Success, fixture.Matmul(beta: 2, inPlace: true));
        MemoryUse use = Assert.Single(fixture.Core.Queued[0].Uses, use => use.Operand == "D");
        Assert.True(use is { Reads: true, Writes: true });
        fixture.AssertResult(expected);
        Assert.Empty(fixture.Core.Reports);
    }

    [Fact]
    public void With_beta_0_C_is_not_read_and_may_be_null()
    {
        using var fixture = new LtFixture();
        fixture.C.Set(float.NaN);
        fixture.D.Set(float.NaN);
        double[,] expected = fixture.Expected();
        Assert.Equal(CublasStatus.Success, fixture.Matmul());
        fixture.AssertResult(expected);
        float one = 1, zero = 0;
        Assert.Equal(CublasStatus.Success, Call(fixture, &one, &zero, null));
        Assert.Equal(CublasStatus.InvalidValue, Call(fixture, &one, &one, null));
        Assert.Equal(CublasStatus.InvalidValue, Call(fixture, null, &zero, null));
        Assert.Equal(CublasStatus.InvalidValue, Call(fixture, &one, null, null));
    }

    [Fact]
    public void Work_says_what_it_touches()
    {
        using var fixture = new LtFixture();
        fixture.SetEpilogue(CublasLtEpilogue.Bias);
        Assert.Equal(CublasStatus.Success, fixture.Matmul(beta: 1));
        Assert.Equal(
            [
                new MemoryUse(fixture.A.Address, 4 * 24 * 40, true, false, "A"),
                new MemoryUse(fixture.B.Address, 4 * 40 * 16, true, false, "B"),
                new MemoryUse(fixture.C.Address, 4 * 24 * 16, true, false, "C"),
                new MemoryUse(fixture.Bias.Address, 4 * 24, true, false, "bias"),
                new MemoryUse(fixture.D.Address, 4 * 24 * 16, false, true, "D"),
            ],
            fixture.Core.Queued[0].Uses);
    }

    [Fact]
    public void An_algorithm_writes_over_its_workspace_and_needs_all_of_it()
    {
        using var fixture = new LtFixture(k: 600);
        fixture.Wish(CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, 1UL << 20);
        CublasLtMatmulHeuristicResult result = fixture.Search()[0];
        Assert.Equal((nuint)(4 * 24 * 16 * 4), result.WorkspaceSize);
        ulong workspace = fixture.Core.Memory.Allocate((long)result.WorkspaceSize);
        double[,] expected = fixture.Expected();
        (CublasLtMatmulAlgo algorithm, nuint bytes) = (result.Algo, result.WorkspaceSize);
        Assert.Equal(CublasStatus.InvalidValue, fixture.Matmul(algorithm: algorithm, workspace: workspace, workspaceBytes: bytes - 1));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Matmul(algorithm: algorithm, workspaceBytes: bytes));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Matmul(algorithm: algorithm, workspace: workspace + 128, workspaceBytes: bytes));
        Assert.Equal(CublasStatus.Success, fixture.Matmul(algorithm: algorithm, workspace: workspace, workspaceBytes: bytes));
        fixture.AssertResult(expected);
        Assert.All(fixture.Core.Memory.Read<byte>(workspace, (int)result.WorkspaceSize), value => Assert.Equal(255, value));
        Assert.Empty(fixture.Core.Reports);
    }

    [Fact]
    public void An_algorithm_is_understood_by_its_own_version_for_its_own_product()
    {
        using var fixture = new LtFixture();
        CublasLtMatmulAlgo algorithm = fixture.Search()[0].Algo;
        Assert.Equal(CublasStatus.Success, fixture.Matmul(algorithm: algorithm));
        Assert.Equal(CublasStatus.InvalidValue, fixture.Matmul(algorithm: default(CublasLtMatmulAlgo)));
        CublasLtMatmulAlgo changed = algorithm;
        changed.Data[1] ^= 1;
        Assert.Equal(CublasStatus.InvalidValue, fixture.Matmul(algorithm: changed));

        using var newer = new LtFixture(new SimulatorOptions { CublasVersion = 120_500 });
        Assert.Equal(CublasStatus.InvalidValue, newer.Matmul(algorithm: algorithm));
        using var other = new LtFixture(type: CudaDataType.R16F);
        Assert.Equal(CublasStatus.InvalidValue, other.Matmul(algorithm: algorithm));
        using var hopper = new LtFixture(new SimulatorOptions { Gpus = [SimulatedGpu.H100] });
        Assert.Equal(CublasStatus.ArchMismatch, hopper.Matmul(algorithm: algorithm));
    }

    [Fact]
    public void Tensor_cores_refuse_matrices_between_16_bytes()
    {
        using var aligned = new LtFixture(type: CudaDataType.R16F);
        CublasLtMatmulAlgo algorithm = aligned.Search()[0].Algo;
        Assert.Equal(CublasStatus.Success, aligned.Matmul(algorithm: algorithm));
        using var shifted = new LtFixture(type: CudaDataType.R16F, offset: 4);
        Assert.Equal(CublasStatus.NotSupported, shifted.Matmul(algorithm: algorithm));
        Assert.Equal(CublasStatus.Success, shifted.Matmul());
        using var uneven = new LtFixture(type: CudaDataType.R16F, padding: 1);
        Assert.Equal(CublasStatus.NotSupported, uneven.Matmul(algorithm: algorithm));
        uneven.SetEpilogue(CublasLtEpilogue.Bias);
        Assert.Equal(CublasStatus.NotSupported, uneven.Matmul());
    }

    [Fact]
    public void A_bias_between_16_bytes_faults_with_tensor_cores()
    {
        using var plain = new LtFixture();
        plain.SetEpilogue(CublasLtEpilogue.Bias, plain.Bias.Address + 4);
        Assert.Equal(CublasStatus.Success, plain.Matmul());
        Assert.Empty(plain.Core.Reports);
        using var fixture = new LtFixture(type: CudaDataType.R16F);
        fixture.SetEpilogue(CublasLtEpilogue.Bias, fixture.Bias.Address + 8);
        Assert.Equal(CublasStatus.Success, fixture.Matmul());
        Assert.Contains("the bias is not aligned to the 16 bytes", Assert.Single(fixture.Core.Reports), StringComparison.Ordinal);
        Assert.Equal(CUresult.ErrorMisalignedAddress, Assert.Throws<DeviceFaultException>(fixture.Core.DrainAll).Status);
    }

    [Fact]
    public void A_bias_beyond_its_memory_is_reported_and_faults()
    {
        using var fixture = new LtFixture();
        fixture.SetEpilogue(CublasLtEpilogue.Bias, fixture.Core.Memory.Allocate(4 * 23));
        Assert.Equal(CublasStatus.Success, fixture.Matmul());
        Assert.Contains("bias (24 x 1", Assert.Single(fixture.Core.Reports), StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(fixture.Core.DrainAll);
        fixture.SetEpilogue(CublasLtEpilogue.Bias, 0);
        Assert.Equal(CublasStatus.InvalidValue, fixture.Matmul());
    }

    [Fact]
    public void Operands_are_rounded_as_the_precision_allows()
    {
        using var tf32 = new LtFixture(compute: CublasComputeType.Compute32fFastTf32);
        using var exact = new LtFixture();
        using var forbidden = new LtFixture(new SimulatorOptions { Tf32Override = false }, compute: CublasComputeType.Compute32fFastTf32);
        using var forced = new LtFixture(new SimulatorOptions { Tf32Override = true });
        using var unaligned = new LtFixture(compute: CublasComputeType.Compute32fFastTf32, offset: 1);
        float[][,] results = [.. new[] { tf32, exact, forbidden, forced, unaligned }.Select(fixture =>
        {
            Assert.Equal(CublasStatus.Success, fixture.Matmul());
            fixture.Core.DrainAll();
            return fixture.D.Values();
        })];
        Assert.NotEqual(results[1], results[0]);
        Assert.Equal(results[1], results[2]);
        Assert.Equal(results[0], results[3]);
        Assert.Equal(results[1], results[4]);
    }

    [Fact]
    public void After_a_sticky_error_execution_fails()
    {
        using var fixture = new LtFixture();
        fixture.Core.Status = CUresult.ErrorIllegalAddress;
        Assert.Equal(CublasStatus.ExecutionFailed, fixture.Matmul());
        fixture.Core.Status = CUresult.Success;
        fixture.Core.StreamStatus = CUresult.ErrorStreamCaptureInvalidated;
        Assert.Equal(CublasStatus.ExecutionFailed, fixture.Matmul());
    }

    private static CublasStatus Call(LtFixture fixture, float* alpha, float* beta, void* c) =>
        fixture.Blas.Matmul(
            fixture.Handle, fixture.Description, alpha, fixture.A.Pointer, fixture.LayoutA, fixture.B.Pointer, fixture.LayoutB, beta,
            c, fixture.LayoutC, fixture.D.Pointer, fixture.LayoutD, null, null, 0, default);
}
