using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>The gradient of a convolution's filters.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
    public CudnnStatus GetConvolutionBackwardFilterAlgorithmMaxCount(CudnnHandle handle, int* count) =>
        MaxCount("cudnnGetConvolutionBackwardFilterAlgorithmMaxCount", handle, Direction.BackwardFilter, count);

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
        const string Function = "cudnnGetConvolutionBackwardFilterAlgorithm_v7";
        if (core.Fails(Function, Traced([handle.Value, x.Value, dy.Value, convolution.Value, dw.Value], requested), out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (BackwardFilterProblem(Function, x, dy, convolution, dw, out status) is not { } problem) return status;
        if (requested < 1 || returned is null || results is null) return Bad($"{Function}: nowhere to write results");
        Give(Guesses(state, problem), requested, returned, results);
        return CudnnStatus.Success;
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
        const string Function = "cudnnGetConvolutionBackwardFilterWorkspaceSize";
        if (core.Fails(Function, Traced([handle.Value, x.Value, dy.Value, convolution.Value, dw.Value], algorithm), out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (BackwardFilterProblem(Function, x, dy, convolution, dw, out status) is not { } problem) return status;
        return WorkspaceSize(Function, state, problem, (int)algorithm, bytes);
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
        const string Function = "cudnnFindConvolutionBackwardFilterAlgorithmEx";
        string arguments = Traced([handle.Value, xDescriptor.Value, dyDescriptor.Value, convolution.Value, dwDescriptor.Value], (requested, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (BackwardFilterProblem(Function, xDescriptor, dyDescriptor, convolution, dwDescriptor, out status) is not { } problem) return status;
        if (requested < 1 || returned is null || results is null) return Bad($"{Function}: nowhere to write results");
        Operand input = new("x", problem.X, (ulong)x), gradient = new("dy", problem.Y, (ulong)dy), output = new("dw", problem.W, (ulong)dw);
        status = Find(Function, state, problem, [input, gradient], output, workspace, workspaceBytes, out List<Result> found);
        if (status == CudnnStatus.Success) Give(found, requested, returned, results);
        return status;
    }

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
        void* dw)
    {
        const string Function = "cudnnConvolutionBackwardFilter";
        string arguments = Traced([handle.Value, xDescriptor.Value, dyDescriptor.Value, convolution.Value, dwDescriptor.Value], (algorithm, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (alpha is null || beta is null) return Bad($"{Function}: alpha or beta is null");
        if (BackwardFilterProblem(Function, xDescriptor, dyDescriptor, convolution, dwDescriptor, out status) is not { } problem) return status;
        Operand input = new("x", problem.X, (ulong)x), gradient = new("dy", problem.Y, (ulong)dy), output = new("dw", problem.W, (ulong)dw);
        return Execute(
            Function, state, problem, (int)algorithm, gradient, input, output, (*(float*)alpha, *(float*)beta), workspace, workspaceBytes);
    }

    private ConvolutionProblem? BackwardFilterProblem(
        string function,
        CudnnTensorDescriptor x,
        CudnnTensorDescriptor dy,
        CudnnConvolutionDescriptor convolution,
        CudnnFilterDescriptor dw,
        out CudnnStatus status) =>
        Problem(function, Direction.BackwardFilter, (x, "xDesc"), (dw, "dwDesc"), convolution, (dy, "dyDesc"), out status);

    private static void Give(List<Result> found, int requested, int* returned, CudnnConvolutionBwdFilterAlgoPerf* results)
    {
        *returned = Math.Min(requested, found.Count);
        for (var i = 0; i < *returned; i++)
        {
            results[i] = new CudnnConvolutionBwdFilterAlgoPerf
            {
                Algo = (CudnnConvolutionBwdFilterAlgo)found[i].Algorithm,
                Status = found[i].Status,
                Time = (float)found[i].Time,
                Memory = (nuint)found[i].Memory,
                Determinism = found[i].Determinism,
                MathType = found[i].MathType,
            };
        }
    }
}
