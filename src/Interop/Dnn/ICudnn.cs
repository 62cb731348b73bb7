using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>
/// What the engine calls of cuDNN 8.9 and 9: convolutions. Alpha and beta are float32 in host memory.
/// Each method is one entry point of the library with its very parameters, in its order; the header's documentation holds.
/// Nothing throws: the status is returned. Statuses have the
/// numbers of cuDNN 9, whichever version answers.
/// </summary>
public unsafe interface ICudnn
{
    /// <summary>The library's version: 1000 major + 100 minor + patch up to 8.9, 10000 major + 100 minor + patch from 9.0.</summary>
    [EntryPoint("cudnnGetVersion")]
    nuint GetVersion();

    /// <summary>The CUDA version the library was built with, as 1000 major + 10 minor.</summary>
    [EntryPoint("cudnnGetCudartVersion")]
    nuint GetCudartVersion();

    /// <summary>The newest compute capability the library knows, as 100 major + 10 minor.</summary>
    [EntryPoint("cudnnGetMaxDeviceVersion")]
    nuint GetMaxDeviceVersion();

    /// <summary>A status's name, as a static zero-terminated string.</summary>
    [EntryPoint("cudnnGetErrorString")]
    byte* GetErrorString(CudnnStatus status);

    /// <summary>What the calling thread's last failure was about, in words. Versions before 9 lack it: the message is left empty.</summary>
    [EntryPoint("cudnnGetLastErrorString", Optional = true)]
    void GetLastErrorString(byte* message, nuint bytes);

    /// <summary>Makes a handle in the current context.</summary>
    [EntryPoint("cudnnCreate")]
    CudnnStatus Create(CudnnHandle* handle);

    /// <summary>Gives a handle up; waits for its work.</summary>
    [EntryPoint("cudnnDestroy")]
    CudnnStatus Destroy(CudnnHandle handle);

    /// <summary>Sets the stream of a handle's work.</summary>
    [EntryPoint("cudnnSetStream")]
    CudnnStatus SetStream(CudnnHandle handle, CUstream stream);

    /// <summary>Makes the description of a tensor.</summary>
    [EntryPoint("cudnnCreateTensorDescriptor")]
    CudnnStatus CreateTensorDescriptor(CudnnTensorDescriptor* tensorDesc);

    /// <summary>Describes a packed tensor.</summary>
    [EntryPoint("cudnnSetTensor4dDescriptor")]
    CudnnStatus SetTensor4dDescriptor(CudnnTensorDescriptor tensorDesc, CudnnTensorFormat format, CudnnDataType dataType, int n, int c, int h, int w);

    /// <summary>Gives the description of a tensor up.</summary>
    [EntryPoint("cudnnDestroyTensorDescriptor")]
    CudnnStatus DestroyTensorDescriptor(CudnnTensorDescriptor tensorDesc);

    /// <summary>Makes the description of filters.</summary>
    [EntryPoint("cudnnCreateFilterDescriptor")]
    CudnnStatus CreateFilterDescriptor(CudnnFilterDescriptor* filterDesc);

    /// <summary>Describes filters: k outputs, c inputs of a group, h rows, w columns.</summary>
    [EntryPoint("cudnnSetFilter4dDescriptor")]
    CudnnStatus SetFilter4dDescriptor(CudnnFilterDescriptor filterDesc, CudnnDataType dataType, CudnnTensorFormat format, int k, int c, int h, int w);

    /// <summary>Gives the description of filters up.</summary>
    [EntryPoint("cudnnDestroyFilterDescriptor")]
    CudnnStatus DestroyFilterDescriptor(CudnnFilterDescriptor filterDesc);

    /// <summary>Makes the description of a convolution.</summary>
    [EntryPoint("cudnnCreateConvolutionDescriptor")]
    CudnnStatus CreateConvolutionDescriptor(CudnnConvolutionDescriptor* convDesc);

    /// <summary>Describes a convolution: padding at both ends, strides, dilations.</summary>
    [EntryPoint("cudnnSetConvolution2dDescriptor")]
    CudnnStatus SetConvolution2dDescriptor(
        CudnnConvolutionDescriptor convolution,
        int padY,
        int padX,
        int strideY,
        int strideX,
        int dilationY,
        int dilationX,
        CudnnConvolutionMode mode,
        CudnnDataType computeType);

    /// <summary>Splits a convolution's channels into groups.</summary>
    [EntryPoint("cudnnSetConvolutionGroupCount")]
    CudnnStatus SetConvolutionGroupCount(CudnnConvolutionDescriptor convDesc, int groupCount);

