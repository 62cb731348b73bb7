using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Probing;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>The entry points of the native library, called as they are; the statuses of cuDNN 8 are given in the numbers of cuDNN 9.</summary>
internal sealed unsafe class NativeCudnn : ICudnn
{
    private const nuint FirstOfCudnn9 = 90000;

    private readonly CudnnTable _table;
    private readonly bool _isCudnn8;

    /// <exception cref="EntryPointNotFoundException">The library lacks entry points; the message names each.</exception>
    internal NativeCudnn(LoadedLibrary library)
    {
        EntryPoints.Fill(library, ref _table);
        _isCudnn8 = _table.GetVersion() < FirstOfCudnn9;
    }

    public nuint GetVersion() =>
        _table.GetVersion();

    public nuint GetCudartVersion() =>
        _table.GetCudartVersion();

    public nuint GetMaxDeviceVersion() =>
        _table.GetMaxDeviceVersion();

    public byte* GetErrorString(CudnnStatus status) =>
        _table.GetErrorString(_isCudnn8 ? (CudnnStatus)Cudnn8Statuses.FromCudnn9(status) : status);

    public void GetLastErrorString(byte* message, nuint bytes)
    {
        if (_table.GetLastErrorString is not null)
        {
            _table.GetLastErrorString(message, bytes);
        }
        else if (bytes > 0)
        {
            *message = 0;
        }
    }

    public CudnnStatus Create(CudnnHandle* handle) =>
        Result(_table.Create(handle));

    public CudnnStatus Destroy(CudnnHandle handle) =>
        Result(_table.Destroy(handle));

    public CudnnStatus SetStream(CudnnHandle handle, CUstream stream) =>
        Result(_table.SetStream(handle, stream));

    public CudnnStatus CreateTensorDescriptor(CudnnTensorDescriptor* tensorDesc) =>
        Result(_table.CreateTensorDescriptor(tensorDesc));

    public CudnnStatus SetTensor4dDescriptor(
        CudnnTensorDescriptor tensorDesc,
        CudnnTensorFormat format,
        CudnnDataType dataType,
        int n,
        int c,
        int h,
        int w) =>
        Result(_table.SetTensor4dDescriptor(tensorDesc, format, dataType, n, c, h, w));

    public CudnnStatus DestroyTensorDescriptor(CudnnTensorDescriptor tensorDesc) =>
        Result(_table.DestroyTensorDescriptor(tensorDesc));

    public CudnnStatus CreateFilterDescriptor(CudnnFilterDescriptor* filterDesc) =>
        Result(_table.CreateFilterDescriptor(filterDesc));

    public CudnnStatus SetFilter4dDescriptor(
        CudnnFilterDescriptor filterDesc,
        CudnnDataType dataType,
        CudnnTensorFormat format,
        int k,
        int c,
        int h,
        int w) =>
        Result(_table.SetFilter4dDescriptor(filterDesc, dataType, format, k, c, h, w));

    public CudnnStatus DestroyFilterDescriptor(CudnnFilterDescriptor filterDesc) =>
        Result(_table.DestroyFilterDescriptor(filterDesc));

    public CudnnStatus CreateConvolutionDescriptor(CudnnConvolutionDescriptor* convDesc) =>
        Result(_table.CreateConvolutionDescriptor(convDesc));

    public CudnnStatus SetConvolution2dDescriptor(
        CudnnConvolutionDescriptor convolution,
        int padY,
        int padX,
        int strideY,
        int strideX,
        int dilationY,
        int dilationX,
        CudnnConvolutionMode mode,
        CudnnDataType computeType) =>
        Result(_table.SetConvolution2dDescriptor(convolution, padY, padX, strideY, strideX, dilationY, dilationX, mode, computeType));

    public CudnnStatus SetConvolutionGroupCount(CudnnConvolutionDescriptor convDesc, int groupCount) =>
        Result(_table.SetConvolutionGroupCount(convDesc, groupCount));

    public CudnnStatus SetConvolutionMathType(CudnnConvolutionDescriptor convDesc, CudnnMathType mathType) =>
        Result(_table.SetConvolutionMathType(convDesc, mathType));

    public CudnnStatus DestroyConvolutionDescriptor(CudnnConvolutionDescriptor convDesc) =>
        Result(_table.DestroyConvolutionDescriptor(convDesc));

    public CudnnStatus GetConvolution2dForwardOutputDim(
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor input,
        CudnnFilterDescriptor filters,
        int* n,
        int* c,
        int* h,
        int* w) =>
        Result(_table.GetConvolution2dForwardOutputDim(convolution, input, filters, n, c, h, w));

    public CudnnStatus CreateActivationDescriptor(CudnnActivationDescriptor* activationDesc) =>
        Result(_table.CreateActivationDescriptor(activationDesc));

    public CudnnStatus SetActivationDescriptor(
        CudnnActivationDescriptor activationDesc,
        CudnnActivationMode mode,
        CudnnNanPropagation reluNanOpt,
        double coef) =>
        Result(_table.SetActivationDescriptor(activationDesc, mode, reluNanOpt, coef));

    public CudnnStatus DestroyActivationDescriptor(CudnnActivationDescriptor activationDesc) =>
        Result(_table.DestroyActivationDescriptor(activationDesc));

    public CudnnStatus GetConvolutionForwardAlgorithmMaxCount(CudnnHandle handle, int* count) =>
        Result(_table.GetConvolutionForwardAlgorithmMaxCount(handle, count));

