using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Tests.Owners;

/// <summary>A cuBLAS that does nothing but write its calls down in a driver's list.</summary>
internal sealed unsafe class RecordingCublas(RecordingDriver driver) : ICublas
{
    private readonly byte* _text = (byte*)Marshal.StringToCoTaskMemUTF8("TEXT");

    /// <summary>What functions give instead of Success.</summary>
    internal Dictionary<string, CublasStatus> Statuses { get; } = new(StringComparer.Ordinal);

    public CublasStatus Create(CublasHandle* handle) => Made("cublasCreate_v2", (nint*)handle);

    public CublasStatus Destroy(CublasHandle handle) => Did("cublasDestroy_v2", handle.Value);

    public CublasStatus GetVersion(CublasHandle handle, int* version) => Did("cublasGetVersion_v2", handle.Value);

    public CublasStatus GetProperty(LibraryProperty type, int* value) => Did("cublasGetProperty", type);

    public byte* GetStatusString(CublasStatus status) => _text;

    public CublasStatus SetStream(CublasHandle handle, CUstream stream) => Did("cublasSetStream_v2", handle.Value, stream.Value);

    public CublasStatus SetWorkspace(
        CublasHandle handle,
        void* workspace,
        nuint bytes) =>
        Did("cublasSetWorkspace_v2", handle.Value, bytes);

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode) => Did("cublasSetMathMode", handle.Value, mode);

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomicsMode mode) => Did("cublasSetAtomicsMode", handle.Value, mode);

    public CublasStatus GemmEx(
        CublasHandle handle,
        CublasOperation transA,
        CublasOperation transB,
        int m,
        int n,
        int k,
        void* alpha,
        void* a,
        CudaDataType aType,
        int lda,
        void* b,
        CudaDataType bType,
        int ldb,
        void* beta,
        void* c,
        CudaDataType cType,
        int ldc,
        CublasComputeType computeType,
        CublasGemmAlgo algorithm) =>
        Did("cublasGemmEx", handle.Value, transA, transB, m, n, k, aType, lda, bType, ldb, cType, ldc, computeType, algorithm);

    private CublasStatus Made(string function, nint* made, params object[] arguments)
    {
        var status = Did(function, arguments);
        if (status == CublasStatus.Success)
        {
            *made = driver.Next();
        }

        return status;
    }

    private CublasStatus Did(string function, params object[] arguments)
    {
        driver.Calls.Add(string.Join(' ', [function, .. arguments]));
        return Statuses.GetValueOrDefault(function);
    }
}

/// <summary>A cublasLt that does nothing but write its calls down in a driver's list.</summary>
internal sealed unsafe class RecordingCublasLt(RecordingDriver driver) : ICublasLt
{
    private readonly byte* _text = (byte*)Marshal.StringToCoTaskMemUTF8("TEXT");

    /// <summary>What functions give instead of Success.</summary>
    internal Dictionary<string, CublasStatus> Statuses { get; } = new(StringComparer.Ordinal);

    public CublasStatus Create(CublasLtHandle* lightHandle) => Made("cublasLtCreate", (nint*)lightHandle);

    public CublasStatus Destroy(CublasLtHandle lightHandle) => Did("cublasLtDestroy", lightHandle.Value);

    public nuint GetVersion() => 0;

    public CublasStatus GetProperty(LibraryProperty type, int* value) => Did("cublasLtGetProperty", type);

    public nuint GetCudartVersion() => 0;

    public byte* GetStatusString(CublasStatus status) => _text;

    public CublasStatus MatmulDescCreate(
        CublasLtMatmulDesc* matmulDesc,
        CublasComputeType computeType,
        CudaDataType scaleType) =>
        Made("cublasLtMatmulDescCreate", (nint*)matmulDesc, computeType, scaleType);

    public CublasStatus MatmulDescDestroy(CublasLtMatmulDesc matmulDesc) => Did("cublasLtMatmulDescDestroy", matmulDesc.Value);

    public CublasStatus MatmulDescSetAttribute(
        CublasLtMatmulDesc description,
        CublasLtMatmulDescAttribute attribute,
        void* value,
        nuint bytes) =>
        Did("cublasLtMatmulDescSetAttribute", description.Value, attribute, bytes);

    public CublasStatus MatrixLayoutCreate(
        CublasLtMatrixLayout* layout,
        CudaDataType type,
        ulong rows,
        ulong columns,
        long leadingDimension) =>
        Made("cublasLtMatrixLayoutCreate", (nint*)layout, type, rows, columns, leadingDimension);

    public CublasStatus MatrixLayoutDestroy(CublasLtMatrixLayout matLayout) => Did("cublasLtMatrixLayoutDestroy", matLayout.Value);

    public CublasStatus MatmulPreferenceCreate(CublasLtMatmulPreference* pref) => Made("cublasLtMatmulPreferenceCreate", (nint*)pref);

    public CublasStatus MatmulPreferenceDestroy(CublasLtMatmulPreference pref) => Did("cublasLtMatmulPreferenceDestroy", pref.Value);

    public CublasStatus MatmulPreferenceSetAttribute(
        CublasLtMatmulPreference preference,
        CublasLtMatmulPreferenceAttribute attribute,
        void* value,
        nuint bytes) =>
        Did("cublasLtMatmulPreferenceSetAttribute", preference.Value, attribute, bytes);

    public CublasStatus MatmulAlgoGetHeuristic(
        CublasLtHandle handle,
        CublasLtMatmulDesc description,
        CublasLtMatrixLayout a,
        CublasLtMatrixLayout b,
        CublasLtMatrixLayout c,
        CublasLtMatrixLayout d,
        CublasLtMatmulPreference preference,
        int requested,
        CublasLtMatmulHeuristicResult* results,
        int* returned) =>
        Did("cublasLtMatmulAlgoGetHeuristic", handle.Value, description.Value, a.Value, b.Value, c.Value, d.Value, preference.Value, requested);

    public CublasStatus Matmul(
        CublasLtHandle handle,
        CublasLtMatmulDesc description,
        void* alpha,
        void* a,
        CublasLtMatrixLayout aLayout,
        void* b,
        CublasLtMatrixLayout bLayout,
        void* beta,
        void* c,
        CublasLtMatrixLayout cLayout,
        void* d,
        CublasLtMatrixLayout dLayout,
        CublasLtMatmulAlgo* algorithm,
        void* workspace,
        nuint workspaceBytes,
        CUstream stream) =>
        Did("cublasLtMatmul", handle.Value, description.Value, aLayout.Value, bLayout.Value, cLayout.Value, dLayout.Value, workspaceBytes, stream.Value);

    private CublasStatus Made(string function, nint* made, params object[] arguments)
    {
        var status = Did(function, arguments);
        if (status == CublasStatus.Success)
        {
            *made = driver.Next();
        }

        return status;
    }

    private CublasStatus Did(string function, params object[] arguments)
    {
        driver.Calls.Add(string.Join(' ', [function, .. arguments]));
        return Statuses.GetValueOrDefault(function);
    }
}
