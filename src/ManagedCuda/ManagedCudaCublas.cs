using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using Mc = ManagedCuda.BasicTypes;
using McBlas = ManagedCuda.CudaBlas;
using Native = ManagedCuda.CudaBlas.CudaBlasNativeMethods;

namespace AlexNetCuda.ManagedCuda;

/// <summary>cuBLAS through ManagedCuda's declarations. Handles are pointers and enums the headers' numbers on both sides.</summary>
internal sealed unsafe class ManagedCudaCublas : ICublas
{
    public CublasStatus Create(CublasHandle* handle) =>
        (CublasStatus)Native.cublasCreate_v2(ref *(McBlas.CudaBlasHandle*)handle);

    public CublasStatus Destroy(CublasHandle handle) =>
        (CublasStatus)Native.cublasDestroy_v2(Of(handle));

    public CublasStatus GetVersion(CublasHandle handle, int* version) =>
        (CublasStatus)Native.cublasGetVersion_v2(Of(handle), ref *version);

    /// <summary>Not declared by ManagedCuda: <see cref="GetVersion"/> tells the version, with a handle.</summary>
    public CublasStatus GetProperty(LibraryProperty type, int* value) => CublasStatus.NotSupported;

    /// <summary>Not declared by ManagedCuda: there is no text, and messages name the status alone.</summary>
    public byte* GetStatusString(CublasStatus status) => null;

    public CublasStatus SetStream(CublasHandle handle, CUstream stream) =>
        (CublasStatus)Native.cublasSetStream_v2(Of(handle), new Mc.CUstream { Pointer = stream.Value });

    public CublasStatus SetWorkspace(CublasHandle handle, void* workspace, nuint bytes) =>
        (CublasStatus)Native.cublasSetWorkspace_v2(Of(handle), Of(workspace), new Mc.SizeT(bytes));

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode) =>
        (CublasStatus)Native.cublasSetMathMode(Of(handle), (McBlas.Math)mode);

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomicsMode mode) =>
        (CublasStatus)Native.cublasSetAtomicsMode(Of(handle), (McBlas.AtomicsMode)mode);

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
        (CublasStatus)Native.cublasGemmEx(
            Of(handle),
            (McBlas.Operation)transA,
            (McBlas.Operation)transB,
            m,
            n,
            k,
            (nint)alpha, // as an address of the host: another overload takes one of the device
            Of(a),
            (Mc.cudaDataType)aType,
            lda,
            Of(b),
            (Mc.cudaDataType)bType,
            ldb,
            (nint)beta,
            Of(c),
            (Mc.cudaDataType)cType,
            ldc,
            (McBlas.ComputeType)computeType,
            (McBlas.GemmAlgo)algorithm);

    private static McBlas.CudaBlasHandle Of(CublasHandle handle) => new() { Pointer = handle.Value };

    private static Mc.CUdeviceptr Of(void* address) => new() { Pointer = new Mc.SizeT((nuint)address) };
}
