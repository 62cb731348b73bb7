using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Bench.HostCost;

/// <summary>A cuDNN that convolves nothing, and offers one algorithm for everything.</summary>
internal sealed unsafe class NullCudnn : ICudnn
{
    private nint _handles;

    /// <summary>Convolutions.</summary>
    internal long Calls { get; private set; }

    public nuint GetVersion() => 90_100;

    public nuint GetCudartVersion() => 12_040;

    public nuint GetMaxDeviceVersion() => 900;

    public byte* GetErrorString(CudnnStatus status) => null;

    public void GetLastErrorString(byte* message, nuint bytes)
    {
    }

    public CudnnStatus Create(CudnnHandle* handle)
    {
        *handle = new CudnnHandle(++_handles);
        return CudnnStatus.Success;
    }

    public CudnnStatus Destroy(CudnnHandle handle) => CudnnStatus.Success;

    public CudnnStatus SetStream(CudnnHandle handle, CUstream stream) => CudnnStatus.Success;

    public CudnnStatus CreateTensorDescriptor(CudnnTensorDescriptor* tensorDesc)
    {
        *tensorDesc = new CudnnTensorDescriptor(++_handles);
        return CudnnStatus.Success;
    }

    public CudnnStatus SetTensor4dDescriptor(CudnnTensorDescriptor tensorDesc, CudnnTensorFormat format, CudnnDataType dataType, int n, int c, int h, int w) => CudnnStatus.Success;

    public CudnnStatus DestroyTensorDescriptor(CudnnTensorDescriptor tensorDesc) => CudnnStatus.Success;

    public CudnnStatus CreateFilterDescriptor(CudnnFilterDescriptor* filterDesc)
    {
        *filterDesc = new CudnnFilterDescriptor(++_handles);
        return CudnnStatus.Success;
    }

    public CudnnStatus SetFilter4dDescriptor(CudnnFilterDescriptor filterDesc, CudnnDataType dataType, CudnnTensorFormat format, int k, int c, int h, int w) => CudnnStatus.Success;

    public CudnnStatus DestroyFilterDescriptor(CudnnFilterDescriptor filterDesc) => CudnnStatus.Success;

    public CudnnStatus CreateConvolutionDescriptor(CudnnConvolutionDescriptor* convDesc)
    {
        *convDesc = new CudnnConvolutionDescriptor(++_handles);
        return CudnnStatus.Success;
    }

    public CudnnStatus SetConvolution2dDescriptor(CudnnConvolutionDescriptor convolution, int padY, int padX, int strideY, int strideX, int dilationY, int dilationX, CudnnConvolutionMode mode, CudnnDataType computeType) => CudnnStatus.Success;

    public CudnnStatus SetConvolutionGroupCount(CudnnConvolutionDescriptor convDesc, int groupCount) => CudnnStatus.Success;

    public CudnnStatus SetConvolutionMathType(CudnnConvolutionDescriptor convDesc, CudnnMathType mathType) => CudnnStatus.Success;

    public CudnnStatus DestroyConvolutionDescriptor(CudnnConvolutionDescriptor convDesc) => CudnnStatus.Success;