    /// <summary>Sets which precisions a convolution may take.</summary>
    [EntryPoint("cudnnSetConvolutionMathType")]
    CudnnStatus SetConvolutionMathType(CudnnConvolutionDescriptor convDesc, CudnnMathType mathType);

    /// <summary>Gives the description of a convolution up.</summary>
    [EntryPoint("cudnnDestroyConvolutionDescriptor")]
    CudnnStatus DestroyConvolutionDescriptor(CudnnConvolutionDescriptor convDesc);

    /// <summary>The shape of a convolution's output.</summary>
    [EntryPoint("cudnnGetConvolution2dForwardOutputDim")]
    CudnnStatus GetConvolution2dForwardOutputDim(
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor input,
        CudnnFilterDescriptor filters,
        int* n,
        int* c,
        int* h,
        int* w);

    /// <summary>Makes the description of an activation.</summary>
    [EntryPoint("cudnnCreateActivationDescriptor")]
    CudnnStatus CreateActivationDescriptor(CudnnActivationDescriptor* activationDesc);

    /// <summary>Describes an activation.</summary>
    [EntryPoint("cudnnSetActivationDescriptor")]
    CudnnStatus SetActivationDescriptor(
        CudnnActivationDescriptor activationDesc,
        CudnnActivationMode mode,
        CudnnNanPropagation reluNanOpt,
        double coef);

    /// <summary>Gives the description of an activation up.</summary>
    [EntryPoint("cudnnDestroyActivationDescriptor")]
    CudnnStatus DestroyActivationDescriptor(CudnnActivationDescriptor activationDesc);

    /// <summary>How many algorithms the convolution has at most.</summary>
    [EntryPoint("cudnnGetConvolutionForwardAlgorithmMaxCount")]
    CudnnStatus GetConvolutionForwardAlgorithmMaxCount(CudnnHandle handle, int* count);

    /// <summary>Algorithms for the convolution, the one that should be fastest first, without running any.</summary>
    [EntryPoint("cudnnGetConvolutionForwardAlgorithm_v7")]
    CudnnStatus GetConvolutionForwardAlgorithms(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        int requested,
        int* returned,
        CudnnConvolutionFwdAlgoPerf* results);

    /// <summary>Bytes of workspace an algorithm for the convolution needs; NotSupported when it does not take these descriptors.</summary>
    [EntryPoint("cudnnGetConvolutionForwardWorkspaceSize")]
    CudnnStatus GetConvolutionForwardWorkspaceSize(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        CudnnConvolutionFwdAlgo algorithm,
        nuint* bytes);

    /// <summary>Times the convolution's algorithms on the caller's memory; y is overwritten. Never while a stream is captured.</summary>
    [EntryPoint("cudnnFindConvolutionForwardAlgorithmEx")]
    CudnnStatus FindConvolutionForwardAlgorithm(
        CudnnHandle handle,
        CudnnTensorDescriptor xDescriptor,
        void* x,
        CudnnFilterDescriptor wDescriptor,
        void* w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor yDescriptor,
        void* y,
        int requested,
        int* returned,
        CudnnConvolutionFwdAlgoPerf* results,
        void* workspace,
        nuint workspaceBytes);

    /// <summary>y = alpha convolution(x, w) + beta y.</summary>
    [EntryPoint("cudnnConvolutionForward")]
    CudnnStatus ConvolutionForward(
        CudnnHandle handle,
        void* alpha,
        CudnnTensorDescriptor xDescriptor,
        void* x,
        CudnnFilterDescriptor wDescriptor,
        void* w,
        CudnnConvolutionDescriptor convolution,
        CudnnConvolutionFwdAlgo algorithm,
        void* workspace,
        nuint workspaceBytes,
        void* beta,
        CudnnTensorDescriptor yDescriptor,
        void* y);

    /// <summary>y = activation(alpha1 convolution(x, w) + alpha2 z + bias).</summary>
    [EntryPoint("cudnnConvolutionBiasActivationForward")]
    CudnnStatus ConvolutionBiasActivationForward(
        CudnnHandle handle,
        void* alpha1,
        CudnnTensorDescriptor xDescriptor,
        void* x,
        CudnnFilterDescriptor wDescriptor,
        void* w,
        CudnnConvolutionDescriptor convolution,
        CudnnConvolutionFwdAlgo algorithm,
        void* workspace,
        nuint workspaceBytes,
        void* alpha2,
        CudnnTensorDescriptor zDescriptor,
        void* z,
        CudnnTensorDescriptor biasDescriptor,
        void* bias,
        CudnnActivationDescriptor activation,
        CudnnTensorDescriptor yDescriptor,
        void* y);

