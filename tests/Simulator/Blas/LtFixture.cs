using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Blas;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

/// <summary>A simulated cublasLt with a handle, a description, layouts of three matrices, and a preference.</summary>
internal sealed unsafe class LtFixture : IDisposable
{
    private readonly CublasLtHandle _handle;

    internal LtFixture(
        SimulatorOptions? options = null,
        CudaDataType type = CudaDataType.R32F,
        CudaDataType? output = null,
        int m = 24,
        int n = 16,
        int k = 40,
        bool transposeA = false,
        bool transposeB = false,
        CublasComputeType compute = CublasComputeType.Compute32f,
        int padding = 0,
        int offset = 0)
    {
        Core = new QueueCore(options ?? new SimulatorOptions());
        Blas = new SimulatedCublasLt(Core);
        CublasLtHandle handle;
        Assert.Equal(CublasStatus.Success, Blas.Create(&handle));
        _handle = handle;
        TransposeA = transposeA;
        TransposeB = transposeB;
        A = new DeviceMatrix(Core.Memory, type, transposeA ? k : m, transposeA ? m : k, padding, offset, seed: 1);
        B = new DeviceMatrix(Core.Memory, type, transposeB ? n : k, transposeB ? k : n, padding, offset, seed: 2);
        C = new DeviceMatrix(Core.Memory, output ?? type, m, n, padding, offset, seed: 3);
        D = new DeviceMatrix(Core.Memory, output ?? type, m, n, padding, offset, seed: 4);
        Bias = new DeviceMatrix(Core.Memory, output ?? type, m, 1, seed: 5);
        Description = Describe(compute);
        (LayoutA, LayoutB, LayoutC, LayoutD) = (Layout(A), Layout(B), Layout(C), Layout(D));
        Set(CublasLtMatmulDescAttribute.TransA, transposeA ? 1 : 0);
        Set(CublasLtMatmulDescAttribute.TransB, transposeB ? 1 : 0);
        CublasLtMatmulPreference preference;
        Assert.Equal(CublasStatus.Success, Blas.MatmulPreferenceCreate(&preference));
        Preference = preference;
    }

    internal QueueCore Core { get; }

    internal SimulatedCublasLt Blas { get; }

    internal CublasLtHandle Handle => _handle;

    internal DeviceMatrix A { get; }

    internal DeviceMatrix B { get; }

    internal DeviceMatrix C { get; }

    internal DeviceMatrix D { get; }

    internal DeviceMatrix Bias { get; }

    internal bool TransposeA { get; }

    internal bool TransposeB { get; }

    internal CublasLtMatmulDesc Description { get; set; }

    internal CublasLtMatrixLayout LayoutA { get; set; }

    internal CublasLtMatrixLayout LayoutB { get; set; }

    internal CublasLtMatrixLayout LayoutC { get; set; }

    internal CublasLtMatrixLayout LayoutD { get; set; }

    internal CublasLtMatmulPreference Preference { get; set; }

    internal CublasLtMatmulDesc Describe(CublasComputeType compute, CudaDataType scale = CudaDataType.R32F)
    {
        CublasLtMatmulDesc description;
        Assert.Equal(CublasStatus.Success, Blas.MatmulDescCreate(&description, compute, scale));
        return description;
    }

    internal CublasLtMatrixLayout Layout(DeviceMatrix matrix) =>
        Layout(matrix.Type, matrix.Rows, matrix.Columns, matrix.LeadingDimension);

    internal CublasLtMatrixLayout Layout(CudaDataType type, int rows, int columns, int leadingDimension)
    {
        CublasLtMatrixLayout layout;
        Assert.Equal(CublasStatus.Success, Blas.MatrixLayoutCreate(&layout, type, (ulong)rows, (ulong)columns, leadingDimension));
        return layout;
    }

    internal void Set<T>(CublasLtMatmulDescAttribute attribute, T value)
        where T : unmanaged =>
        Assert.Equal(CublasStatus.Success, Blas.MatmulDescSetAttribute(Description, attribute, &value, (nuint)sizeof(T)));

    internal void Wish<T>(CublasLtMatmulPreferenceAttribute attribute, T value)
        where T : unmanaged =>
        Assert.Equal(CublasStatus.Success, Blas.MatmulPreferenceSetAttribute(Preference, attribute, &value, (nuint)sizeof(T)));

    /// <summary>Asks for an epilogue with the bias.</summary>
    internal void SetEpilogue(CublasLtEpilogue epilogue, ulong? bias = null)
    {
        Set(CublasLtMatmulDescAttribute.Epilogue, (int)epilogue);
        Set(CublasLtMatmulDescAttribute.BiasPointer, bias ?? Bias.Address);
    }

    internal CublasLtMatmulHeuristicResult[] Search(out CublasStatus status, int requested = 8)
    {
        var results = new CublasLtMatmulHeuristicResult[Math.Max(requested, 1)];
        int returned = -1;
        fixed (CublasLtMatmulHeuristicResult* pointer = results)
        {
            status = Blas.MatmulAlgoGetHeuristic(
                _handle, Description, LayoutA, LayoutB, LayoutC, LayoutD, Preference, requested, pointer, &returned);
        }

        Assert.InRange(returned, 0, Math.Max(requested, 0));
        return results[..returned];
    }

    internal CublasLtMatmulHeuristicResult[] Search()
    {
        CublasLtMatmulHeuristicResult[] results = Search(out CublasStatus status);
        Assert.Equal(CublasStatus.Success, status);
        return results;
    }

    internal CublasStatus Matmul(
        float alpha = 1,
        float beta = 0,
        CublasLtMatmulAlgo? algorithm = null,
        ulong workspace = 0,
        nuint workspaceBytes = 0,
        bool inPlace = false)
    {
        CublasLtMatmulAlgo chosen = algorithm ?? default;
        return Blas.Matmul(
            _handle,
            Description,
            &alpha,
            A.Pointer,
            LayoutA,
            B.Pointer,
            LayoutB,
            &beta,
            inPlace ? D.Pointer : C.Pointer,
            LayoutC,
            D.Pointer,
            LayoutD,
            algorithm is null ? null : &chosen,
            (void*)workspace,
            workspaceBytes,
            default);
    }

    /// <summary>What D should be, before rounding.</summary>
    internal double[,] Expected(float alpha = 1, float beta = 0, bool inPlace = false, bool bias = false, bool relu = false)
    {
        double[,] expected = ExactProduct.Of(A, B, (inPlace ? D : C).Values(), alpha, beta, TransposeA, TransposeB);
        for (var j = 0; j < D.Columns; j++)
        {
            for (var i = 0; i < D.Rows; i++)
            {
                if (bias) expected[i, j] += Bias[i, 0];
                if (relu) expected[i, j] = Math.Max(0, expected[i, j]);
            }
        }

        return expected;
    }

    internal void AssertResult(double[,] expected, double tolerance = 1e-5)
    {
        Core.DrainAll();
        ExactProduct.AssertNear(expected, D.Values(), tolerance);
        Assert.True(D.IsUntouchedAround());
    }

    public void Dispose() => Core.Dispose();
}