    public CudnnStatus GetConvolutionForwardAlgorithms(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        int requested,
        int* returned,
        CudnnConvolutionFwdAlgoPerf* results) =>
        Result(_table.GetConvolutionForwardAlgorithms(handle, x, w, convolution, y, requested, returned, results), results, returned);

    public CudnnStatus GetConvolutionForwardWorkspaceSize(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        CudnnConvolutionFwdAlgo algorithm,
        nuint* bytes) =>
        Result(_table.GetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, algorithm, bytes));

    public CudnnStatus FindConvolutionForwardAlgorithm(
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
        nuint workspaceBytes) =>
        Result(_table.FindConvolutionForwardAlgorithm(handle, xDescriptor, x, wDescriptor, w, convolution, yDescriptor, y, requested, returned, results, workspace, workspaceBytes), results, returned);

    public CudnnStatus ConvolutionForward(
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
        void* y) =>
        Result(_table.ConvolutionForward(handle, alpha, xDescriptor, x, wDescriptor, w, convolution, algorithm, workspace, workspaceBytes, beta, yDescriptor, y));

    public CudnnStatus ConvolutionBiasActivationForward(
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
        void* y) =>
        Result(_table.ConvolutionBiasActivationForward(handle, alpha1, xDescriptor, x, wDescriptor, w, convolution, algorithm, workspace, workspaceBytes, alpha2, zDescriptor, z, biasDescriptor, bias, activation, yDescriptor, y));

    public CudnnStatus GetConvolutionBackwardDataAlgorithmMaxCount(CudnnHandle handle, int* count) =>
        Result(_table.GetConvolutionBackwardDataAlgorithmMaxCount(handle, count));

    public CudnnStatus GetConvolutionBackwardDataAlgorithms(
        CudnnHandle handle,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        int requested,
        int* returned,
        CudnnConvolutionBwdDataAlgoPerf* results) =>
        Result(_table.GetConvolutionBackwardDataAlgorithms(handle, w, dy, convolution, dx, requested, returned, results), results, returned);

    public CudnnStatus GetConvolutionBackwardDataWorkspaceSize(
        CudnnHandle handle,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        CudnnConvolutionBwdDataAlgo algorithm,
        nuint* bytes) =>
        Result(_table.GetConvolutionBackwardDataWorkspaceSize(handle, w, dy, convolution, dx, algorithm, bytes));

    public CudnnStatus FindConvolutionBackwardDataAlgorithm(
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
        nuint workspaceBytes) =>
        Result(_table.FindConvolutionBackwardDataAlgorithm(handle, wDescriptor, w, dyDescriptor, dy, convolution, dxDescriptor, dx, requested, returned, results, workspace, workspaceBytes), results, returned);

    public CudnnStatus ConvolutionBackwardData(
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
        void* dx) =>
        Result(_table.ConvolutionBackwardData(handle, alpha, wDescriptor, w, dyDescriptor, dy, convolution, algorithm, workspace, workspaceBytes, beta, dxDescriptor, dx));

    public CudnnStatus GetConvolutionBackwardFilterAlgorithmMaxCount(CudnnHandle handle, int* count) =>
        Result(_table.GetConvolutionBackwardFilterAlgorithmMaxCount(handle, count));

    public CudnnStatus GetConvolutionBackwardFilterAlgorithms(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        int requested,
        int* returned,
        CudnnConvolutionBwdFilterAlgoPerf* results) =>
        Result(_table.GetConvolutionBackwardFilterAlgorithms(handle, x, dy, convolution, dw, requested, returned, results), results, returned);

    public CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        CudnnConvolutionBwdFilterAlgo algorithm,
        nuint* bytes) =>
        Result(_table.GetConvolutionBackwardFilterWorkspaceSize(handle, x, dy, convolution, dw, algorithm, bytes));

    public CudnnStatus FindConvolutionBackwardFilterAlgorithm(
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
        nuint workspaceBytes) =>
        Result(_table.FindConvolutionBackwardFilterAlgorithm(handle, xDescriptor, x, dyDescriptor, dy, convolution, dwDescriptor, dw, requested, returned, results, workspace, workspaceBytes), results, returned);

    public CudnnStatus ConvolutionBackwardFilter(
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
        void* dw) =>
        Result(_table.ConvolutionBackwardFilter(handle, alpha, xDescriptor, x, dyDescriptor, dy, convolution, algorithm, workspace, workspaceBytes, beta, dwDescriptor, dw));

    private CudnnStatus Result(CudnnStatus status) =>
        _isCudnn8 ? Cudnn8Statuses.ToCudnn9((Cudnn8Status)status) : status;

    // The entries that were written say what became of each algorithm; a call that failed wrote none.
    private CudnnStatus Result(CudnnStatus status, CudnnConvolutionFwdAlgoPerf* results, int* returned)
    {
        for (var i = 0; _isCudnn8 && status == CudnnStatus.Success && i < *returned; i++)
        {
            results[i].Status = Result(results[i].Status);
        }

        return Result(status);
    }

    private CudnnStatus Result(CudnnStatus status, CudnnConvolutionBwdDataAlgoPerf* results, int* returned)
    {
        for (var i = 0; _isCudnn8 && status == CudnnStatus.Success && i < *returned; i++)
        {
            results[i].Status = Result(results[i].Status);
        }

        return Result(status);
    }

    private CudnnStatus Result(CudnnStatus status, CudnnConvolutionBwdFilterAlgoPerf* results, int* returned)
    {
        for (var i = 0; _isCudnn8 && status == CudnnStatus.Success && i < *returned; i++)
        {
            results[i].Status = Result(results[i].Status);
        }

        return Result(status);
    }
}
