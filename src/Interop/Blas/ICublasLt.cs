using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Blas;

/// <summary>
/// What the engine calls of cublasLt 12 and 13: products with an epilogue (bias, ReLU). Alpha and beta are in host memory.
/// Each method is one entry point of the library with its very parameters, in its order; the header's documentation holds.
/// Nothing throws: the status is returned.
/// </summary>
public unsafe interface ICublasLt
{
    /// <summary>Makes a handle in the current context.</summary>
    [EntryPoint("cublasLtCreate")]
    CublasStatus Create(CublasLtHandle* lightHandle);

    /// <summary>Gives a handle up.</summary>
    [EntryPoint("cublasLtDestroy")]
    CublasStatus Destroy(CublasLtHandle lightHandle);

    /// <summary>The library's version, as 10000 major + 100 minor + patch.</summary>
    [EntryPoint("cublasLtGetVersion")]
    nuint GetVersion();

    /// <summary>One part of the library's version. Needs neither handle nor device.</summary>
    [EntryPoint("cublasLtGetProperty")]
    CublasStatus GetProperty(LibraryProperty type, int* value);

    /// <summary>The CUDA version the library was built with, as 1000 major + 10 minor.</summary>
    [EntryPoint("cublasLtGetCudartVersion")]
    nuint GetCudartVersion();

    /// <summary>What a status means, as a static zero-terminated string.</summary>
    [EntryPoint("cublasLtGetStatusString")]
    byte* GetStatusString(CublasStatus status);

    /// <summary>Makes the description of a product; both operands are taken as they are until told otherwise.</summary>
    [EntryPoint("cublasLtMatmulDescCreate")]
    CublasStatus MatmulDescCreate(CublasLtMatmulDesc* matmulDesc, CublasComputeType computeType, CudaDataType scaleType);

    /// <summary>Gives the description of a product up.</summary>
    [EntryPoint("cublasLtMatmulDescDestroy")]
    CublasStatus MatmulDescDestroy(CublasLtMatmulDesc matmulDesc);

    /// <summary>Sets one attribute of a product; the size must be exactly the attribute's.</summary>
    [EntryPoint("cublasLtMatmulDescSetAttribute")]
    CublasStatus MatmulDescSetAttribute(CublasLtMatmulDesc description, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes);

    /// <summary>Makes the description of a column-major matrix.</summary>
    [EntryPoint("cublasLtMatrixLayoutCreate")]
    CublasStatus MatrixLayoutCreate(CublasLtMatrixLayout* layout, CudaDataType type, ulong rows, ulong columns, long leadingDimension);

    /// <summary>Gives the description of a matrix up.</summary>
    [EntryPoint("cublasLtMatrixLayoutDestroy")]
    CublasStatus MatrixLayoutDestroy(CublasLtMatrixLayout matLayout);

    /// <summary>Makes a set of wishes for the search of an algorithm.</summary>
    [EntryPoint("cublasLtMatmulPreferenceCreate")]
    CublasStatus MatmulPreferenceCreate(CublasLtMatmulPreference* pref);

    /// <summary>Gives a set of wishes up.</summary>
    [EntryPoint("cublasLtMatmulPreferenceDestroy")]
    CublasStatus MatmulPreferenceDestroy(CublasLtMatmulPreference pref);

    /// <summary>Sets one wish; the size must be exactly the attribute's.</summary>
    [EntryPoint("cublasLtMatmulPreferenceSetAttribute")]
    CublasStatus MatmulPreferenceSetAttribute(
        CublasLtMatmulPreference preference,
        CublasLtMatmulPreferenceAttribute attribute,
        void* value,
        nuint bytes);

    /// <summary>Algorithms for a product, the one that should be fastest first; NotSupported when there is none.</summary>
    [EntryPoint("cublasLtMatmulAlgoGetHeuristic")]
    CublasStatus MatmulAlgoGetHeuristic(
        CublasLtHandle handle,
        CublasLtMatmulDesc description,
        CublasLtMatrixLayout a,
        CublasLtMatrixLayout b,
        CublasLtMatrixLayout c,
        CublasLtMatrixLayout d,
        CublasLtMatmulPreference preference,
        int requested,
        CublasLtMatmulHeuristicResult* results,
        int* returned);

    /// <summary>D = epilogue(alpha op(A) op(B) + beta C), by the algorithm given, or one the library picks.</summary>
    [EntryPoint("cublasLtMatmul")]
    CublasStatus Matmul(
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
        CUstream stream);
}
