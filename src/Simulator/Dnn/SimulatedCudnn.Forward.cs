using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>The convolution.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
    public CudnnStatus GetConvolutionForwardAlgorithmMaxCount(CudnnHandle handle, int* count) =>
        MaxCount("cudnnGetConvolutionForwardAlgorithmMaxCount", handle, Direction.Forward, count);

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
        const string Function = "cudnnGetConvolutionForwardAlgorithm_v7";
        if (core.Fails(Function, Traced([handle.Value, x.Value, w.Value, convolution.Value, y.Value], requested), out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (ForwardProblem(Function, x, w, convolution, y, out status) is not { } problem) return status;
        if (requested < 1 || returned is null || results is null) return Bad($"{Function}: nowhere to write results");
        Give(Guesses(state, problem), requested, returned, results);
        return CudnnStatus.Success;
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
        const string Function = "cudnnGetConvolutionForwardWorkspaceSize";
        if (core.Fails(Function, Traced([handle.Value, x.Value, w.Value, convolution.Value, y.Value], algorithm), out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (ForwardProblem(Function, x, w, convolution, y, out status) is not { } problem) return status;
        return WorkspaceSize(Function, state, problem, (int)algorithm, bytes);
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
        const string Function = "cudnnFindConvolutionForwardAlgorithmEx";
        string arguments = Traced([handle.Value, xDescriptor.Value, wDescriptor.Value, convolution.Value, yDescriptor.Value], (requested, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (ForwardProblem(Function, xDescriptor, wDescriptor, convolution, yDescriptor, out status) is not { } problem) return status;
        if (requested < 1 || returned is null || results is null) return Bad($"{Function}: nowhere to write results");
        Operand input = new("x", problem.X, (ulong)x), filters = new("w", problem.W, (ulong)w), output = new("y", problem.Y, (ulong)y);
        status = Find(Function, state, problem, [input, filters], output, workspace, workspaceBytes, out List<Result> found);
        if (status == CudnnStatus.Success) Give(found, requested, returned, results);
        return status;
    }

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
        void* y)
    {
        const string Function = "cudnnConvolutionForward";
        string arguments = Traced([handle.Value, xDescriptor.Value, wDescriptor.Value, convolution.Value, yDescriptor.Value], (algorithm, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (alpha is null || beta is null) return Bad($"{Function}: alpha or beta is null");
        if (ForwardProblem(Function, xDescriptor, wDescriptor, convolution, yDescriptor, out status) is not { } problem) return status;
        Operand input = new("x", problem.X, (ulong)x), filters = new("w", problem.W, (ulong)w), output = new("y", problem.Y, (ulong)y);
        return Execute(
            Function, state, problem, (int)algorithm, filters, input, output, (*(float*)alpha, *(float*)beta), workspace, workspaceBytes);
    }

    private ConvolutionProblem? ForwardProblem(
        string function,
        CudnnTensorDescriptor x,
        CudnnFilterDescriptor w,
        CudnnConvolutionDescriptor convolution,
        CudnnTensorDescriptor y,
        out CudnnStatus status) =>
        Problem(function, Direction.Forward, (x, "xDesc"), (w, "wDesc"), convolution, (y, "yDesc"), out status);

    private static void Give(List<Result> found, int requested, int* returned, CudnnConvolutionFwdAlgoPerf* results)
    {
        *returned = Math.Min(requested, found.Count);
        for (var i = 0; i < *returned; i++)
        {
            results[i] = new CudnnConvolutionFwdAlgoPerf
            {
                Algo = (CudnnConvolutionFwdAlgo)found[i].Algorithm,
                Status = found[i].Status,
                Time = (float)found[i].Time,
                Memory = (nuint)found[i].Memory,
                Determinism = found[i].Determinism,
                MathType = found[i].MathType,
            };
        }
    }
}
