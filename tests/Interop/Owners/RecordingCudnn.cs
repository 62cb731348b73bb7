using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Tests.Owners;

/// <summary>An algorithm as a test wants it listed.</summary>
internal sealed record ScriptedAlgorithm(
    int Number,
    float Time,
    uint Bytes,
    CudnnMathType Math = CudnnMathType.FmaMath,
    CudnnDeterminism Determinism = CudnnDeterminism.Deterministic,
    CudnnStatus Status = CudnnStatus.Success);

/// <summary>A cuDNN that does nothing but write its calls down in a driver's list, and lists the algorithms it is told to.</summary>
internal sealed unsafe class RecordingCudnn(RecordingDriver driver) : ICudnn
{
    private readonly byte* _text = (byte*)Marshal.StringToCoTaskMemUTF8("TEXT");

    /// <summary>What functions give instead of Success.</summary>
    internal Dictionary<string, CudnnStatus> Statuses { get; } = new(StringComparer.Ordinal);

    /// <summary>What Get and Find answer, whatever the direction.</summary>
    internal List<ScriptedAlgorithm> Algorithms { get; } = [];

    /// <summary>The algorithms that the fused call accepts.</summary>
    internal HashSet<int> Fused { get; } = [];

    public void GetLastErrorString(byte* message, nuint bytes) => *message = 0;

    public CudnnStatus GetConvolution2dForwardOutputDim(
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor input,
        CudnnFilterDescriptor filters,
        int* n,
        int* c,
        int* h,
        int* w) => CudnnStatus.NotSupported;

    public CudnnStatus GetConvolutionForwardAlgorithmMaxCount(CudnnHandle handle, int* count)
    {
        *count = 10;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionForwardAlgorithms(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        int requested,
        int* returned,
        CudnnConvolutionFwdAlgoPerf* results)
    {
        for (*returned = 0; *returned < Math.Min(requested, Algorithms.Count); (*returned)++)
        {
            var one = Algorithms[*returned];
            results[*returned] = new CudnnConvolutionFwdAlgoPerf
            {
                Algo = (CudnnConvolutionFwdAlgo)one.Number,
                Status = one.Status,
                Time = -1,
                Memory = one.Bytes,
                Determinism = one.Determinism,
                MathType = one.Math,
            };
        }

        return Did("cudnnGetConvolutionForwardAlgorithm_v7", requested);
    }

    public CudnnStatus GetConvolutionForwardWorkspaceSize(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        CudnnConvolutionFwdAlgo algorithm,
        nuint* bytes)
    {
        var one = Algorithms.Find(one => one.Number == (int)algorithm);
        *bytes = one?.Bytes ?? 0;
        return one?.Status ?? CudnnStatus.NotSupported;
    }

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
        nuint workspaceBytes)
    {
        // As the real one: by time, those without room or of no use last.
        var order = Algorithms
            .Select(one => one.Status == CudnnStatus.Success && one.Bytes > workspaceBytes ? one with { Status = CudnnStatus.InternalErrorHostAllocationFailed } : one)
            .OrderBy(one => one.Status == CudnnStatus.Success ? one.Time : float.MaxValue)
            .ToArray();
        for (*returned = 0; *returned < Math.Min(requested, order.Length); (*returned)++)
        {
            var one = order[*returned];
            results[*returned] = new CudnnConvolutionFwdAlgoPerf
            {
                Algo = (CudnnConvolutionFwdAlgo)one.Number,
                Status = one.Status,
                Time = one.Status == CudnnStatus.Success ? one.Time : -1,
                Memory = one.Bytes,
                Determinism = one.Determinism,
                MathType = one.Math,
            };
        }

        return Did("cudnnFindConvolutionForwardAlgorithmEx", requested, workspaceBytes);
    }

