using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>The library, its handles and its descriptors.</summary>
public sealed unsafe class DnnDescriptorTests
{
    [Theory]
    [InlineData(8907, 12_020, 900)]
    [InlineData(90_100, 12_040, 900)]
    [InlineData(90_700, 12_080, 1200)]
    [InlineData(8600, 11_080, 900)]
    [InlineData(90_000, 12_030, 900)]
    [InlineData(90_200, 12_050, 900)]
    [InlineData(90_300, 12_060, 900)]
    [InlineData(91_100, 12_090, 1200)]
    public void Versions_say_what_they_were_built_for(int version, int cudart, int newest)
    {
        using var core = new FakeCore(new SimulatorOptions { CudnnVersion = version });
        var dnn = new SimulatedCudnn(core);
        Assert.Equal((nuint)version, dnn.GetVersion());
        Assert.Equal((nuint)cudart, dnn.GetCudartVersion());
        Assert.Equal((nuint)newest, dnn.GetMaxDeviceVersion());
    }

    [Theory]
    [InlineData(CudnnStatus.Success, 90_100, "CUDNN_STATUS_SUCCESS")]
    [InlineData(CudnnStatus.BadParamNullPointer, 90_100, "CUDNN_STATUS_BAD_PARAM_NULL_POINTER")]
    [InlineData(CudnnStatus.NotSupportedArchMismatch, 90_100, "CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH")]
    [InlineData(CudnnStatus.NotSupportedArchMismatch, 8907, "CUDNN_STATUS_ARCH_MISMATCH")]
    [InlineData(CudnnStatus.InternalErrorHostAllocationFailed, 8907, "CUDNN_STATUS_ALLOC_FAILED")]
    [InlineData(CudnnStatus.ExecutionFailed, 8907, "CUDNN_STATUS_EXECUTION_FAILED")]
    [InlineData(CudnnStatus.SublibraryVersionMismatch, 8907, "CUDNN_STATUS_VERSION_MISMATCH")]
    [InlineData(CudnnStatus.NotSupportedRuntimePrerequisiteMissing, 8907, "CUDNN_STATUS_RUNTIME_PREREQUISITE_MISSING")]
    [InlineData((CudnnStatus)77, 90_100, "CUDNN_UNKNOWN_STATUS")]
    public void A_status_has_a_name(CudnnStatus status, int version, string name)
    {
        using var core = new FakeCore(new SimulatorOptions { CudnnVersion = version });
        var dnn = new SimulatedCudnn(core);
        byte* text = dnn.GetErrorString(status);
        Assert.Equal(name, new string((sbyte*)text));
        Assert.True(text == dnn.GetErrorString(status));
    }

    [Theory]
    [InlineData(8907, 61, CudnnStatus.Success)]
    [InlineData(8907, 90, CudnnStatus.Success)]
    [InlineData(8907, 100, CudnnStatus.NotSupportedArchMismatch)]
    [InlineData(8907, 37, CudnnStatus.NotSupportedArchMismatch)]
    [InlineData(90_100, 61, CudnnStatus.Success)]
    [InlineData(91_000, 61, CudnnStatus.Success)]
    [InlineData(91_100, 61, CudnnStatus.NotSupportedArchMismatch)]
    [InlineData(91_100, 75, CudnnStatus.Success)]
    [InlineData(91_100, 120, CudnnStatus.Success)]
    public void A_handle_needs_a_gpu_that_the_version_knows(int version, int architecture, CudnnStatus expected)
    {
        SimulatedGpu gpu = SimulatedGpu.A100 with { Major = architecture / 10, Minor = architecture % 10 };
        using var core = new FakeCore(new SimulatorOptions { CudnnVersion = version, Gpus = [gpu] });
        CudnnHandle handle;
        Assert.Equal(expected, new SimulatedCudnn(core).Create(&handle));
        Assert.Equal(expected == CudnnStatus.Success ? 1 : 0, core.Handles.Count);
    }

    [Fact]
    public void A_handle_needs_a_context_and_a_place()
    {
        using var core = new FakeCore(new SimulatorOptions()) { Context = CUresult.ErrorInvalidContext };
        var dnn = new SimulatedCudnn(core);
        CudnnHandle handle;
        Assert.Equal(CudnnStatus.NotInitialized, dnn.Create(&handle));
        core.Context = CUresult.Success;
        Assert.Equal(CudnnStatus.BadParam, dnn.Create(null));
        Assert.Empty(core.Handles);
    }

