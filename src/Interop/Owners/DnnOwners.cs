using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>A handle of cuDNN. One thread at a time may use it.</summary>
public sealed unsafe class CudnnContext : ContextOwned
{
    private CUstream _stream;   // a new handle's is the legacy default stream, which is 0

    private CudnnContext(CudaContext context, ICudnn api, CudnnHandle handle)
        : base(context)
    {
        Api = api;
        Handle = handle;
    }

    /// <summary>The library.</summary>
    public ICudnn Api { get; }

    /// <summary>The handle.</summary>
    public CudnnHandle Handle { get; }

    /// <summary>Makes a handle. The context need not be current.</summary>
    public static CudnnContext Create(CudaContext context, ICudnn api)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(api);
        using var scope = context.Enter();
        CudnnHandle handle;
        api.Check(api.Create(&handle), "cudnnCreate", "making a handle of cuDNN");
        return new CudnnContext(context, api, handle);
    }

    /// <summary>Sets the stream of its work; does nothing where it is that already.</summary>
    public void SetStream(CUstream stream)
    {
        if (stream != _stream)
        {
            Api.Check(Api.SetStream(Handle, stream), "cudnnSetStream", "setting the stream of cuDNN");
            _stream = stream;
        }
    }

    private protected override void Destroy()
    {
        var status = Api.Destroy(Handle);
        if (status != CudnnStatus.Success && !IsContextLost())
        {
            Api.Check(status, "cudnnDestroy", "destroying a handle of cuDNN");
        }
    }
}

/// <summary>The description of a packed tensor; it needs no context.</summary>
public sealed unsafe class DnnTensorDescription : DescriptionOwner<CudnnTensorDescriptor>
{
    private readonly ICudnn _api;

    private DnnTensorDescription(ICudnn api, CudnnTensorDescriptor handle)
        : base(handle) => _api = api;

    /// <summary>Describes a tensor of n pictures with c channels of h rows and w columns.</summary>
    public static DnnTensorDescription Create(ICudnn api, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w)
    {
        ArgumentNullException.ThrowIfNull(api);
        CudnnTensorDescriptor handle;
        api.Check(api.CreateTensorDescriptor(&handle), "cudnnCreateTensorDescriptor", "describing a tensor");
        var owner = new DnnTensorDescription(api, handle);
        var status = api.SetTensor4dDescriptor(handle, format, type, n, c, h, w);
        return owner.OrDisposed(api, status, "cudnnSetTensor4dDescriptor", $"describing a {type} tensor of {n} x {c} x {h} x {w}");
    }

    private protected override void Destroy() => _api.Check(_api.DestroyTensorDescriptor(Handle), "cudnnDestroyTensorDescriptor", "destroying the description of a tensor");
}

/// <summary>The description of a convolution's filters; it needs no context.</summary>
public sealed unsafe class DnnFilterDescription : DescriptionOwner<CudnnFilterDescriptor>
{
    private readonly ICudnn _api;

    private DnnFilterDescription(ICudnn api, CudnnFilterDescriptor handle)
        : base(handle) => _api = api;

    /// <summary>Describes k filters over the c channels of a group, of h rows and w columns.</summary>
    public static DnnFilterDescription Create(ICudnn api, CudnnTensorFormat format, CudnnDataType type, int k, int c, int h, int w)
    {
        ArgumentNullException.ThrowIfNull(api);
        CudnnFilterDescriptor handle;
        api.Check(api.CreateFilterDescriptor(&handle), "cudnnCreateFilterDescriptor", "describing filters");
        var owner = new DnnFilterDescription(api, handle);
        var status = api.SetFilter4dDescriptor(handle, type, format, k, c, h, w);
        return owner.OrDisposed(api, status, "cudnnSetFilter4dDescriptor", $"describing {type} filters of {k} x {c} x {h} x {w}");
    }

