using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop.Blas;

/// <summary>The entry points of the native library, called as they are.</summary>
internal sealed unsafe class NativeCublasLt : ICublasLt
{
    private readonly CublasLtTable _table;

    /// <exception cref="EntryPointNotFoundException">The library lacks entry points; the message names each.</exception>
    internal NativeCublasLt(LoadedLibrary library) => EntryPoints.Fill(library, ref _table);

    public CublasStatus Create(CublasLtHandle* lightHandle) =>
        _table.Create(lightHandle);

    public CublasStatus Destroy(CublasLtHandle lightHandle) =>
        _table.Destroy(lightHandle);

    public nuint GetVersion() =>
        _table.GetVersion();

    public CublasStatus GetProperty(LibraryProperty type, int* value) =>
        _table.GetProperty(type, value);

    public nuint GetCudartVersion() =>
        _table.GetCudartVersion();

    public byte* GetStatusString(CublasStatus status) =>
        _table.GetStatusString(status);

    public CublasStatus MatmulDescCreate(CublasLtMatmulDesc* matmulDesc, CublasComputeType computeType, CudaDataType scaleType) =>
        _table.MatmulDescCreate(matmulDesc, computeType, scaleType);

    public CublasStatus MatmulDescDestroy(CublasLtMatmulDesc matmulDesc) =>
        _table.MatmulDescDestroy(matmulDesc);

    public CublasStatus MatmulDescSetAttribute(CublasLtMatmulDesc description, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes) =>
        _table.MatmulDescSetAttribute(description, attribute, value, bytes);

    public CublasStatus MatrixLayoutCreate(CublasLtMatrixLayout* layout, CudaDataType type, ulong rows, ulong columns, long leadingDimension) =>
        _table.MatrixLayoutCreate(layout, type, rows, columns, leadingDimension);

    public CublasStatus MatrixLayoutDestroy(CublasLtMatrixLayout matLayout) =>
        _table.MatrixLayoutDestroy(matLayout);

    public CublasStatus MatmulPreferenceCreate(CublasLtMatmulPreference* pref) =>
        _table.MatmulPreferenceCreate(pref);

    public CublasStatus MatmulPreferenceDestroy(CublasLtMatmulPreference pref) =>
        _table.MatmulPreferenceDestroy(pref);

    public CublasStatus MatmulPreferenceSetAttribute(
        CublasLtMatmulPreference preference,
        CublasLtMatmulPreferenceAttribute attribute,
        void* value,
        nuint bytes) =>
        _table.MatmulPreferenceSetAttribute(preference, attribute, value, bytes);

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
        _table.MatmulAlgoGetHeuristic(handle, description, a, b, c, d, preference, requested, results, returned);

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
        _table.Matmul(handle, description, alpha, a, aLayout, b, bLayout, beta, c, cLayout, d, dLayout, algorithm, workspace, workspaceBytes, stream);
}
