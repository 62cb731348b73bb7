using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Blas;

/// <summary>The entry points of cublasLt, found when the library is loaded.</summary>
internal unsafe struct CublasLtTable
{
    [EntryPoint("cublasLtCreate")]
    internal delegate* unmanaged<CublasLtHandle*, CublasStatus> Create;

    [EntryPoint("cublasLtDestroy")]
    internal delegate* unmanaged<CublasLtHandle, CublasStatus> Destroy;

    [EntryPoint("cublasLtGetVersion")]
    internal delegate* unmanaged<nuint> GetVersion;

    [EntryPoint("cublasLtGetProperty")]
    internal delegate* unmanaged<LibraryProperty, int*, CublasStatus> GetProperty;

    [EntryPoint("cublasLtGetCudartVersion")]
    internal delegate* unmanaged<nuint> GetCudartVersion;

    [EntryPoint("cublasLtGetStatusString")]
    internal delegate* unmanaged<CublasStatus, byte*> GetStatusString;

    [EntryPoint("cublasLtMatmulDescCreate")]
    internal delegate* unmanaged<CublasLtMatmulDesc*, CublasComputeType, CudaDataType, CublasStatus> MatmulDescCreate;

    [EntryPoint("cublasLtMatmulDescDestroy")]
    internal delegate* unmanaged<CublasLtMatmulDesc, CublasStatus> MatmulDescDestroy;

    [EntryPoint("cublasLtMatmulDescSetAttribute")]
    internal delegate* unmanaged<CublasLtMatmulDesc, CublasLtMatmulDescAttribute, void*, nuint, CublasStatus> MatmulDescSetAttribute;

    [EntryPoint("cublasLtMatrixLayoutCreate")]
    internal delegate* unmanaged<CublasLtMatrixLayout*, CudaDataType, ulong, ulong, long, CublasStatus> MatrixLayoutCreate;

    [EntryPoint("cublasLtMatrixLayoutDestroy")]
    internal delegate* unmanaged<CublasLtMatrixLayout, CublasStatus> MatrixLayoutDestroy;

    [EntryPoint("cublasLtMatmulPreferenceCreate")]
    internal delegate* unmanaged<CublasLtMatmulPreference*, CublasStatus> MatmulPreferenceCreate;

    [EntryPoint("cublasLtMatmulPreferenceDestroy")]
    internal delegate* unmanaged<CublasLtMatmulPreference, CublasStatus> MatmulPreferenceDestroy;

    [EntryPoint("cublasLtMatmulPreferenceSetAttribute")]
    internal delegate* unmanaged<CublasLtMatmulPreference, CublasLtMatmulPreferenceAttribute, void*, nuint, CublasStatus> MatmulPreferenceSetAttribute;

    [EntryPoint("cublasLtMatmulAlgoGetHeuristic")]
    internal delegate* unmanaged<CublasLtHandle, CublasLtMatmulDesc, CublasLtMatrixLayout, CublasLtMatrixLayout, CublasLtMatrixLayout, CublasLtMatrixLayout, CublasLtMatmulPreference, int, CublasLtMatmulHeuristicResult*, int*, CublasStatus> MatmulAlgoGetHeuristic;

    [EntryPoint("cublasLtMatmul")]
    internal delegate* unmanaged<CublasLtHandle, CublasLtMatmulDesc, void*, void*, CublasLtMatrixLayout, void*, CublasLtMatrixLayout, void*, void*, CublasLtMatrixLayout, void*, CublasLtMatrixLayout, CublasLtMatmulAlgo*, void*, nuint, CUstream, CublasStatus> Matmul;
}
