using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Blas;

/// <summary>
/// What the engine calls of cuBLAS 12 and 13. Matrices are column-major; alpha and beta are in host memory.
/// Each method is one entry point of the library with its very parameters, in its order; the header's documentation holds.
/// Nothing throws: the status is returned.
/// </summary>
public unsafe interface ICublas
{
    /// <summary>Makes a handle in the current context.</summary>
    [EntryPoint("cublasCreate_v2")]
    CublasStatus Create(CublasHandle* handle);

    /// <summary>Gives a handle up; waits for its work.</summary>
    [EntryPoint("cublasDestroy_v2")]
    CublasStatus Destroy(CublasHandle handle);

    /// <summary>The library's version, as 10000 major + 100 minor + patch.</summary>
    [EntryPoint("cublasGetVersion_v2")]
    CublasStatus GetVersion(CublasHandle handle, int* version);

    /// <summary>One part of the library's version. Needs neither handle nor device.</summary>
    [EntryPoint("cublasGetProperty")]
    CublasStatus GetProperty(LibraryProperty type, int* value);

    /// <summary>What a status means, as a static zero-terminated string.</summary>
    [EntryPoint("cublasGetStatusString")]
    byte* GetStatusString(CublasStatus status);

    /// <summary>Sets the stream of a handle's work, and its workspace back to the library's own.</summary>
    [EntryPoint("cublasSetStream_v2")]
    CublasStatus SetStream(CublasHandle handle, CUstream stream);

    /// <summary>Gives a handle a workspace of the caller's, aligned to 256 bytes, until the stream is set again.</summary>
    [EntryPoint("cublasSetWorkspace_v2")]
    CublasStatus SetWorkspace(CublasHandle handle, void* workspace, nuint bytes);

    /// <summary>Sets which precisions a handle may take.</summary>
    [EntryPoint("cublasSetMathMode")]
    CublasStatus SetMathMode(CublasHandle handle, CublasMath mode);

    /// <summary>Sets whether a handle may use algorithms whose results differ from run to run.</summary>
    [EntryPoint("cublasSetAtomicsMode")]
    CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomicsMode mode);

    /// <summary>C = alpha op(A) op(B) + beta C, column-major; op(A) is m x k, op(B) k x n. With beta 0, C is not read.</summary>
    [EntryPoint("cublasGemmEx")]
    CublasStatus GemmEx(
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
        CublasGemmAlgo algorithm);
}
