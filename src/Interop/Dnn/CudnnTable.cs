using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>The entry points of cuDNN, found when the library is loaded.</summary>
internal unsafe struct CudnnTable
{
    [EntryPoint("cudnnGetVersion")]
    internal delegate* unmanaged<nuint> GetVersion;

    [EntryPoint("cudnnGetCudartVersion")]
    internal delegate* unmanaged<nuint> GetCudartVersion;

    [EntryPoint("cudnnGetMaxDeviceVersion")]
    internal delegate* unmanaged<nuint> GetMaxDeviceVersion;

    [EntryPoint("cudnnGetErrorString")]
    internal delegate* unmanaged<CudnnStatus, byte*> GetErrorString;

    [EntryPoint("cudnnGetLastErrorString", Optional = true)]
    internal delegate* unmanaged<byte*, nuint, void> GetLastErrorString;

    [EntryPoint("cudnnCreate")]
    internal delegate* unmanaged<CudnnHandle*, CudnnStatus> Create;

    [EntryPoint("cudnnDestroy")]
    internal delegate* unmanaged<CudnnHandle, CudnnStatus> Destroy;

    [EntryPoint("cudnnSetStream")]
    internal delegate* unmanaged<CudnnHandle, CUstream, CudnnStatus> SetStream;

    [EntryPoint("cudnnCreateTensorDescriptor")]
    internal delegate* unmanaged<CudnnTensorDescriptor*, CudnnStatus> CreateTensorDescriptor;

    [EntryPoint("cudnnSetTensor4dDescriptor")]
    internal delegate* unmanaged<CudnnTensorDescriptor, CudnnTensorFormat, CudnnDataType, int, int, int, int, CudnnStatus> SetTensor4dDescriptor;

    [EntryPoint("cudnnDestroyTensorDescriptor")]
    internal delegate* unmanaged<CudnnTensorDescriptor, CudnnStatus> DestroyTensorDescriptor;

    [EntryPoint("cudnnCreateFilterDescriptor")]
    internal delegate* unmanaged<CudnnFilterDescriptor*, CudnnStatus> CreateFilterDescriptor;

    [EntryPoint("cudnnSetFilter4dDescriptor")]
    internal delegate* unmanaged<CudnnFilterDescriptor, CudnnDataType, CudnnTensorFormat, int, int, int, int, CudnnStatus> SetFilter4dDescriptor;

    [EntryPoint("cudnnDestroyFilterDescriptor")]
    internal delegate* unmanaged<CudnnFilterDescriptor, CudnnStatus> DestroyFilterDescriptor;

    [EntryPoint("cudnnCreateConvolutionDescriptor")]
    internal delegate* unmanaged<CudnnConvolutionDescriptor*, CudnnStatus> CreateConvolutionDescriptor;

    [EntryPoint("cudnnSetConvolution2dDescriptor")]
    internal delegate* unmanaged<CudnnConvolutionDescriptor, int, int, int, int, int, int, CudnnConvolutionMode, CudnnDataType, CudnnStatus> SetConvolution2dDescriptor;

    [EntryPoint("cudnnSetConvolutionGroupCount")]
    internal delegate* unmanaged<CudnnConvolutionDescriptor, int, CudnnStatus> SetConvolutionGroupCount;

    [EntryPoint("cudnnSetConvolutionMathType")]
    internal delegate* unmanaged<CudnnConvolutionDescriptor, CudnnMathType, CudnnStatus> SetConvolutionMathType;

    [EntryPoint("cudnnDestroyConvolutionDescriptor")]
    internal delegate* unmanaged<CudnnConvolutionDescriptor, CudnnStatus> DestroyConvolutionDescriptor;

    [EntryPoint("cudnnGetConvolution2dForwardOutputDim")]
    internal delegate* unmanaged<CudnnConvolutionDescriptor, CudnnTensorDescriptor, CudnnFilterDescriptor, int*, int*, int*, int*, CudnnStatus> GetConvolution2dForwardOutputDim;

    [EntryPoint("cudnnCreateActivationDescriptor")]
    internal delegate* unmanaged<CudnnActivationDescriptor*, CudnnStatus> CreateActivationDescriptor;

    [EntryPoint("cudnnSetActivationDescriptor")]
    internal delegate* unmanaged<CudnnActivationDescriptor, CudnnActivationMode, CudnnNanPropagation, double, CudnnStatus> SetActivationDescriptor;

    [EntryPoint("cudnnDestroyActivationDescriptor")]
    internal delegate* unmanaged<CudnnActivationDescriptor, CudnnStatus> DestroyActivationDescriptor;

    [EntryPoint("cudnnGetConvolutionForwardAlgorithmMaxCount")]
    internal delegate* unmanaged<CudnnHandle, int*, CudnnStatus> GetConvolutionForwardAlgorithmMaxCount;

    [EntryPoint("cudnnGetConvolutionForwardAlgorithm_v7")]
    internal delegate* unmanaged<CudnnHandle, CudnnTensorDescriptor, CudnnFilterDescriptor, CudnnConvolutionDescriptor, CudnnTensorDescriptor, int, int*, CudnnConvolutionFwdAlgoPerf*, CudnnStatus> GetConvolutionForwardAlgorithms;

    [EntryPoint("cudnnGetConvolutionForwardWorkspaceSize")]
    internal delegate* unmanaged<CudnnHandle, CudnnTensorDescriptor, CudnnFilterDescriptor, CudnnConvolutionDescriptor, CudnnTensorDescriptor, CudnnConvolutionFwdAlgo, nuint*, CudnnStatus> GetConvolutionForwardWorkspaceSize;