    public CudnnStatus GetConvolutionBackwardDataAlgorithmMaxCount(CudnnHandle handle, int* count)
    {
        *count = 10;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardDataAlgorithms(
        CudnnHandle handle,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        int requested,
        int* returned,
        CudnnConvolutionBwdDataAlgoPerf* results)
    {
        for (*returned = 0; *returned < Math.Min(requested, Algorithms.Count); (*returned)++)
        {
            var one = Algorithms[*returned];
            results[*returned] = new CudnnConvolutionBwdDataAlgoPerf
            {
                Algo = (CudnnConvolutionBwdDataAlgo)one.Number,
                Status = one.Status,
                Time = -1,
                Memory = one.Bytes,
                Determinism = one.Determinism,
                MathType = one.Math,
            };
        }

        return Did("cudnnGetConvolutionBackwardDataAlgorithm_v7", requested);
    }

    public CudnnStatus GetConvolutionBackwardDataWorkspaceSize(
        CudnnHandle handle,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        CudnnConvolutionBwdDataAlgo algorithm,
        nuint* bytes)
    {
        var one = Algorithms.Find(one => one.Number == (int)algorithm);
        *bytes = one?.Bytes ?? 0;
        return one?.Status ?? CudnnStatus.NotSupported;
    }

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
        nuint workspaceBytes)
    {
        // As the real one: by time, those without room or of no use last.
        var order = Algorithms
            .Select(one => one.Status == CudnnStatus.Success && one.Bytes > workspaceBytes ? one with { Status = CudnnStatus.InternalErrorHostAllocationFailed } : one)
            .OrderBy(one => one.Status == CudnnStatus.Success ? one.Time : float.MaxValue)
            .ToArray();
        for (*returned = 0; *returned < Math.Min(requested, order.Length); (*returned)++)
        {
            var one = order[*returned];
            results[*returned] = new CudnnConvolutionBwdDataAlgoPerf
            {
                Algo = (CudnnConvolutionBwdDataAlgo)one.Number,
                Status = one.Status,
                Time = one.Status == CudnnStatus.Success ? one.Time : -1,
                Memory = one.Bytes,
                Determinism = one.Determinism,
                MathType = one.Math,
            };
        }

        return Did("cudnnFindConvolutionBackwardDataAlgorithmEx", requested, workspaceBytes);
    }

    public CudnnStatus GetConvolutionBackwardFilterAlgorithmMaxCount(CudnnHandle handle, int* count)
    {
        *count = 10;
        return CudnnStatus.Success;
    }

    public CudnnStatus GetConvolutionBackwardFilterAlgorithms(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        int requested,
        int* returned,
        CudnnConvolutionBwdFilterAlgoPerf* results)
    {
        for (*returned = 0; *returned < Math.Min(requested, Algorithms.Count); (*returned)++)
        {
            var one = Algorithms[*returned];
            results[*returned] = new CudnnConvolutionBwdFilterAlgoPerf
            {
                Algo = (CudnnConvolutionBwdFilterAlgo)one.Number,
                Status = one.Status,
                Time = -1,
                Memory = one.Bytes,
                Determinism = one.Determinism,
                MathType = one.Math,
            };
        }

        return Did("cudnnGetConvolutionBackwardFilterAlgorithm_v7", requested);
    }

