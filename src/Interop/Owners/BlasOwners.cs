using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>A handle of cuBLAS. One thread at a time may use it.</summary>
public sealed unsafe class CublasContext : ContextOwned
{
    private CublasContext(CudaContext context, ICublas api, CublasHandle handle)
        : base(context)
    {
        Api = api;
        Handle = handle;
    }

    /// <summary>The library.</summary>
    public ICublas Api { get; }

    /// <summary>The handle.</summary>
    public CublasHandle Handle { get; }

    /// <summary>Makes a handle. The context need not be current.</summary>
    public static CublasContext Create(CudaContext context, ICublas api)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(api);
        using var scope = context.Enter();
        CublasHandle handle;
        api.Check(api.Create(&handle), "cublasCreate_v2", "making a handle of cuBLAS");
        return new CublasContext(context, api, handle);
    }

    /// <summary>Sets the stream of its work, and then its workspace, which cuBLAS forgets whenever the stream is set.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="workspace">Device memory aligned to 256 bytes, or 0 for the library's own.</param>
    /// <param name="workspaceBytes">Its size.</param>
    public void SetStream(CUstream stream, ulong workspace = 0, long workspaceBytes = 0)
    {
        Api.Check(Api.SetStream(Handle, stream), "cublasSetStream_v2", "setting the stream of cuBLAS");
        if (workspace != 0)
        {
            Api.Check(Api.SetWorkspace(Handle, (void*)workspace, (nuint)workspaceBytes), "cublasSetWorkspace_v2", $"giving cuBLAS a workspace of {workspaceBytes} bytes");
        }
    }

    private protected override void Destroy()
    {
        var status = Api.Destroy(Handle);
        if (status != CublasStatus.Success && !IsContextLost())
        {
            Api.Check(status, "cublasDestroy_v2", "destroying a handle of cuBLAS");
        }
    }
}

/// <summary>A handle of cublasLt. Threads may share it.</summary>
public sealed unsafe class CublasLtContext : ContextOwned
{
    private CublasLtContext(CudaContext context, ICublasLt api, CublasLtHandle handle)
        : base(context)
    {
        Api = api;
        Handle = handle;
    }

    /// <summary>The library.</summary>
    public ICublasLt Api { get; }

    /// <summary>The handle.</summary>
    public CublasLtHandle Handle { get; }

    /// <summary>Makes a handle. The context need not be current.</summary>
    public static CublasLtContext Create(CudaContext context, ICublasLt api)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(api);
        using var scope = context.Enter();
        CublasLtHandle handle;
        api.Check(api.Create(&handle), "cublasLtCreate", "making a handle of cublasLt");
        return new CublasLtContext(context, api, handle);
    }

    private protected override void Destroy()
    {
        var status = Api.Destroy(Handle);
        if (status != CublasStatus.Success && !IsContextLost())
        {
            Api.Check(status, "cublasLtDestroy", "destroying a handle of cublasLt");
        }
    }
}

/// <summary>The description of a product; it needs no context.</summary>
public sealed unsafe class LtProductDescription : DescriptionOwner<CublasLtMatmulDesc>
{
    private readonly ICublasLt _api;

    private LtProductDescription(ICublasLt api, CublasLtMatmulDesc handle)
        : base(handle) => _api = api;

    /// <summary>Describes a product of matrices as they are, with nothing done to the result.</summary>
    /// <param name="api">The library.</param>
    /// <param name="computeType">The precision to compute in.</param>
    /// <param name="scaleType">The type of alpha and beta.</param>
    public static LtProductDescription Create(ICublasLt api, CublasComputeType computeType, CudaDataType scaleType)
    {
        ArgumentNullException.ThrowIfNull(api);
        CublasLtMatmulDesc handle;
        api.Check(api.MatmulDescCreate(&handle, computeType, scaleType), "cublasLtMatmulDescCreate", $"describing a product in {computeType}");
        return new LtProductDescription(api, handle);
    }

    /// <summary>Sets an attribute, whose type must be the header's: an enum, an address, ...</summary>
    public void Set<T>(CublasLtMatmulDescAttribute attribute, T value)
        where T : unmanaged =>
        _api.Check(_api.MatmulDescSetAttribute(Handle, attribute, &value, (nuint)sizeof(T)), "cublasLtMatmulDescSetAttribute", $"setting {attribute} of a product");

    private protected override void Destroy() => _api.Check(_api.MatmulDescDestroy(Handle), "cublasLtMatmulDescDestroy", "destroying the description of a product");
}

/// <summary>The description of a matrix; it needs no context.</summary>
public sealed unsafe class LtMatrixDescription : DescriptionOwner<CublasLtMatrixLayout>
{
    private readonly ICublasLt _api;

    private LtMatrixDescription(ICublasLt api, CublasLtMatrixLayout handle)
        : base(handle) => _api = api;

    /// <summary>Describes a matrix in column-major order.</summary>
    public static LtMatrixDescription Create(ICublasLt api, CudaDataType type, long rows, long columns, long leadingDimension)
    {
        ArgumentNullException.ThrowIfNull(api);
        CublasLtMatrixLayout handle;
        api.Check(
            api.MatrixLayoutCreate(&handle, type, (ulong)rows, (ulong)columns, leadingDimension),
            "cublasLtMatrixLayoutCreate",
            $"describing a matrix of {rows} x {columns}");
        return new LtMatrixDescription(api, handle);
    }

    private protected override void Destroy() => _api.Check(_api.MatrixLayoutDestroy(Handle), "cublasLtMatrixLayoutDestroy", "destroying the description of a matrix");
}

/// <summary>Wishes for the search of an algorithm; they need no context.</summary>
public sealed unsafe class LtPreference : DescriptionOwner<CublasLtMatmulPreference>
{
    private readonly ICublasLt _api;

    private LtPreference(ICublasLt api, CublasLtMatmulPreference handle)
        : base(handle) => _api = api;

    /// <summary>Makes a list of no wishes.</summary>
    public static LtPreference Create(ICublasLt api)
    {
        ArgumentNullException.ThrowIfNull(api);
        CublasLtMatmulPreference handle;
        api.Check(api.MatmulPreferenceCreate(&handle), "cublasLtMatmulPreferenceCreate", "making wishes for a product");
        return new LtPreference(api, handle);
    }

    /// <summary>Adds a wish, whose type must be the header's: 64 bits for the size of a workspace, 32 for masks and alignments.</summary>
    public void Set<T>(CublasLtMatmulPreferenceAttribute attribute, T value)
        where T : unmanaged => _api.Check(
            _api.MatmulPreferenceSetAttribute(Handle, attribute, &value, (nuint)sizeof(T)),
            "cublasLtMatmulPreferenceSetAttribute",
            $"wishing for {attribute} of a product");

    private protected override void Destroy() => _api.Check(_api.MatmulPreferenceDestroy(Handle), "cublasLtMatmulPreferenceDestroy", "destroying wishes for a product");
}
