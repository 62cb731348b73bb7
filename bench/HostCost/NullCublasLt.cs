using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Bench.HostCost;

/// <summary>A cublasLt that multiplies nothing, and offers one algorithm for everything.</summary>
internal sealed unsafe class NullCublasLt : ICublasLt
{
    private nint _handles;

    /// <summary>Products.</summary>
    internal long Calls { get; private set; }

    public CublasStatus Create(CublasLtHandle* lightHandle)
    {
        *lightHandle = new CublasLtHandle(++_handles);
        return CublasStatus.Success;
    }

    public CublasStatus Destroy(CublasLtHandle lightHandle) => CublasStatus.Success;

    public nuint GetVersion() => 120_401;

    public CublasStatus GetProperty(LibraryProperty type, int* value)
    {
        *value = 12;
        return CublasStatus.Success;
    }

    public nuint GetCudartVersion() => 12_040;

    public byte* GetStatusString(CublasStatus status) => null;

    public CublasStatus MatmulDescCreate(CublasLtMatmulDesc* matmulDesc, CublasComputeType computeType, CudaDataType scaleType)
    {
        *matmulDesc = new CublasLtMatmulDesc(++_handles);
        return CublasStatus.Success;
    }

    public CublasStatus MatmulDescDestroy(CublasLtMatmulDesc matmulDesc) => CublasStatus.Success;

    public CublasStatus MatmulDescSetAttribute(CublasLtMatmulDesc description, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes) => CublasStatus.Success;

    public CublasStatus MatrixLayoutCreate(CublasLtMatrixLayout* layout, CudaDataType type, ulong rows, ulong columns, long leadingDimension)
    {
        *layout = new CublasLtMatrixLayout(++_handles);
        return CublasStatus.Success;
    }

    public CublasStatus MatrixLayoutDestroy(CublasLtMatrixLayout matLayout) => CublasStatus.Success;

    public CublasStatus MatmulPreferenceCreate(CublasLtMatmulPreference* pref)
    {
        *pref = new CublasLtMatmulPreference(++_handles);
        return CublasStatus.Success;
    }

    public CublasStatus MatmulPreferenceDestroy(CublasLtMatmulPreference pref) => CublasStatus.Success;

    public CublasStatus MatmulPreferenceSetAttribute(CublasLtMatmulPreference preference, CublasLtMatmulPreferenceAttribute attribute, void* value, nuint bytes) => CublasStatus.Success;

    public CublasStatus MatmulAlgoGetHeuristic(CublasLtHandle handle, CublasLtMatmulDesc description, CublasLtMatrixLayout a, CublasLtMatrixLayout b, CublasLtMatrixLayout c, CublasLtMatrixLayout d, CublasLtMatmulPreference preference, int requested, CublasLtMatmulHeuristicResult* results, int* returned)
    {
        *results = default;
        *returned = 1;
        return CublasStatus.Success;
    }

    public CublasStatus Matmul(CublasLtHandle handle, CublasLtMatmulDesc description, void* alpha, void* a, CublasLtMatrixLayout aLayout, void* b, CublasLtMatrixLayout bLayout, void* beta, void* c, CublasLtMatrixLayout cLayout, void* d, CublasLtMatrixLayout dLayout, CublasLtMatmulAlgo* algorithm, void* workspace, nuint workspaceBytes, CUstream stream)
    {
        Calls++;
        return CublasStatus.Success;
    }
}