    public CudnnStatus GetConvolution2dForwardOutputDim(CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor input, CudnnFilterDescriptor filters, int* n, int* c, int* h, int* w)
    {
        *n = *c = *h = *w = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus CreateActivationDescriptor(CudnnActivationDescriptor* activationDesc)
    {
        *activationDesc = new CudnnActivationDescriptor(++_handles);
        return CudnnStatus.Success;
    }

    public CudnnStatus SetActivationDescriptor(CudnnActivationDescriptor activationDesc, CudnnActivationMode mode, CudnnNanPropagation reluNanOpt, double coef) => CudnnStatus.Success;

    public CudnnStatus DestroyActivationDescriptor(CudnnActivationDescriptor activationDesc) => CudnnStatus.Success;

    public CudnnStatus GetConvolutionForwardAlgorithmMaxCount(CudnnHandle handle, int* count)
    {
        *count = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionForwardAlgorithms(CudnnHandle handle, CudnnTensorDescriptor x, CudnnFilterDescriptor w, CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor y, int requested, int* returned, CudnnConvolutionFwdAlgoPerf* results)
    {
        *results = new CudnnConvolutionFwdAlgoPerf { Algo = CudnnConvolutionFwdAlgo.ImplicitGemm, MathType = CudnnMathType.FmaMath, Determinism = CudnnDeterminism.Deterministic };
        *returned = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionForwardWorkspaceSize(CudnnHandle handle, CudnnTensorDescriptor x, CudnnFilterDescriptor w, CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor y, CudnnConvolutionFwdAlgo algorithm, nuint* bytes)
    {
        *bytes = 0;
        return CudnnStatus.Success;
    }

    public CudnnStatus FindConvolutionForwardAlgorithm(CudnnHandle handle, CudnnTensorDescriptor xDescriptor, void* x, CudnnFilterDescriptor wDescriptor, void* w, CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor yDescriptor, void* y, int requested, int* returned, CudnnConvolutionFwdAlgoPerf* results, void* workspace, nuint workspaceBytes)
    {
        *results = new CudnnConvolutionFwdAlgoPerf { Algo = CudnnConvolutionFwdAlgo.ImplicitGemm, MathType = CudnnMathType.FmaMath, Determinism = CudnnDeterminism.Deterministic };
        *returned = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus ConvolutionForward(CudnnHandle handle, void* alpha, CudnnTensorDescriptor xDescriptor, void* x, CudnnFilterDescriptor wDescriptor, void* w, CudnnConvolutionDescriptor convolution, CudnnConvolutionFwdAlgo algorithm, void* workspace, nuint workspaceBytes, void* beta, CudnnTensorDescriptor yDescriptor, void* y)
    {
        Calls++;
        return CudnnStatus.Success;
    }

    public CudnnStatus ConvolutionBiasActivationForward(CudnnHandle handle, void* alpha1, CudnnTensorDescriptor xDescriptor, void* x, CudnnFilterDescriptor wDescriptor, void* w, CudnnConvolutionDescriptor convolution, CudnnConvolutionFwdAlgo algorithm, void* workspace, nuint workspaceBytes, void* alpha2, CudnnTensorDescriptor zDescriptor, void* z, CudnnTensorDescriptor biasDescriptor, void* bias, CudnnActivationDescriptor activation, CudnnTensorDescriptor yDescriptor, void* y)
    {
        Calls++;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardDataAlgorithmMaxCount(CudnnHandle handle, int* count)
    {
        *count = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardDataAlgorithms(CudnnHandle handle, CudnnFilterDescriptor w, CudnnTensorDescriptor dy, CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor dx, int requested, int* returned, CudnnConvolutionBwdDataAlgoPerf* results)
    {
        *results = new CudnnConvolutionBwdDataAlgoPerf { Algo = CudnnConvolutionBwdDataAlgo.Algo1, MathType = CudnnMathType.FmaMath, Determinism = CudnnDeterminism.Deterministic };
        *returned = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardDataWorkspaceSize(CudnnHandle handle, CudnnFilterDescriptor w, CudnnTensorDescriptor dy, CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor dx, CudnnConvolutionBwdDataAlgo algorithm, nuint* bytes)
    {
        *bytes = 0;
        return CudnnStatus.Success;
    }

    public CudnnStatus FindConvolutionBackwardDataAlgorithm(CudnnHandle handle, CudnnFilterDescriptor wDescriptor, void* w, CudnnTensorDescriptor dyDescriptor, void* dy, CudnnConvolutionDescriptor convolution, CudnnTensorDescriptor dxDescriptor, void* dx, int requested, int* returned, CudnnConvolutionBwdDataAlgoPerf* results, void* workspace, nuint workspaceBytes)
    {
        *results = new CudnnConvolutionBwdDataAlgoPerf { Algo = CudnnConvolutionBwdDataAlgo.Algo1, MathType = CudnnMathType.FmaMath, Determinism = CudnnDeterminism.Deterministic };
        *returned = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus ConvolutionBackwardData(CudnnHandle handle, void* alpha, CudnnFilterDescriptor wDescriptor, void* w, CudnnTensorDescriptor dyDescriptor, void* dy, CudnnConvolutionDescriptor convolution, CudnnConvolutionBwdDataAlgo algorithm, void* workspace, nuint workspaceBytes, void* beta, CudnnTensorDescriptor dxDescriptor, void* dx)
    {
        Calls++;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardFilterAlgorithmMaxCount(CudnnHandle handle, int* count)
    {
        *count = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardFilterAlgorithms(CudnnHandle handle, CudnnTensorDescriptor x, CudnnTensorDescriptor dy, CudnnConvolutionDescriptor convolution, CudnnFilterDescriptor dw, int requested, int* returned, CudnnConvolutionBwdFilterAlgoPerf* results)
    {
        *results = new CudnnConvolutionBwdFilterAlgoPerf { Algo = CudnnConvolutionBwdFilterAlgo.Algo1, MathType = CudnnMathType.FmaMath, Determinism = CudnnDeterminism.Deterministic };
        *returned = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(CudnnHandle handle, CudnnTensorDescriptor x, CudnnTensorDescriptor dy, CudnnConvolutionDescriptor convolution, CudnnFilterDescriptor dw, CudnnConvolutionBwdFilterAlgo algorithm, nuint* bytes)
    {
        *bytes = 0;
        return CudnnStatus.Success;
    }

    public CudnnStatus FindConvolutionBackwardFilterAlgorithm(CudnnHandle handle, CudnnTensorDescriptor xDescriptor, void* x, CudnnTensorDescriptor dyDescriptor, void* dy, CudnnConvolutionDescriptor convolution, CudnnFilterDescriptor dwDescriptor, void* dw, int requested, int* returned, CudnnConvolutionBwdFilterAlgoPerf* results, void* workspace, nuint workspaceBytes)
    {
        *results = new CudnnConvolutionBwdFilterAlgoPerf { Algo = CudnnConvolutionBwdFilterAlgo.Algo1, MathType = CudnnMathType.FmaMath, Determinism = CudnnDeterminism.Deterministic };
        *returned = 1;
        return CudnnStatus.Success;
    }

    public CudnnStatus ConvolutionBackwardFilter(CudnnHandle handle, void* alpha, CudnnTensorDescriptor xDescriptor, void* x, CudnnTensorDescriptor dyDescriptor, void* dy, CudnnConvolutionDescriptor convolution, CudnnConvolutionBwdFilterAlgo algorithm, void* workspace, nuint workspaceBytes, void* beta, CudnnFilterDescriptor dwDescriptor, void* dw)
    {
        Calls++;
        return CudnnStatus.Success;
    }
}