    public CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(
        CudnnHandle handle,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        CudnnConvolutionBwdFilterAlgo algorithm,
        nuint* bytes)
    {
        var one = Algorithms.Find(one => one.Number == (int)algorithm);
        *bytes = one?.Bytes ?? 0;
        return one?.Status ?? CudnnStatus.NotSupported;
    }

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
        nuint workspaceBytes)
    {
        // As the real one: by time, those without room or of no use last.
        var order = Algorithms
            .Select(one => one.Status == CudnnStatus.Success && one.Bytes > workspaceBytes ? one with { Status = CudnnStatus.InternalErrorHostAllocationFailed } : one)
            .OrderBy(one => one.Status == CudnnStatus.Success ? one.Time : float.MaxValue)
            .ToArray();
        for (*returned = 0; *returned < Math.Min(requested, order.Length); (*returned)++)
        {
            var one = order[*returned];
            results[*returned] = new CudnnConvolutionBwdFilterAlgoPerf
            {
                Algo = (CudnnConvolutionBwdFilterAlgo)one.Number,
                Status = one.Status,
                Time = one.Status == CudnnStatus.Success ? one.Time : -1,
                Memory = one.Bytes,
                Determinism = one.Determinism,
                MathType = one.Math,
            };
        }

        return Did("cudnnFindConvolutionBackwardFilterAlgorithmEx", requested, workspaceBytes);
    }

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
        void* y)
    {
        _ = Did("cudnnConvolutionBiasActivationForward", (int)algorithm, *(float*)alpha1, *(float*)alpha2, z == y, workspaceBytes);
        return Fused.Contains((int)algorithm) ? CudnnStatus.Success : CudnnStatus.NotSupported;
    }

    public nuint GetVersion() => 0;

    public nuint GetCudartVersion() => 0;

    public nuint GetMaxDeviceVersion() => 0;

    public byte* GetErrorString(CudnnStatus status) => _text;

    public CudnnStatus Create(CudnnHandle* handle) => Made("cudnnCreate", (nint*)handle);

    public CudnnStatus Destroy(CudnnHandle handle) => Did("cudnnDestroy", handle.Value);

    public CudnnStatus SetStream(CudnnHandle handle, CUstream stream) => Did("cudnnSetStream", handle.Value, stream.Value);

    public CudnnStatus CreateTensorDescriptor(CudnnTensorDescriptor* tensorDesc) => Made("cudnnCreateTensorDescriptor", (nint*)tensorDesc);

    public CudnnStatus SetTensor4dDescriptor(
        CudnnTensorDescriptor tensorDesc,
        CudnnTensorFormat format,
        CudnnDataType dataType,
        int n,
        int c,
        int h,
        int w) =>
        Did("cudnnSetTensor4dDescriptor", tensorDesc.Value, format, dataType, n, c, h, w);

    public CudnnStatus DestroyTensorDescriptor(CudnnTensorDescriptor tensorDesc) => Did("cudnnDestroyTensorDescriptor", tensorDesc.Value);

    public CudnnStatus CreateFilterDescriptor(CudnnFilterDescriptor* filterDesc) => Made("cudnnCreateFilterDescriptor", (nint*)filterDesc);

    public CudnnStatus SetFilter4dDescriptor(
        CudnnFilterDescriptor filterDesc,
        CudnnDataType dataType,
        CudnnTensorFormat format,
        int k,
        int c,
        int h,
        int w) =>
        Did("cudnnSetFilter4dDescriptor", filterDesc.Value, dataType, format, k, c, h, w);

    public CudnnStatus DestroyFilterDescriptor(CudnnFilterDescriptor filterDesc) => Did("cudnnDestroyFilterDescriptor", filterDesc.Value);

    public CudnnStatus CreateConvolutionDescriptor(
        CudnnConvolutionDescriptor* convDesc) =>
        Made("cudnnCreateConvolutionDescriptor", (nint*)convDesc);

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
        Did("cudnnSetConvolution2dDescriptor", convolution.Value, padY, padX, strideY, strideX, dilationY, dilationX, mode, computeType);

    public CudnnStatus SetConvolutionGroupCount(
        CudnnConvolutionDescriptor convDesc,
        int groupCount) =>
        Did("cudnnSetConvolutionGroupCount", convDesc.Value, groupCount);

    public CudnnStatus SetConvolutionMathType(
        CudnnConvolutionDescriptor convDesc,
        CudnnMathType mathType) =>
        Did("cudnnSetConvolutionMathType", convDesc.Value, mathType);

    public CudnnStatus DestroyConvolutionDescriptor(
        CudnnConvolutionDescriptor convDesc) =>
        Did("cudnnDestroyConvolutionDescriptor", convDesc.Value);

    public CudnnStatus CreateActivationDescriptor(
        CudnnActivationDescriptor* activationDesc) =>
        Made("cudnnCreateActivationDescriptor", (nint*)activationDesc);

    public CudnnStatus SetActivationDescriptor(
        CudnnActivationDescriptor activationDesc,
        CudnnActivationMode mode,
        CudnnNanPropagation reluNanOpt,
        double coef) =>
        Did("cudnnSetActivationDescriptor", activationDesc.Value, mode, reluNanOpt, coef);

    public CudnnStatus DestroyActivationDescriptor(
        CudnnActivationDescriptor activationDesc) =>
        Did("cudnnDestroyActivationDescriptor", activationDesc.Value);

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
        Did("cudnnConvolutionForward", handle.Value, xDescriptor.Value, wDescriptor.Value, convolution.Value, algorithm, workspaceBytes, yDescriptor.Value);

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
        Did("cudnnConvolutionBackwardData", handle.Value, wDescriptor.Value, dyDescriptor.Value, convolution.Value, algorithm, workspaceBytes, dxDescriptor.Value);

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
        Did("cudnnConvolutionBackwardFilter", handle.Value, xDescriptor.Value, dyDescriptor.Value, convolution.Value, algorithm, workspaceBytes, dwDescriptor.Value);

    private CudnnStatus Made(string function, nint* made, params object[] arguments)
    {
        var status = Did(function, arguments);
        if (status == CudnnStatus.Success)
        {
            *made = driver.Next();
        }

        return status;
    }

    private CudnnStatus Did(string function, params object[] arguments)
    {
        driver.Calls.Add(string.Join(' ', [function, .. arguments]));
        return Statuses.GetValueOrDefault(function);
    }
}
