using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Blas;

/// <summary>The entry points of cuBLAS, found when the library is loaded.</summary>
internal unsafe struct CublasTable
{
    [EntryPoint("cublasCreate_v2")]
    internal delegate* unmanaged<CublasHandle*, CublasStatus> Create;

    [EntryPoint("cublasDestroy_v2")]
    internal delegate* unmanaged<CublasHandle, CublasStatus> Destroy;

    [EntryPoint("cublasGetVersion_v2")]
    internal delegate* unmanaged<CublasHandle, int*, CublasStatus> GetVersion;

    [EntryPoint("cublasGetProperty")]
    internal delegate* unmanaged<LibraryProperty, int*, CublasStatus> GetProperty;

    [EntryPoint("cublasGetStatusString")]
    internal delegate* unmanaged<CublasStatus, byte*> GetStatusString;

    [EntryPoint("cublasSetStream_v2")]
    internal delegate* unmanaged<CublasHandle, CUstream, CublasStatus> SetStream;

    [EntryPoint("cublasSetWorkspace_v2")]
    internal delegate* unmanaged<CublasHandle, void*, nuint, CublasStatus> SetWorkspace;

    [EntryPoint("cublasSetMathMode")]
    internal delegate* unmanaged<CublasHandle, CublasMath, CublasStatus> SetMathMode;

    [EntryPoint("cublasSetAtomicsMode")]
    internal delegate* unmanaged<CublasHandle, CublasAtomicsMode, CublasStatus> SetAtomicsMode;

    [EntryPoint("cublasGemmEx")]
    internal delegate* unmanaged<CublasHandle, CublasOperation, CublasOperation, int, int, int, void*, void*, CudaDataType, int, void*, CudaDataType, int, void*, void*, CudaDataType, int, CublasComputeType, CublasGemmAlgo, CublasStatus> GemmEx;
}
