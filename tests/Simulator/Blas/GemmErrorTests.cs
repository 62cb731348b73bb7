using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Blas;
using AlexNetCuda.Simulator.Numerics;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed unsafe class GemmErrorTests
{
    // op(A) 4 x 3, op(B) 3 x 5.
    [Theory]
    [InlineData(0, 0, 4, 5, 3, 4, 3, 4, CublasStatus.Success)]
    [InlineData(1, 1, 4, 5, 3, 3, 5, 4, CublasStatus.Success)]
    [InlineData(2, 0, 4, 5, 3, 3, 3, 4, CublasStatus.Success)]
    [InlineData(3, 0, 4, 5, 3, 4, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(0, -1, 4, 5, 3, 4, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 0, -1, 5, 3, 4, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 4, -5, 3, 4, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 4, 5, -3, 4, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 4, 5, 3, 3, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(1, 0, 4, 5, 3, 2, 3, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 4, 5, 3, 4, 2, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 1, 4, 5, 3, 4, 4, 4, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 4, 5, 3, 4, 3, 3, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 0, 0, 0, 0, 1, 1, CublasStatus.InvalidValue)]
    [InlineData(0, 0, 0, 0, 0, 1, 1, 1, CublasStatus.Success)]
    public void Sizes_and_leading_dimensions_are_checked(
        int transA,
        int transB,
        int m,
        int n,
        int k,
        int lda,
        int ldb,
        int ldc,
        CublasStatus expected)
    {
        using var fixture = new CublasFixture();
        Assert.Equal(expected, Call(fixture, (CublasOperation)transA, (CublasOperation)transB, m, n, k, lda, ldb, ldc));
        Assert.Equal(expected == CublasStatus.Success && m > 0 ? 1 : 0, fixture.Core.Queued.Count);
    }

    [Fact]
    public void Null_pointers_are_invalid()
    {
        using var fixture = new CublasFixture();
        float one = 1;
        void* matrix = fixture.Matrix(CudaDataType.R32F, 4, 4).Pointer, other = fixture.Matrix(CudaDataType.R32F, 4, 4).Pointer;
        Assert.Equal(CublasStatus.InvalidValue, Square(fixture, null, matrix, matrix, &one, other));
        Assert.Equal(CublasStatus.InvalidValue, Square(fixture, &one, null, matrix, &one, other));
        Assert.Equal(CublasStatus.InvalidValue, Square(fixture, &one, matrix, null, &one, other));
        Assert.Equal(CublasStatus.InvalidValue, Square(fixture, &one, matrix, matrix, null, other));
        Assert.Equal(CublasStatus.InvalidValue, Square(fixture, &one, matrix, matrix, &one, null));
        Assert.Equal(CublasStatus.Success, Square(fixture, &one, matrix, matrix, &one, other));
        Assert.Equal(CublasStatus.NotSupported, Square(fixture, &one, matrix, matrix, &one, other, (CudaDataType)1));
        Assert.Equal(CublasStatus.NotSupported, Square(fixture, &one, matrix, matrix, &one, other, algorithm: 50));
        Assert.Equal(CublasStatus.Success, Square(fixture, &one, matrix, matrix, &one, other, algorithm: 99));
    }

    [Fact]
    public void Scalars_are_read_at_the_call()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        double[,] expected = ExactProduct.Of(a, a, c.Values(), 3, 2);
        fixture.Gemm(a, a, c, 3, 2);
        fixture.Core.DrainAll();
        ExactProduct.AssertNear(expected, c.Values(), 1e-5);
    }

    [Fact]
    public void A_matrix_beyond_its_memory_faults_when_its_turn_comes()
    {
        using var fixture = new CublasFixture();
        ulong small = fixture.Core.Memory.Allocate(4 * 15);
        DeviceMatrix b = fixture.Matrix(CudaDataType.R32F, 4, 4), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        float one = 1;
        Assert.Equal(CublasStatus.Success, Square(fixture, &one, (void*)small, b.Pointer, &one, c.Pointer));
        string report = Assert.Single(fixture.Core.Reports);
        Assert.Contains("A (4 x 4, leading dimension 4, Float32) is not in live device memory", report, StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(fixture.Core.DrainAll);
    }

    [Fact]
    public void A_matrix_freed_before_its_turn_faults()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        fixture.Gemm(a, a, c);
        fixture.Core.Memory.Free(a.Allocation);
        Assert.ThrowsAny<ArgumentException>(fixture.Core.DrainAll);
    }

    [Fact]
    public void A_matrix_between_elements_faults()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 5, 5), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        float one = 1;
        Assert.Equal(CublasStatus.Success, Square(fixture, &one, (void*)(a.Address + 2), a.Pointer, &one, c.Pointer));
        Assert.Contains("A is not aligned", Assert.Single(fixture.Core.Reports), StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(fixture.Core.DrainAll);
    }

    [Fact]
    public void A_result_over_an_operand_is_reported()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4), b = fixture.Matrix(CudaDataType.R32F, 4, 4);
        fixture.Gemm(a, b, a);
        fixture.Gemm(a, b, b);
        Assert.Equal(["cublasGemmEx: C overlaps A", "cublasGemmEx: C overlaps B"], fixture.Core.Reports);
    }

    [Theory]
    [InlineData(0, 4, 3, 0, 4, 3, true)]
    [InlineData(0, 4, 3, 16, 4, 3, false)] // the rows below
    [InlineData(0, 4, 3, 12, 4, 3, true)]
    [InlineData(0, 4, 3, 48, 4, 3, false)] // beside the second column
    [InlineData(0, 4, 3, 28, 4, 3, true)] // runs on from the first column's gap into the second
    [InlineData(0, 4, 3, 96, 4, 3, false)] // the columns after
    [InlineData(0, 4, 1, 28, 4, 3, false)]
    [InlineData(0, 4, 2, 28, 4, 3, true)]
    public void Parts_of_one_matrix_overlap_only_in_elements(
        int first,
        int rows,
        int columns,
        int second,
        int otherRows,
        int otherColumns,
        bool overlap)
    {
        // A column of the whole is 8 floats: 32 bytes.
        var a = new Matrix("a", 4096 + (ulong)first, ElementKind.Float32, rows, columns, 8);
        var b = new Matrix("b", 4096 + (ulong)second, ElementKind.Float32, otherRows, otherColumns, 8);
        Assert.Equal(overlap, a.Overlaps(b));
        Assert.Equal(overlap, b.Overlaps(a));
    }

    [Fact]
    public void After_a_sticky_error_and_for_refused_work_execution_fails()
    {
        using var fixture = new CublasFixture();
        DeviceMatrix a = fixture.Matrix(CudaDataType.R32F, 4, 4), c = fixture.Matrix(CudaDataType.R32F, 4, 4);
        fixture.Core.Status = CUresult.ErrorIllegalAddress;
        Assert.Equal(CublasStatus.ExecutionFailed, fixture.Gemm(a, a, c));
        fixture.Core.Status = CUresult.Success;
        fixture.Core.StreamStatus = CUresult.ErrorInvalidHandle;
        Assert.Equal(CublasStatus.ExecutionFailed, fixture.Gemm(a, a, c));
        fixture.Core.StreamStatus = CUresult.Success;
        Assert.Equal(CublasStatus.Success, fixture.Gemm(a, a, c));
        Assert.Empty(fixture.Core.Reports);
        fixture.Core.CurrentGpu = SimulatedGpu.H100;
        Assert.Equal(CublasStatus.ExecutionFailed, fixture.Gemm(a, a, c));
        Assert.Single(fixture.Core.Reports);
    }

    private static CublasStatus Call(
        CublasFixture fixture,
        CublasOperation transA,
        CublasOperation transB,
        int m,
        int n,
        int k,
        int lda,
        int ldb,
        int ldc)
    {
        float one = 1;
        void* a = fixture.Matrix(CudaDataType.R32F, 8, 8).Pointer, b = fixture.Matrix(CudaDataType.R32F, 8, 8).Pointer;
        void* c = fixture.Matrix(CudaDataType.R32F, 8, 8).Pointer;
        return fixture.Blas.GemmEx(
            fixture.Handle, transA, transB, m, n, k, &one, a, CudaDataType.R32F, lda, b, CudaDataType.R32F, ldb, &one,
            c, CudaDataType.R32F, ldc, CublasComputeType.Compute32f, CublasGemmAlgo.Default);
    }

    private static CublasStatus Square(
        CublasFixture fixture,
        float* alpha,
        void* a,
        void* b,
        float* beta,
        void* c,
        CudaDataType type = CudaDataType.R32F,
        int algorithm = -1) =>
        fixture.Blas.GemmEx(
            fixture.Handle, CublasOperation.N, CublasOperation.N, 4, 4, 4, alpha, a, type, 4, b, type, 4, beta,
            c, type, 4, CublasComputeType.Compute32f, (CublasGemmAlgo)algorithm);
}