    [EntryPoint("cudnnFindConvolutionForwardAlgorithmEx")]
    internal delegate* unmanaged<CudnnHandle, CudnnTensorDescriptor, void*, CudnnFilterDescriptor, void*, CudnnConvolutionDescriptor, CudnnTensorDescriptor, void*, int, int*, CudnnConvolutionFwdAlgoPerf*, void*, nuint, CudnnStatus> FindConvolutionForwardAlgorithm;

    [EntryPoint("cudnnConvolutionForward")]
    internal delegate* unmanaged<CudnnHandle, void*, CudnnTensorDescriptor, void*, CudnnFilterDescriptor, void*, CudnnConvolutionDescriptor, CudnnConvolutionFwdAlgo, void*, nuint, void*, CudnnTensorDescriptor, void*, CudnnStatus> ConvolutionForward;

    [EntryPoint("cudnnConvolutionBiasActivationForward")]
    internal delegate* unmanaged<CudnnHandle, void*, CudnnTensorDescriptor, void*, CudnnFilterDescriptor, void*, CudnnConvolutionDescriptor, CudnnConvolutionFwdAlgo, void*, nuint, void*, CudnnTensorDescriptor, void*, CudnnTensorDescriptor, void*, CudnnActivationDescriptor, CudnnTensorDescriptor, void*, CudnnStatus> ConvolutionBiasActivationForward;

    [EntryPoint("cudnnGetConvolutionBackwardDataAlgorithmMaxCount")]
    internal delegate* unmanaged<CudnnHandle, int*, CudnnStatus> GetConvolutionBackwardDataAlgorithmMaxCount;

    [EntryPoint("cudnnGetConvolutionBackwardDataAlgorithm_v7")]
    internal delegate* unmanaged<CudnnHandle, CudnnFilterDescriptor, CudnnTensorDescriptor, CudnnConvolutionDescriptor, CudnnTensorDescriptor, int, int*, CudnnConvolutionBwdDataAlgoPerf*, CudnnStatus> GetConvolutionBackwardDataAlgorithms;

    [EntryPoint("cudnnGetConvolutionBackwardDataWorkspaceSize")]
    internal delegate* unmanaged<CudnnHandle, CudnnFilterDescriptor, CudnnTensorDescriptor, CudnnConvolutionDescriptor, CudnnTensorDescriptor, CudnnConvolutionBwdDataAlgo, nuint*, CudnnStatus> GetConvolutionBackwardDataWorkspaceSize;

    [EntryPoint("cudnnFindConvolutionBackwardDataAlgorithmEx")]
    internal delegate* unmanaged<CudnnHandle, CudnnFilterDescriptor, void*, CudnnTensorDescriptor, void*, CudnnConvolutionDescriptor, CudnnTensorDescriptor, void*, int, int*, CudnnConvolutionBwdDataAlgoPerf*, void*, nuint, CudnnStatus> FindConvolutionBackwardDataAlgorithm;

    [EntryPoint("cudnnConvolutionBackwardData")]
    internal delegate* unmanaged<CudnnHandle, void*, CudnnFilterDescriptor, void*, CudnnTensorDescriptor, void*, CudnnConvolutionDescriptor, CudnnConvolutionBwdDataAlgo, void*, nuint, void*, CudnnTensorDescriptor, void*, CudnnStatus> ConvolutionBackwardData;

    [EntryPoint("cudnnGetConvolutionBackwardFilterAlgorithmMaxCount")]
    internal delegate* unmanaged<CudnnHandle, int*, CudnnStatus> GetConvolutionBackwardFilterAlgorithmMaxCount;

    [EntryPoint("cudnnGetConvolutionBackwardFilterAlgorithm_v7")]
    internal delegate* unmanaged<CudnnHandle, CudnnTensorDescriptor, CudnnTensorDescriptor, CudnnConvolutionDescriptor, CudnnFilterDescriptor, int, int*, CudnnConvolutionBwdFilterAlgoPerf*, CudnnStatus> GetConvolutionBackwardFilterAlgorithms;

    [EntryPoint("cudnnGetConvolutionBackwardFilterWorkspaceSize")]
    internal delegate* unmanaged<CudnnHandle, CudnnTensorDescriptor, CudnnTensorDescriptor, CudnnConvolutionDescriptor, CudnnFilterDescriptor, CudnnConvolutionBwdFilterAlgo, nuint*, CudnnStatus> GetConvolutionBackwardFilterWorkspaceSize;

    [EntryPoint("cudnnFindConvolutionBackwardFilterAlgorithmEx")]
    internal delegate* unmanaged<CudnnHandle, CudnnTensorDescriptor, void*, CudnnTensorDescriptor, void*, CudnnConvolutionDescriptor, CudnnFilterDescriptor, void*, int, int*, CudnnConvolutionBwdFilterAlgoPerf*, void*, nuint, CudnnStatus> FindConvolutionBackwardFilterAlgorithm;

    [EntryPoint("cudnnConvolutionBackwardFilter")]
    internal delegate* unmanaged<CudnnHandle, void*, CudnnTensorDescriptor, void*, CudnnTensorDescriptor, void*, CudnnConvolutionDescriptor, CudnnConvolutionBwdFilterAlgo, void*, nuint, void*, CudnnFilterDescriptor, void*, CudnnStatus> ConvolutionBackwardFilter;
}
