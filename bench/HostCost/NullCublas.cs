using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Bench.HostCost;

/// <summary>A cuBLAS that multiplies nothing.</summary>
internal sealed unsafe class NullCublas : ICublas
{
    private nint _handles;

    /// <summary>Products.</summary>
    internal long Calls { get; private set; }

    public CublasStatus Create(CublasHandle* handle)
    {
        *handle = new CublasHandle(++_handles);
        return CublasStatus.Success;
    }

    public CublasStatus Destroy(CublasHandle handle) => CublasStatus.Success;

    public CublasStatus GetVersion(CublasHandle handle, int* version)
    {
        *version = 120_401;
        return CublasStatus.Success;
    }

    public CublasStatus GetProperty(LibraryProperty type, int* value)
    {
        *value = 12;
        return CublasStatus.Success;
    }

    public byte* GetStatusString(CublasStatus status) => null;

    public CublasStatus SetStream(CublasHandle handle, CUstream stream) => CublasStatus.Success;

    public CublasStatus SetWorkspace(CublasHandle handle, void* workspace, nuint bytes) => CublasStatus.Success;

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode) => CublasStatus.Success;

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomicsMode mode) => CublasStatus.Success;

    public CublasStatus GemmEx(CublasHandle handle, CublasOperation transA, CublasOperation transB, int m, int n, int k, void* alpha, void* a, CudaDataType aType, int lda, void* b, CudaDataType bType, int ldb, void* beta, void* c, CudaDataType cType, int ldc, CublasComputeType computeType, CublasGemmAlgo algorithm)
    {
        Calls++;
        return CublasStatus.Success;
    }
}