    private protected override void Destroy() => _api.Check(_api.DestroyFilterDescriptor(Handle), "cudnnDestroyFilterDescriptor", "destroying the description of filters");
}

/// <summary>The description of a convolution, which is a cross-correlation as all networks have it; it needs no context.</summary>
public sealed unsafe class DnnConvolutionDescription : DescriptionOwner<CudnnConvolutionDescriptor>
{
    private readonly ICudnn _api;

    private DnnConvolutionDescription(ICudnn api, CudnnConvolutionDescriptor handle)
        : base(handle) => _api = api;

    /// <summary>Describes a convolution that sums in float32.</summary>
    public static DnnConvolutionDescription Create(ICudnn api, int padY, int padX, int strideY, int strideX, int groups, CudnnMathType math)
    {
        ArgumentNullException.ThrowIfNull(api);
        CudnnConvolutionDescriptor handle;
        api.Check(api.CreateConvolutionDescriptor(&handle), "cudnnCreateConvolutionDescriptor", "describing a convolution");
        var owner = new DnnConvolutionDescription(api, handle);
        owner.OrDisposed(
            api,
            api.SetConvolution2dDescriptor(handle, padY, padX, strideY, strideX, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnDataType.Float),
            "cudnnSetConvolution2dDescriptor",
            "describing a convolution");
        owner.OrDisposed(api, api.SetConvolutionGroupCount(handle, groups), "cudnnSetConvolutionGroupCount", "describing a convolution's groups");
        return owner.OrDisposed(api, api.SetConvolutionMathType(handle, math), "cudnnSetConvolutionMathType", "setting a convolution's precision");
    }

    private protected override void Destroy() =>
        _api.Check(_api.DestroyConvolutionDescriptor(Handle), "cudnnDestroyConvolutionDescriptor", "destroying the description of a convolution");
}

/// <summary>The description of an activation; it needs no context.</summary>
public sealed unsafe class DnnActivationDescription : DescriptionOwner<CudnnActivationDescriptor>
{
    private readonly ICudnn _api;

    private DnnActivationDescription(ICudnn api, CudnnActivationDescriptor handle)
        : base(handle) => _api = api;

    /// <summary>Describes an activation. Nothing is promised of NaN: cuDNN fuses no activation that has to pass it on.</summary>
    public static DnnActivationDescription Create(ICudnn api, CudnnActivationMode mode)
    {
        ArgumentNullException.ThrowIfNull(api);
        CudnnActivationDescriptor handle;
        api.Check(api.CreateActivationDescriptor(&handle), "cudnnCreateActivationDescriptor", "describing an activation");
        var owner = new DnnActivationDescription(api, handle);
        var status = api.SetActivationDescriptor(handle, mode, CudnnNanPropagation.NotPropagateNan, 0);
        return owner.OrDisposed(api, status, "cudnnSetActivationDescriptor", $"describing the activation {mode}");
    }

    private protected override void Destroy() =>
        _api.Check(_api.DestroyActivationDescriptor(Handle), "cudnnDestroyActivationDescriptor", "destroying the description of an activation");
}

/// <summary>Descriptions that are made in several steps.</summary>
internal static class DnnDescriptionSteps
{
    /// <summary>The description, or, where a step failed, an exception, and the description is destroyed.</summary>
    internal static T OrDisposed<T>(
        this T owner,
        ICudnn api,
        CudnnStatus status,
        string function,
        [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument(nameof(status))] ref FailureText doing)
        where T : IDisposable
    {
        if (status != CudnnStatus.Success)
        {
            owner.OrDisposed(api, status, function, doing.ToString());
        }

        return owner;
    }

    /// <inheritdoc cref="OrDisposed{T}(T, ICudnn, CudnnStatus, string, ref FailureText)"/>
    internal static T OrDisposed<T>(this T owner, ICudnn api, CudnnStatus status, string function, string doing)
        where T : IDisposable
    {
        try
        {
            api.Check(status, function, doing);
            return owner;
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }
}
