using System.Text;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>Descriptors: of the host alone, so that they work without a context and after its loss.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
    public CudnnStatus CreateTensorDescriptor(CudnnTensorDescriptor* tensorDesc) =>
        Make("cudnnCreateTensorDescriptor", "cudnnTensorDescriptor_t", (nint*)tensorDesc, new TensorState());

    public CudnnStatus SetTensor4dDescriptor(
        CudnnTensorDescriptor tensorDesc,
        CudnnTensorFormat format,
        CudnnDataType dataType,
        int n,
        int c,
        int h,
        int w)
    {
        const string Function = "cudnnSetTensor4dDescriptor";
        var shape = new TensorShape(dataType, format, n, c, h, w);
        if (core.Fails(Function, Traced([tensorDesc.Value], shape), out int injected)) return Injected(Function, injected);
        if (Find<TensorState>(Function, tensorDesc.Value, "tensorDesc") is not { } state) return CudnnStatus.BadParam;
        CudnnStatus status = Check(Function, shape);
        if (status == CudnnStatus.Success) state.Shape = shape;
        return status;
    }

    public CudnnStatus DestroyTensorDescriptor(CudnnTensorDescriptor tensorDesc) =>
        End<TensorState>("cudnnDestroyTensorDescriptor", tensorDesc.Value);

    public CudnnStatus CreateFilterDescriptor(CudnnFilterDescriptor* filterDesc) =>
        Make("cudnnCreateFilterDescriptor", "cudnnFilterDescriptor_t", (nint*)filterDesc, new FilterState());

    public CudnnStatus SetFilter4dDescriptor(
        CudnnFilterDescriptor filterDesc,
        CudnnDataType dataType,
        CudnnTensorFormat format,
        int k,
        int c,
        int h,
        int w)
    {
        const string Function = "cudnnSetFilter4dDescriptor";
        var shape = new TensorShape(dataType, format, k, c, h, w);
        if (core.Fails(Function, Traced([filterDesc.Value], shape), out int injected)) return Injected(Function, injected);
        if (Find<FilterState>(Function, filterDesc.Value, "filterDesc") is not { } state) return CudnnStatus.BadParam;
        CudnnStatus status = Check(Function, shape);
        if (status == CudnnStatus.Success) state.Shape = shape;
        return status;
    }

    public CudnnStatus DestroyFilterDescriptor(CudnnFilterDescriptor filterDesc) =>
        End<FilterState>("cudnnDestroyFilterDescriptor", filterDesc.Value);

    public CudnnStatus CreateConvolutionDescriptor(CudnnConvolutionDescriptor* convDesc) =>
        Make("cudnnCreateConvolutionDescriptor", "cudnnConvolutionDescriptor_t", (nint*)convDesc, new ConvolutionState());

    public CudnnStatus SetConvolution2dDescriptor(
        CudnnConvolutionDescriptor convolution,
        int padY,
        int padX,
        int strideY,
        int strideX,
        int dilationY,
        int dilationX,
        CudnnConvolutionMode mode,
        CudnnDataType computeType)
    {
        const string Function = "cudnnSetConvolution2dDescriptor";
        var shape = new ConvolutionShape(
            padY, padX, strideY, strideX, dilationY, dilationX, mode, computeType, Groups: 1, CudnnMathType.DefaultMath);
        if (core.Fails(Function, Traced([convolution.Value], shape), out int injected)) return Injected(Function, injected);
        if (Find<ConvolutionState>(Function, convolution.Value, "convDesc") is not { } state) return CudnnStatus.BadParam;
        if (padY < 0 || padX < 0) return Bad($"{Function}: pad {padY}, {padX} is negative");
        if (strideY <= 0 || strideX <= 0) return Bad($"{Function}: stride {strideY}, {strideX} is not positive");
        if (dilationY <= 0 || dilationX <= 0) return Bad($"{Function}: dilation {dilationY}, {dilationX} is not positive");
        if (!Enum.IsDefined(mode)) return Bad($"{Function}: mode {(int)mode} is unknown");
        if (!Enum.IsDefined(computeType)) return Bad($"{Function}: computeType {(int)computeType} is unknown");
        state.Shape = shape;
        return CudnnStatus.Success;
    }

    public CudnnStatus SetConvolutionGroupCount(CudnnConvolutionDescriptor convDesc, int groupCount)
    {
        const string Function = "cudnnSetConvolutionGroupCount";
        if (core.Fails(Function, Traced([convDesc.Value], groupCount), out int injected)) return Injected(Function, injected);
        if (Find<ConvolutionState>(Function, convDesc.Value, "convDesc") is not { } state) return CudnnStatus.BadParam;
        if (groupCount < 1) return Bad($"{Function}: {groupCount} groups");
        state.Groups = groupCount;
        return CudnnStatus.Success;
    }

    public CudnnStatus SetConvolutionMathType(CudnnConvolutionDescriptor convDesc, CudnnMathType mathType)
    {
        const string Function = "cudnnSetConvolutionMathType";
        if (core.Fails(Function, Traced([convDesc.Value], mathType), out int injected)) return Injected(Function, injected);
        if (Find<ConvolutionState>(Function, convDesc.Value, "convDesc") is not { } state) return CudnnStatus.BadParam;
        if (!Enum.IsDefined(mathType)) return Bad($"{Function}: math type {(int)mathType} is unknown");
        state.MathType = mathType;
        return CudnnStatus.Success;
    }

    public CudnnStatus DestroyConvolutionDescriptor(CudnnConvolutionDescriptor convDesc) =>
        End<ConvolutionState>("cudnnDestroyConvolutionDescriptor", convDesc.Value);

    public CudnnStatus GetConvolution2dForwardOutputDim(
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor input,
        CudnnFilterDescriptor filters,
        int* n,
        int* c,
        int* h,
        int* w)
    {
        const string Function = "cudnnGetConvolution2dForwardOutputDim";
        if (core.Fails(Function, Traced([convolution.Value, input.Value], HandleTable.Number(filters.Value)), out int injected)) return Injected(Function, injected);
        if (Shape(Function, convolution) is not { } conv || Shape(Function, input, "inputTensorDesc") is not { } x
            || Shape(Function, filters, "filterDesc") is not { } filter)
            return CudnnStatus.BadParam;
        if (n is null || c is null || h is null || w is null) return Bad($"{Function}: nowhere to write the shape");
        if (x.C != (long)filter.C * conv.Groups) return Bad($"{Function}: {x.C} channels, filters of {filter.C} in {conv.Groups} groups");
        int height = conv.OutputHeight(x.H, filter.H), width = conv.OutputWidth(x.W, filter.W);
        if (height <= 0 || width <= 0) return Bad($"{Function}: the filter exceeds the padded input");
        (*n, *c, *h, *w) = (x.N, filter.N, height, width);
        return CudnnStatus.Success;
    }

    public CudnnStatus CreateActivationDescriptor(CudnnActivationDescriptor* activationDesc) =>
        Make("cudnnCreateActivationDescriptor", "cudnnActivationDescriptor_t", (nint*)activationDesc, new ActivationState());

    public CudnnStatus SetActivationDescriptor(
        CudnnActivationDescriptor activationDesc,
        CudnnActivationMode mode,
        CudnnNanPropagation reluNanOpt,
        double coef)
    {
        const string Function = "cudnnSetActivationDescriptor";
        if (core.Fails(Function, Traced([activationDesc.Value], (mode, reluNanOpt)), out int injected)) return Injected(Function, injected);
        if (Find<ActivationState>(Function, activationDesc.Value, "activationDesc") is not { } state) return CudnnStatus.BadParam;
        if (!Enum.IsDefined(mode)) return Bad($"{Function}: mode {(int)mode} is unknown");
        if (!Enum.IsDefined(reluNanOpt)) return Bad($"{Function}: reluNanOpt {(int)reluNanOpt} is unknown");
        state.Value = (mode, reluNanOpt);
        return CudnnStatus.Success;
    }

    public CudnnStatus DestroyActivationDescriptor(CudnnActivationDescriptor activationDesc) =>
        End<ActivationState>("cudnnDestroyActivationDescriptor", activationDesc.Value);

    private static CudnnStatus Check(string function, TensorShape shape)
    {
        if (shape.N <= 0 || shape.C <= 0 || shape.H <= 0 || shape.W <= 0) return Bad($"{function}: {shape} has a dimension that is not positive");
        if (!Enum.IsDefined(shape.Format)) return Bad($"{function}: format {(int)shape.Format} is unknown");
        if (!Enum.IsDefined(shape.Type)) return Bad($"{function}: data type {(int)shape.Type} is unknown");
        // Documented: "The total size of the tensor descriptor exceeds the maximum limit of 2 Giga-elements."
        return (Int128)shape.N * shape.C * shape.H * shape.W >= ConvolutionProblem.ElementLimit
            ? Fail(CudnnStatus.NotSupported, $"{function}: {shape} has 2 giga-elements or more")
            : CudnnStatus.Success;
    }

    private CudnnStatus Make(string function, string kind, nint* handle, object state)
    {
        if (core.Fails(function, "", out int injected)) return Injected(function, injected);
        if (handle is null) return Bad($"{function}: nowhere to write the descriptor");
        *handle = core.NewHandle(kind, state);
        return CudnnStatus.Success;
    }

    private CudnnStatus End<T>(string function, nint handle)
        where T : class
    {
        if (core.Fails(function, Traced(handle), out int injected)) return Injected(function, injected);
        // Destroying null does nothing, as documented of cudnnDestroyTensorDescriptor.
        if (handle == 0) return CudnnStatus.Success;
        if (Find<T>(function, handle, "descriptor") is null) return CudnnStatus.BadParam;
        core.Release<T>(handle);
        return CudnnStatus.Success;
    }

    private TensorShape? Shape(string function, CudnnTensorDescriptor descriptor, string parameter) =>
        Find<TensorState>(function, descriptor.Value, parameter) is { } state ? Known(function, state.Shape, parameter) : null;

    private TensorShape? Shape(string function, CudnnFilterDescriptor descriptor, string parameter) =>
        Find<FilterState>(function, descriptor.Value, parameter) is { } state ? Known(function, state.Shape, parameter) : null;

    private ConvolutionShape? Shape(string function, CudnnConvolutionDescriptor descriptor)
    {
        if (Find<ConvolutionState>(function, descriptor.Value, "convDesc") is not { } state) return null;
        return Known(function, state.Shape, "convDesc") is { } shape ? shape with { Groups = state.Groups, MathType = state.MathType } : null;
    }

    private static T? Known<T>(string function, T? value, string parameter)
        where T : struct
    {
        if (value is null) Bad($"{function}: {parameter} was never set");
        return value;
    }

    private string Traced(nint handle) => core.Options.Trace is null ? "" : HandleTable.Number(handle);

    /// <summary>Arguments for the trace: the text costs more than the call, and most runs want none.</summary>
    private string Traced<T>(ReadOnlySpan<nint> handles, T value)
    {
        if (core.Options.Trace is null) return "";
        var text = new StringBuilder();
        foreach (nint handle in handles) text.Append(HandleTable.Number(handle)).Append(", ");
        return text.Append(value).ToString();
    }
}
