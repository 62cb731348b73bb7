using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>A product of cublasLt whose descriptions fit each other. Where its matrices are is not known yet.</summary>
internal sealed record LtProblem
{
    public required CublasComputeType Compute { get; init; }

    public required CublasLtEpilogue Epilogue { get; init; }

    public required bool TransposeA { get; init; }

    public required bool TransposeB { get; init; }

    public required long K { get; init; }

    public required Matrix A { get; init; }

    public required Matrix B { get; init; }

    public required Matrix C { get; init; }

    public required Matrix D { get; init; }

    public required ElementKind BiasKind { get; init; }

    public bool HasBias => Epilogue != CublasLtEpilogue.Default;

    /// <summary>What an algorithm is made for: it does not go with other types, precisions and transposes.</summary>
    public ulong Signature =>
        (ulong)Compute | (ulong)A.Kind << 8 | (ulong)D.Kind << 12
        | (TransposeA ? 1UL : 0) << 16 | (TransposeB ? 1UL : 0) << 17 | (ulong)Epilogue << 20;

    /// <summary>How addresses and leading dimensions of a matrix are aligned, where its address is so far.</summary>
    public static bool IsAligned(Matrix matrix, ulong address, int bytes) =>
        address % (ulong)bytes == 0 && matrix.LeadingDimension * matrix.Kind.Size() % bytes == 0;

    /// <summary>
    /// Puts the descriptions together. InvalidValue where they contradict each other, or a leading dimension is less than a column;
    /// NotSupported for types outside the documented table: C like D, sums and scalars in float32, a bias of D's type.
    /// </summary>
    public static CublasStatus Resolve(LtDescription description, LtLayout a, LtLayout b, LtLayout c, LtLayout d, out LtProblem? problem)
    {
        problem = null;
        if (!IsOperation(description.TransA) || !IsOperation(description.TransB)) return CublasStatus.InvalidValue;
        if (description.Epilogue is not (CublasLtEpilogue.Default or CublasLtEpilogue.Bias or CublasLtEpilogue.ReluBias))
            return CublasStatus.NotSupported;
        bool transposeA = description.TransA != CublasOperation.N, transposeB = description.TransB != CublasOperation.N;
        (ulong m, ulong k) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (ulong depth, ulong n) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (depth != k || d.Rows != m || d.Columns != n || c.Rows != m || c.Columns != n || m == 0 || n == 0 || k == 0)
            return CublasStatus.InvalidValue;
        foreach (LtLayout layout in (LtLayout[])[a, b, c, d])
        {
            if (layout.Rows > long.MaxValue || layout.Columns > long.MaxValue || layout.LeadingDimension < (long)layout.Rows)
                return CublasStatus.InvalidValue;
        }

        if (a.Type.Kind() is not { } kindA || b.Type.Kind() is not { } kindB
            || c.Type.Kind() is not { } kindC || d.Type.Kind() is not { } kindD)
            return CublasStatus.NotSupported;
        if (description.Scale != CudaDataType.R32F || kindC != kindD || !DataTypes.IsInTable(description.Compute, kindA, kindB, kindD))
            return CublasStatus.NotSupported;
        if (description.Epilogue != CublasLtEpilogue.Default && (int)description.BiasType != -1 && description.BiasType != d.Type)
            return CublasStatus.NotSupported;

        problem = new LtProblem
        {
            Compute = description.Compute,
            Epilogue = description.Epilogue,
            TransposeA = transposeA,
            TransposeB = transposeB,
            K = (long)k,
            A = Describe("A", a, kindA),
            B = Describe("B", b, kindB),
            C = Describe("C", c, kindC),
            D = Describe("D", d, kindD),
            BiasKind = kindD,
        };
        return CublasStatus.Success;
    }

    private static Matrix Describe(string operand, LtLayout layout, ElementKind kind) =>
        new(operand, 0, kind, (long)layout.Rows, (long)layout.Columns, layout.LeadingDimension);

    // CUBLAS_OP_C (2) of a real matrix is its transpose.
    private static bool IsOperation(CublasOperation operation) => (int)operation is >= 0 and <= 2;
}
