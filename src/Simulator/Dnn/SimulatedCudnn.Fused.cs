using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>Convolution, addition, bias and activation in one.</summary>
internal sealed unsafe partial class SimulatedCudnn
{
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
        const string Function = "cudnnConvolutionBiasActivationForward";
        string arguments = Traced(
            [
                handle.Value, xDescriptor.Value, wDescriptor.Value, convolution.Value, zDescriptor.Value, biasDescriptor.Value, activation.Value,
                yDescriptor.Value,
            ],
            (algorithm, workspaceBytes));
        if (core.Fails(Function, arguments, out int injected)) return Injected(Function, injected);
        if (Enter(Function, handle, out CudnnStatus status) is not { } state) return status;
        if (alpha1 is null || alpha2 is null) return Bad($"{Function}: alpha1 or alpha2 is null");
        if (ForwardProblem(Function, xDescriptor, wDescriptor, convolution, yDescriptor, out status) is not { } problem) return status;
        if (Shape(Function, zDescriptor, "zDesc") is not { } zShape || Shape(Function, biasDescriptor, "biasDesc") is not { } biasShape)
            return CudnnStatus.BadParam;
        if (Find<ActivationState>(Function, activation.Value, "activationDesc") is not { } activationState
            || Known(Function, activationState.Value, "activationDesc") is not { } applied)
            return CudnnStatus.BadParam;
        // The documentation wants a z even where alpha2 is 0; it is not read then.
        if (z is null) return Bad($"{Function}: z is null");
        if (zShape != problem.Y) return Bad($"{Function}: z ({zShape}) and y ({problem.Y}) differ");
        if (biasShape.N != 1 || biasShape.H != 1 || biasShape.W != 1 || biasShape.C != problem.Y.C)
            return Bad($"{Function}: the bias is {biasShape}, for {problem.Y.C} channels");
        // Documented causes of NOT_SUPPORTED.
        if (biasShape.Type != problem.Y.Type) return Fail(CudnnStatus.NotSupported, $"{Function}: a bias of {biasShape.Type}, y of {problem.Y.Type}");
        if (applied.Nan != CudnnNanPropagation.NotPropagateNan) return Fail(CudnnStatus.NotSupported, $"{Function}: propagates NaN");
        status = Supported(Function, state, problem, (int)algorithm);
        if (status != CudnnStatus.Success) return status;
        if (AlgorithmTables.WhyNotFused(problem, (int)algorithm, applied.Mode, PlatformOf(state)) is { } reason)
            return Fail(CudnnStatus.NotSupported, $"{Function}: {algorithm} does not take this: {reason}");
        var tail = new FusedTail(
            *(float*)alpha2,
            new Operand("z", zShape, (ulong)z),
            new Operand("bias", biasShape, (ulong)bias),
            applied.Mode);
        Operand input = new("x", problem.X, (ulong)x), filters = new("w", problem.W, (ulong)w), output = new("y", problem.Y, (ulong)y);
        return Execute(
            Function, state, problem, (int)algorithm, filters, input, output, (*(float*)alpha1, 0), workspace, workspaceBytes, tail);
    }
}