    /// <summary>How many algorithms the input's gradient has at most.</summary>
    [EntryPoint("cudnnGetConvolutionBackwardDataAlgorithmMaxCount")]
    CudnnStatus GetConvolutionBackwardDataAlgorithmMaxCount(CudnnHandle handle, int* count);

    /// <summary>Algorithms for the input's gradient, the one that should be fastest first, without running any.</summary>
    [EntryPoint("cudnnGetConvolutionBackwardDataAlgorithm_v7")]
    CudnnStatus GetConvolutionBackwardDataAlgorithms(
        CudnnHandle handle,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        int requested,
        int* returned,
        CudnnConvolutionBwdDataAlgoPerf* results);

    /// <summary>Bytes of workspace an algorithm for the input's gradient needs; NotSupported when it does not take these descriptors.</summary>
    [EntryPoint("cudnnGetConvolutionBackwardDataWorkspaceSize")]
    CudnnStatus GetConvolutionBackwardDataWorkspaceSize(
        CudnnHandle handle,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        CudnnConvolutionBwdDataAlgo algorithm,
        nuint* bytes);

    /// <summary>Times the algorithms of the input's gradient on the caller's memory; dx is overwritten. Never while a stream is captured.</summary>
    [EntryPoint("cudnnFindConvolutionBackwardDataAlgorithmEx")]
    CudnnStatus FindConvolutionBackwardDataAlgorithm(
        CudnnHandle handle,
        CudnnFilterDescriptor wDescriptor,
        void* w,
        CudnnTensorDescriptor dyDescriptor,
        void* dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dxDescriptor,
        void* dx,
        int requested,
        int* returned,
        CudnnConvolutionBwdDataAlgoPerf* results,
        void* workspace,
        nuint workspaceBytes);

    /// <summary>dx = alpha (gradient of the input) + beta dx.</summary>
    [EntryPoint("cudnnConvolutionBackwardData")]
    CudnnStatus ConvolutionBackwardData(
        CudnnHandle handle,
        void* alpha,
        CudnnFilterDescriptor wDescriptor,
        void* w,
        CudnnTensorDescriptor dyDescriptor,
        void* dy,
        CudnnConvolutionDescriptor convolution,
        CudnnConvolutionBwdDataAlgo algorithm,
        void* workspace,
        nuint workspaceBytes,
        void* beta,
        CudnnTensorDescriptor dxDescriptor,
        void* dx);

    /// <summary>How many algorithms the filters' gradient has at most.</summary>
    [EntryPoint("cudnnGetConvolutionBackwardFilterAlgorithmMaxCount")]
    CudnnStatus GetConvolutionBackwardFilterAlgorithmMaxCount(CudnnHandle handle, int* count);

    /// <summary>Algorithms for the filters' gradient, the one that should be fastest first, without running any.</summary>
    [EntryPoint("cudnnGetConvolutionBackwardFilterAlgorithm_v7")]
    CudnnStatus GetConvolutionBackwardFilterAlgorithms(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        int requested,
        int* returned,
        CudnnConvolutionBwdFilterAlgoPerf* results);

    /// <summary>Bytes of workspace an algorithm for the filters' gradient needs; NotSupported when it does not take these descriptors.</summary>
    [EntryPoint("cudnnGetConvolutionBackwardFilterWorkspaceSize")]
    CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        CudnnConvolutionBwdFilterAlgo algorithm,
        nuint* bytes);

    /// <summary>Times the algorithms of the filters' gradient on the caller's memory; dw is overwritten. Never while a stream is captured.</summary>
    [EntryPoint("cudnnFindConvolutionBackwardFilterAlgorithmEx")]
    CudnnStatus FindConvolutionBackwardFilterAlgorithm(
        CudnnHandle handle,
        CudnnTensorDescriptor xDescriptor,
        void* x,
        CudnnTensorDescriptor dyDescriptor,
        void* dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dwDescriptor,
        void* dw,
        int requested,
        int* returned,
        CudnnConvolutionBwdFilterAlgoPerf* results,
        void* workspace,
        nuint workspaceBytes);

    /// <summary>dw = alpha (gradient of the filters) + beta dw.</summary>
    [EntryPoint("cudnnConvolutionBackwardFilter")]
    CudnnStatus ConvolutionBackwardFilter(
        CudnnHandle handle,
        void* alpha,
        CudnnTensorDescriptor xDescriptor,
        void* x,
        CudnnTensorDescriptor dyDescriptor,
        void* dy,
        CudnnConvolutionDescriptor convolution,
        CudnnConvolutionBwdFilterAlgo algorithm,
        void* workspace,
        nuint workspaceBytes,
        void* beta,
        CudnnFilterDescriptor dwDescriptor,
        void* dw);
}