    [Fact]
    public void A_destroyed_handle_is_a_bad_parameter_and_reported()
    {
        using var lab = new DnnLab();
        DnnLab.Ok(lab.Dnn.SetStream(lab.Handle, new CUstream(7)));
        DnnLab.Ok(lab.Dnn.Destroy(lab.Handle));
        Assert.Empty(lab.Core.Handles);
        Assert.Empty(lab.Core.Reports);
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetStream(lab.Handle, default));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.Destroy(lab.Handle));
        Assert.Equal(2, lab.Core.Reports.Count);
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.Destroy(default));
        Assert.Equal(2, lab.Core.Reports.Count);
    }

    [Fact]
    public void Destroying_a_handle_waits_and_works_after_a_fault()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(new ConvolutionCase(1, 1, 3, 3, 1, 3, 3), Direction.Forward);
        DnnLab.Ok(setup.Run(0));
        DnnLab.Ok(lab.Dnn.Destroy(lab.Handle));
        Assert.Empty(lab.Core.Queue);

        using var lost = new DnnLab();
        lost.Core.Context = CUresult.ErrorIllegalAddress;
        DnnLab.Ok(lost.Dnn.Destroy(lost.Handle));
    }

    [Theory]
    [InlineData(0, 1, 1, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(1, -1, 1, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(1, 1, 0, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(1, 1, 1, 0, 0, 0, CudnnStatus.BadParam)]
    [InlineData(1, 1, 1, 1, 5, 0, CudnnStatus.BadParam)]
    [InlineData(1, 1, 1, 1, 0, 99, CudnnStatus.BadParam)]
    [InlineData(1 << 10, 1 << 10, 1 << 10, 2, 0, 0, CudnnStatus.NotSupported)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, 0, 0, CudnnStatus.NotSupported)]
    [InlineData(1 << 10, 1 << 10, 1 << 10, 1, 1, 9, CudnnStatus.Success)]
    public void Shapes_are_checked(int n, int c, int h, int w, int format, int type, CudnnStatus expected)
    {
        using var lab = new DnnLab();
        CudnnTensorDescriptor tensor;
        CudnnFilterDescriptor filter;
        DnnLab.Ok(lab.Dnn.CreateTensorDescriptor(&tensor));
        DnnLab.Ok(lab.Dnn.CreateFilterDescriptor(&filter));
        Assert.Equal(expected, lab.Dnn.SetTensor4dDescriptor(tensor, (CudnnTensorFormat)format, (CudnnDataType)type, n, c, h, w));
        Assert.Equal(expected, lab.Dnn.SetFilter4dDescriptor(filter, (CudnnDataType)type, (CudnnTensorFormat)format, n, c, h, w));
    }

    [Theory]
    [InlineData(-1, 0, 1, 1, 1, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(0, -1, 1, 1, 1, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(0, 0, 0, 1, 1, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(0, 0, 1, 0, 1, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(0, 0, 1, 1, 0, 1, 0, 0, CudnnStatus.BadParam)]
    [InlineData(0, 0, 1, 1, 1, 0, 0, 0, CudnnStatus.BadParam)]
    [InlineData(0, 0, 1, 1, 1, 1, 2, 0, CudnnStatus.BadParam)]
    [InlineData(0, 0, 1, 1, 1, 1, 0, 55, CudnnStatus.BadParam)]
    [InlineData(3, 2, 1, 4, 2, 1, 1, 0, CudnnStatus.Success)]
    public void Convolutions_are_checked(int padY, int padX, int strideY, int strideX, int dilationY, int dilationX, int mode, int type, CudnnStatus expected)
    {
        using var lab = new DnnLab();
        CudnnConvolutionDescriptor descriptor;
        DnnLab.Ok(lab.Dnn.CreateConvolutionDescriptor(&descriptor));
        Assert.Equal(expected, lab.Dnn.SetConvolution2dDescriptor(
            descriptor, padY, padX, strideY, strideX, dilationY, dilationX, (CudnnConvolutionMode)mode, (CudnnDataType)type));
    }

    [Fact]
    public void Groups_math_types_and_activations_are_checked()
    {
        using var lab = new DnnLab();
        CudnnConvolutionDescriptor convolution = lab.Convolution(new ConvolutionCase(1, 1, 1, 1, 1, 1, 1));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetConvolutionGroupCount(convolution, 0));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetConvolutionMathType(convolution, (CudnnMathType)4));
        CudnnActivationDescriptor activation = lab.Activation(CudnnActivationMode.Relu);
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetActivationDescriptor(activation, (CudnnActivationMode)99, CudnnNanPropagation.NotPropagateNan, 0));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetActivationDescriptor(activation, CudnnActivationMode.Relu, (CudnnNanPropagation)2, 0));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetConvolutionGroupCount(default, 1));
    }

    [Fact]
    public void Descriptors_need_a_place_and_end_once()
    {
        using var lab = new DnnLab();
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.CreateTensorDescriptor(null));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.CreateFilterDescriptor(null));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.CreateConvolutionDescriptor(null));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.CreateActivationDescriptor(null));
        var shape = new TensorShape(CudnnDataType.Float, CudnnTensorFormat.Nchw, 1, 1, 1, 1);
        CudnnTensorDescriptor tensor = lab.Tensor(shape);
        CudnnFilterDescriptor filter = lab.Filter(shape);
        CudnnConvolutionDescriptor convolution = lab.Convolution(new ConvolutionCase(1, 1, 1, 1, 1, 1, 1));
        CudnnActivationDescriptor activation = lab.Activation(CudnnActivationMode.Identity);
        DnnLab.Ok(lab.Dnn.DestroyTensorDescriptor(tensor));
        DnnLab.Ok(lab.Dnn.DestroyFilterDescriptor(filter));
        DnnLab.Ok(lab.Dnn.DestroyConvolutionDescriptor(convolution));
        DnnLab.Ok(lab.Dnn.DestroyActivationDescriptor(activation));
        DnnLab.Ok(lab.Dnn.DestroyTensorDescriptor(default));
        Assert.Single(lab.Core.Handles);
        Assert.Empty(lab.Core.Reports);
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.DestroyTensorDescriptor(tensor));
        Assert.Single(lab.Core.Reports);
        // One kind of descriptor is not another.
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.DestroyFilterDescriptor(new CudnnFilterDescriptor(lab.Handle.Value)));
        Assert.Single(lab.Core.Handles);
    }

    [Theory]
    [InlineData(224, 11, 3, 4, 1, 55)]
    [InlineData(224, 3, 1, 1, 1, 224)]
    [InlineData(13, 3, 0, 2, 2, 5)]
    [InlineData(27, 5, 2, 1, 1, 27)]
    public void The_output_is_as_large_as_documented(int size, int filter, int pad, int stride, int dilation, int expected)
    {
        using var lab = new DnnLab();
        CudnnTensorDescriptor x = lab.Tensor(new TensorShape(CudnnDataType.Half, CudnnTensorFormat.Nhwc, 5, 6, size, size + 1));
        CudnnFilterDescriptor w = lab.Filter(new TensorShape(CudnnDataType.Half, CudnnTensorFormat.Nhwc, 8, 3, filter, filter));
        CudnnConvolutionDescriptor convolution = lab.Convolution(new ConvolutionCase(1, 2, 1, 1, 2, 1, 1)
        {
            PadY = pad, PadX = pad, StrideY = stride, StrideX = stride, DilationY = dilation, DilationX = dilation, Groups = 2,
        });
        int n, c, h, wide;
        DnnLab.Ok(lab.Dnn.GetConvolution2dForwardOutputDim(convolution, x, w, &n, &c, &h, &wide));
        Assert.Equal((5, 8, expected), (n, c, h));
        Assert.Equal(1 + ((size + 1 + (2 * pad) - (((filter - 1) * dilation) + 1)) / stride), wide);
        DnnLab.Ok(lab.Dnn.SetConvolutionGroupCount(convolution, 3));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolution2dForwardOutputDim(convolution, x, w, &n, &c, &h, &wide));
    }

    [Fact]
    public void A_filter_larger_than_the_padded_input_is_a_bad_parameter()
    {
        using var lab = new DnnLab();
        CudnnTensorDescriptor x = lab.Tensor(new TensorShape(CudnnDataType.Float, CudnnTensorFormat.Nchw, 1, 1, 2, 2));
        CudnnFilterDescriptor w = lab.Filter(new TensorShape(CudnnDataType.Float, CudnnTensorFormat.Nchw, 1, 1, 3, 3));
        CudnnConvolutionDescriptor convolution = lab.Convolution(new ConvolutionCase(1, 1, 1, 1, 1, 1, 1));
        int n, c, h, wide;
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolution2dForwardOutputDim(convolution, x, w, &n, &c, &h, &wide));
        Assert.Contains("exceeds the padded input", lab.LastError(), StringComparison.Ordinal);
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolution2dForwardOutputDim(convolution, x, w, null, &c, &h, &wide));
    }

    [Fact]
    public void A_descriptor_that_was_never_set_is_a_bad_parameter()
    {
        using var lab = new DnnLab();
        CudnnTensorDescriptor tensor;
        CudnnConvolutionDescriptor convolution;
        DnnLab.Ok(lab.Dnn.CreateTensorDescriptor(&tensor));
        DnnLab.Ok(lab.Dnn.CreateConvolutionDescriptor(&convolution));
        var shape = new TensorShape(CudnnDataType.Float, CudnnTensorFormat.Nchw, 1, 1, 1, 1);
        CudnnFilterDescriptor w = lab.Filter(shape);
        int n, c, h, wide;
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolution2dForwardOutputDim(convolution, lab.Tensor(shape), w, &n, &c, &h, &wide));
        CudnnConvolutionDescriptor set = lab.Convolution(new ConvolutionCase(1, 1, 1, 1, 1, 1, 1));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolution2dForwardOutputDim(set, tensor, w, &n, &c, &h, &wide));
        Assert.Empty(lab.Core.Reports);
    }

    [Fact]
    public void The_last_error_is_told_once_and_not_by_version_8()
    {
        using var lab = new DnnLab();
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.SetConvolutionGroupCount(lab.Convolution(new ConvolutionCase(1, 1, 1, 1, 1, 1, 1)), -3));
        byte* little = stackalloc byte[8];
        using var old = new DnnLab(new SimulatorOptions { CudnnVersion = 8907 });
        Assert.Contains("-3 groups", lab.LastError(), StringComparison.Ordinal);
        Assert.Empty(lab.LastError());
        lab.Dnn.CreateTensorDescriptor(null);
        lab.Dnn.GetLastErrorString(little, 8);
        Assert.Equal(0, little[7]);
        lab.Dnn.GetLastErrorString(little, 0);
        old.Dnn.CreateTensorDescriptor(null);
        Assert.Empty(old.LastError());
    }

    [Fact]
    public void Faults_are_injected_at_the_nth_call_and_nothing_is_done()
    {
        var trace = new StringWriter();
        using var lab = new DnnLab(new SimulatorOptions
        {
            Faults =
            [
                new InjectedFault("cudnnCreateTensorDescriptor", 2, (int)CudnnStatus.InternalErrorHostAllocationFailed),
                new InjectedFault("cudnnConvolutionForward", 1, (int)CudnnStatus.ExecutionFailed),
            ],
            Trace = trace,
        });
        Setup setup;
        CudnnTensorDescriptor descriptor = default;
        DnnLab.Ok(lab.Dnn.CreateTensorDescriptor(&descriptor));
        int handles = lab.Core.Handles.Count;
        Assert.Equal(CudnnStatus.InternalErrorHostAllocationFailed, lab.Dnn.CreateTensorDescriptor(&descriptor));
        Assert.Equal(handles, lab.Core.Handles.Count);
        setup = lab.Prepare(new ConvolutionCase(1, 1, 3, 3, 1, 3, 3), Direction.Forward);
        Assert.Equal(CudnnStatus.ExecutionFailed, setup.Run(0));
        Assert.Empty(lab.Core.Queue);
        DnnLab.Ok(setup.Run(0));
        string text = trace.ToString();
        Assert.Matches(@"cudnnSetTensor4dDescriptor\(#\d+, Float Nchw 1x1x3x3\)", text);
        Assert.Matches(@"cudnnConvolutionForward\(#\d+, #\d+, #\d+, #\d+, #\d+, \(ImplicitGemm, 0\)\)", text);
    }
}
