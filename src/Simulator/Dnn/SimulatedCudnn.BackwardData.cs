using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>The gradient of a convolution's input.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
    public CudnnStatus GetConvolutionBackwardDataAlgorithmMaxCount(CudnnHandle handle, int* count) =>
        MaxCount("cudnnGetConvolutionBackwardDataAlgorithmMaxCount", handle, Direction.BackwardData, count);

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
        const string Function = "cudnnGetConvolutionBackwardDataAlgorithm_v7";
        if (core.Fails(Function, Traced([handle.Value, w.Value, dy.Value, convolution.Value, dx.Value], requested), out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (BackwardDataProblem(Function, w, dy, convolution, dx, out status) is not { } problem) return status;
        if (requested < 1 || returned is null || results is null) return Bad($"{Function}: nowhere to write results");
        Give(Guesses(state, problem), requested, returned, results);
        return CudnnStatus.Success;
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
        const string Function = "cudnnGetConvolutionBackwardDataWorkspaceSize";
        if (core.Fails(Function, Traced([handle.Value, w.Value, dy.Value, convolution.Value, dx.Value], algorithm), out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (BackwardDataProblem(Function, w, dy, convolution, dx, out status) is not { } problem) return status;
        return WorkspaceSize(Function, state, problem, (int)algorithm, bytes);
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
        const string Function = "cudnnFindConvolutionBackwardDataAlgorithmEx";
        string arguments = Traced([handle.Value, wDescriptor.Value, dyDescriptor.Value, convolution.Value, dxDescriptor.Value], (requested, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (BackwardDataProblem(Function, wDescriptor, dyDescriptor, convolution, dxDescriptor, out status) is not { } problem) return status;
        if (requested < 1 || returned is null || results is null) return Bad($"{Function}: nowhere to write results");
        Operand filters = new("w", problem.W, (ulong)w), gradient = new("dy", problem.Y, (ulong)dy), output = new("dx", problem.X, (ulong)dx);
        status = Find(Function, state, problem, [filters, gradient], output, workspace, workspaceBytes, out List<Result> found);
        if (status == CudnnStatus.Success) Give(found, requested, returned, results);
        return status;
    }

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
        void* dx)
    {
        const string Function = "cudnnConvolutionBackwardData";
        string arguments = Traced([handle.Value, wDescriptor.Value, dyDescriptor.Value, convolution.Value, dxDescriptor.Value], (algorithm, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (alpha is null || beta is null) return Bad($"{Function}: alpha or beta is null");
        if (BackwardDataProblem(Function, wDescriptor, dyDescriptor, convolution, dxDescriptor, out status) is not { } problem) return status;
        Operand filters = new("w", problem.W, (ulong)w), gradient = new("dy", problem.Y, (ulong)dy), output = new("dx", problem.X, (ulong)dx);
        return Execute(
            Function, state, problem, (int)algorithm, filters, gradient, output, (*(float*)alpha, *(float*)beta), workspace, workspaceBytes);
    }

    private ConvolutionProblem? BackwardDataProblem(
        string function,
        CudnnFilterDescriptor w,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor dx,
        out CudnnStatus status) =>
        Problem(function, Direction.BackwardData, (dx, "dxDesc"), (w, "wDesc"), convolution, (dy, "dyDesc"), out status);

    private static void Give(List<Result> found, int requested, int* returned, CudnnConvolutionBwdDataAlgoPerf* results)
    {
        *returned = Math.Min(requested, found.Count);
        for (var i = 0; i < *returned; i++)
        {
            results[i] = new CudnnConvolutionBwdDataAlgoPerf
            {
                Algo = (CudnnConvolutionBwdDataAlgo)found[i].Algorithm,
                Status = found[i].Status,
                Time = (float)found[i].Time,
                Memory = (nuint)found[i].Memory,
                Determinism = found[i].Determinism,
                MathType = found[i].MathType,
            };
        }
    }
}
