using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop.Blas;

/// <summary>The entry points of the native library, called as they are.</summary>
internal sealed unsafe class NativeCublas : ICublas
{
    private readonly CublasTable _table;

    /// <exception cref="EntryPointNotFoundException">The library lacks entry points; the message names each.</exception>
    internal NativeCublas(LoadedLibrary library) => EntryPoints.Fill(library, ref _table);

    public CublasStatus Create(CublasHandle* handle) =>
        _table.Create(handle);

    public CublasStatus Destroy(CublasHandle handle) =>
        _table.Destroy(handle);

    public CublasStatus GetVersion(CublasHandle handle, int* version) =>
        _table.GetVersion(handle, version);

    public CublasStatus GetProperty(LibraryProperty type, int* value) =>
        _table.GetProperty(type, value);

    public byte* GetStatusString(CublasStatus status) =>
        _table.GetStatusString(status);

    public CublasStatus SetStream(CublasHandle handle, CUstream stream) =>
        _table.SetStream(handle, stream);

    public CublasStatus SetWorkspace(CublasHandle handle, void* workspace, nuint bytes) =>
        _table.SetWorkspace(handle, workspace, bytes);

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode) =>
        _table.SetMathMode(handle, mode);

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomicsMode mode) =>
        _table.SetAtomicsMode(handle, mode);

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
        _table.GemmEx(handle, transA, transB, m, n, k, alpha, a, aType, lda, b, bType, ldb, beta, c, cType, ldc, computeType, algorithm);
}
