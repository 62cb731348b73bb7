using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;

namespace AlexNetCuda.Simulator.Blas;

internal sealed unsafe partial class SimulatedCublasLt
{
    public CublasStatus Create(CublasLtHandle* lightHandle)
    {
        if (_library.Fails("cublasLtCreate", "", out CublasStatus status)) return status;
        if (lightHandle is null) return CublasStatus.InvalidValue;
        status = _library.Open(out SimulatedGpu? gpu);
        if (status == CublasStatus.Success) *lightHandle = new CublasLtHandle(core.NewHandle("cublasLtHandle_t", new LtContext(gpu!)));
        return status;
    }

    // It is the handle of all the streams' work, and waits for none of it.
    public CublasStatus Destroy(CublasLtHandle lightHandle) =>
        Release<LtContext>("cublasLtDestroy", lightHandle.Value, CublasStatus.NotInitialized);

    public nuint GetVersion()
    {
        _ = _library.Fails("cublasLtGetVersion", "", out _);
        return (nuint)core.Options.CublasVersion;
    }

    public CublasStatus GetProperty(LibraryProperty type, int* value) =>
        _library.Property("cublasLtGetProperty", type, value);

    public nuint GetCudartVersion()
    {
        _ = _library.Fails("cublasLtGetCudartVersion", "", out _);
        return (nuint)_library.CudaVersion;
    }

    public byte* GetStatusString(CublasStatus status)
    {
        _ = _library.Fails("cublasLtGetStatusString", _library.Traces ? $"{status}" : "", out _);
        return BlasLibrary.Text(status);
    }

    public CublasStatus MatmulDescCreate(CublasLtMatmulDesc* matmulDesc, CublasComputeType computeType, CudaDataType scaleType)
    {
        string arguments = _library.Traces ? $"{computeType}, {scaleType}" : "";
        if (_library.Fails("cublasLtMatmulDescCreate", arguments, out CublasStatus status)) return status;
        if (matmulDesc is null) return CublasStatus.InvalidValue;
        *matmulDesc = new CublasLtMatmulDesc(core.NewHandle("cublasLtMatmulDesc_t", new LtDescription(computeType, scaleType)));
        return CublasStatus.Success;
    }

    public CublasStatus MatmulDescDestroy(CublasLtMatmulDesc matmulDesc) =>
        Release<LtDescription>("cublasLtMatmulDescDestroy", matmulDesc.Value, CublasStatus.InvalidValue);

    public CublasStatus MatmulDescSetAttribute(
        CublasLtMatmulDesc description,
        CublasLtMatmulDescAttribute attribute,
        void* value,
        nuint bytes)
    {
        const string Function = "cublasLtMatmulDescSetAttribute";
        string arguments = _library.Traces ? $"{BlasLibrary.Name(description.Value)}, {attribute}, {bytes}" : "";
        if (_library.Fails(Function, arguments, out CublasStatus status)) return status;
        return _library.Find<LtDescription>(Function, description.Value) is { } found && found.Set(attribute, value, bytes)
            ? CublasStatus.Success
            : CublasStatus.InvalidValue;
    }

    public CublasStatus MatrixLayoutCreate(
        CublasLtMatrixLayout* layout,
        CudaDataType type,
        ulong rows,
        ulong columns,
        long leadingDimension)
    {
        string arguments = _library.Traces ? $"{type}, {rows}, {columns}, {leadingDimension}" : "";
        if (_library.Fails("cublasLtMatrixLayoutCreate", arguments, out CublasStatus status)) return status;
        if (layout is null) return CublasStatus.InvalidValue;
        // What is wrong with the numbers is found when the layout is used.
        *layout = new CublasLtMatrixLayout(core.NewHandle("cublasLtMatrixLayout_t", new LtLayout(type, rows, columns, leadingDimension)));
        return CublasStatus.Success;
    }

    public CublasStatus MatrixLayoutDestroy(CublasLtMatrixLayout matLayout) =>
        Release<LtLayout>("cublasLtMatrixLayoutDestroy", matLayout.Value, CublasStatus.InvalidValue);

    public CublasStatus MatmulPreferenceCreate(CublasLtMatmulPreference* pref)
    {
        if (_library.Fails("cublasLtMatmulPreferenceCreate", "", out CublasStatus status)) return status;
        if (pref is null) return CublasStatus.InvalidValue;
        *pref = new CublasLtMatmulPreference(core.NewHandle("cublasLtMatmulPreference_t", new LtPreference()));
        return CublasStatus.Success;
    }

    public CublasStatus MatmulPreferenceDestroy(CublasLtMatmulPreference pref) =>
        Release<LtPreference>("cublasLtMatmulPreferenceDestroy", pref.Value, CublasStatus.InvalidValue);

    public CublasStatus MatmulPreferenceSetAttribute(
        CublasLtMatmulPreference preference,
        CublasLtMatmulPreferenceAttribute attribute,
        void* value,
        nuint bytes)
    {
        const string Function = "cublasLtMatmulPreferenceSetAttribute";
        string arguments = _library.Traces ? $"{BlasLibrary.Name(preference.Value)}, {attribute}, {bytes}" : "";
        if (_library.Fails(Function, arguments, out CublasStatus status)) return status;
        return _library.Find<LtPreference>(Function, preference.Value) is { } found && found.Set(attribute, value, bytes)
            ? CublasStatus.Success
            : CublasStatus.InvalidValue;
    }

    private CublasStatus Release<T>(string function, nint handle, CublasStatus unknown)
        where T : class
    {
        if (_library.Fails(function, _library.Traces ? BlasLibrary.Name(handle) : "", out CublasStatus status)) return status;
        return _library.Find<T>(function, handle) is not null && core.Release<T>(handle) ? CublasStatus.Success : unknown;
    }
}
