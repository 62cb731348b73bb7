using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>y = x * w.</summary>
internal unsafe class CudnnForward : CudnnPlan
{
    internal CudnnForward(CudnnContext context, ConvolutionProblem problem, ConvolutionPass pass = ConvolutionPass.Forward)
        : base(context, problem, pass)
    {
    }

    private protected override string RankFunction => "cudnnGetConvolutionForwardAlgorithm_v7";

    private protected override string MeasureFunction => "cudnnFindConvolutionForwardAlgorithmEx";

    private protected override string WorkspaceFunction => "cudnnGetConvolutionForwardWorkspaceSize";

    private protected override string RunFunction => "cudnnConvolutionForward";

    private protected override CudnnStatus Rank(List<ConvolutionCandidate> candidates)
    {
        var results = stackalloc CudnnConvolutionFwdAlgoPerf[MostAlgorithms];
        var returned = 0;
        var status = Api.GetConvolutionForwardAlgorithms(Handle, X, W, Convolution, Y, MostAlgorithms, &returned, results);
        AddAll(candidates, results, returned, status);
        return status;
    }

    private protected override CudnnStatus Measure(List<ConvolutionCandidate> candidates, in ConvolutionBuffers buffers)
    {
        var results = stackalloc CudnnConvolutionFwdAlgoPerf[MostAlgorithms];
        var returned = 0;
        var status = Api.FindConvolutionForwardAlgorithm(
            Handle, X, (void*)buffers.X, W, (void*)buffers.W, Convolution, Y, (void*)buffers.Y,
            MostAlgorithms, &returned, results, (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes);
        AddAll(candidates, results, returned, status);
        return status;
    }

    private protected override CudnnStatus WorkspaceSize(int algorithm, nuint* bytes) =>
        Api.GetConvolutionForwardWorkspaceSize(Handle, X, W, Convolution, Y, (CudnnConvolutionFwdAlgo)algorithm, bytes);

    private protected override CudnnStatus Run(int algorithm, in ConvolutionBuffers buffers, float* one, float* zero) => Api.ConvolutionForward(
        Handle, one, X, (void*)buffers.X, W, (void*)buffers.W, Convolution, (CudnnConvolutionFwdAlgo)algorithm,
        (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes, zero, Y, (void*)buffers.Y);

    private void AddAll(List<ConvolutionCandidate> candidates, CudnnConvolutionFwdAlgoPerf* results, int count, CudnnStatus status)
    {
        for (var i = 0; i < count && status == CudnnStatus.Success; i++)
        {
            var one = results[i];
            Add(candidates, one.Algo.ToString(), (int)one.Algo, one.Status, one.MathType, one.Memory, one.Determinism, one.Time);
        }
    }
}

/// <summary>y = relu(x * w + bias) in one.</summary>
internal sealed unsafe class CudnnForwardBiasRelu : CudnnForward
{
    private readonly CudnnTensorDescriptor _bias;
    private readonly CudnnActivationDescriptor _relu;

    internal CudnnForwardBiasRelu(CudnnContext context, ConvolutionProblem problem)
        : base(context, problem, ConvolutionPass.ForwardBiasRelu)
    {
        try
        {
            _bias = Keep(DnnTensorDescription.Create(Api, problem.Layout, problem.Type, 1, problem.Filters, 1, 1)).Handle;
            _relu = Keep(DnnActivationDescription.Create(Api, CudnnActivationMode.Relu)).Handle;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private protected override string RunFunction => "cudnnConvolutionBiasActivationForward";

    // z must be there, and is not read where alpha2 is 0: so it is y itself.
    private protected override CudnnStatus Run(int algorithm, in ConvolutionBuffers buffers, float* one, float* zero) => Api.ConvolutionBiasActivationForward(
        Handle, one, X, (void*)buffers.X, W, (void*)buffers.W, Convolution, (CudnnConvolutionFwdAlgo)algorithm,
        (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes, zero, Y, (void*)buffers.Y, _bias, (void*)buffers.Bias, _relu, Y, (void*)buffers.Y);
}

/// <summary>The input's gradient.</summary>
internal sealed unsafe class CudnnBackwardData : CudnnPlan
{
    internal CudnnBackwardData(CudnnContext context, ConvolutionProblem problem)
        : base(context, problem, ConvolutionPass.BackwardData)
    {
    }

    private protected override string RankFunction => "cudnnGetConvolutionBackwardDataAlgorithm_v7";

    private protected override string MeasureFunction => "cudnnFindConvolutionBackwardDataAlgorithmEx";

    private protected override string WorkspaceFunction => "cudnnGetConvolutionBackwardDataWorkspaceSize";

    private protected override string RunFunction => "cudnnConvolutionBackwardData";

    private protected override CudnnStatus Rank(List<ConvolutionCandidate> candidates)
    {
        var results = stackalloc CudnnConvolutionBwdDataAlgoPerf[MostAlgorithms];
        var returned = 0;
        var status = Api.GetConvolutionBackwardDataAlgorithms(Handle, W, Y, Convolution, X, MostAlgorithms, &returned, results);
        AddAll(candidates, results, returned, status);
        return status;
    }

    private protected override CudnnStatus Measure(List<ConvolutionCandidate> candidates, in ConvolutionBuffers buffers)
    {
        var results = stackalloc CudnnConvolutionBwdDataAlgoPerf[MostAlgorithms];
        var returned = 0;
        var status = Api.FindConvolutionBackwardDataAlgorithm(
            Handle, W, (void*)buffers.W, Y, (void*)buffers.Y, Convolution, X, (void*)buffers.X,
            MostAlgorithms, &returned, results, (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes);
        AddAll(candidates, results, returned, status);
        return status;
    }

    private protected override CudnnStatus WorkspaceSize(int algorithm, nuint* bytes) =>
        Api.GetConvolutionBackwardDataWorkspaceSize(Handle, W, Y, Convolution, X, (CudnnConvolutionBwdDataAlgo)algorithm, bytes);

    private protected override CudnnStatus Run(int algorithm, in ConvolutionBuffers buffers, float* one, float* zero) => Api.ConvolutionBackwardData(
        Handle, one, W, (void*)buffers.W, Y, (void*)buffers.Y, Convolution, (CudnnConvolutionBwdDataAlgo)algorithm,
        (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes, zero, X, (void*)buffers.X);

    private void AddAll(List<ConvolutionCandidate> candidates, CudnnConvolutionBwdDataAlgoPerf* results, int count, CudnnStatus status)
    {
        for (var i = 0; i < count && status == CudnnStatus.Success; i++)
        {
            var one = results[i];
            Add(candidates, one.Algo.ToString(), (int)one.Algo, one.Status, one.MathType, one.Memory, one.Determinism, one.Time);
        }
    }
}

/// <summary>The filters' gradient.</summary>
internal sealed unsafe class CudnnBackwardFilter : CudnnPlan
{
    internal CudnnBackwardFilter(CudnnContext context, ConvolutionProblem problem)
        : base(context, problem, ConvolutionPass.BackwardFilter)
    {
    }

    private protected override string RankFunction => "cudnnGetConvolutionBackwardFilterAlgorithm_v7";

    private protected override string MeasureFunction => "cudnnFindConvolutionBackwardFilterAlgorithmEx";

    private protected override string WorkspaceFunction => "cudnnGetConvolutionBackwardFilterWorkspaceSize";

    private protected override string RunFunction => "cudnnConvolutionBackwardFilter";

    private protected override CudnnStatus Rank(List<ConvolutionCandidate> candidates)
    {
        var results = stackalloc CudnnConvolutionBwdFilterAlgoPerf[MostAlgorithms];
        var returned = 0;
        var status = Api.GetConvolutionBackwardFilterAlgorithms(Handle, X, Y, Convolution, W, MostAlgorithms, &returned, results);
        AddAll(candidates, results, returned, status);
        return status;
    }

    private protected override CudnnStatus Measure(List<ConvolutionCandidate> candidates, in ConvolutionBuffers buffers)
    {
        var results = stackalloc CudnnConvolutionBwdFilterAlgoPerf[MostAlgorithms];
        var returned = 0;
        var status = Api.FindConvolutionBackwardFilterAlgorithm(
            Handle, X, (void*)buffers.X, Y, (void*)buffers.Y, Convolution, W, (void*)buffers.W,
            MostAlgorithms, &returned, results, (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes);
        AddAll(candidates, results, returned, status);
        return status;
    }

    private protected override CudnnStatus WorkspaceSize(int algorithm, nuint* bytes) =>
        Api.GetConvolutionBackwardFilterWorkspaceSize(Handle, X, Y, Convolution, W, (CudnnConvolutionBwdFilterAlgo)algorithm, bytes);

    private protected override CudnnStatus Run(int algorithm, in ConvolutionBuffers buffers, float* one, float* zero) => Api.ConvolutionBackwardFilter(
        Handle, one, X, (void*)buffers.X, Y, (void*)buffers.Y, Convolution, (CudnnConvolutionBwdFilterAlgo)algorithm,
        (void*)buffers.Workspace, (nuint)buffers.WorkspaceBytes, zero, W, (void*)buffers.W);

    private void AddAll(List<ConvolutionCandidate> candidates, CudnnConvolutionBwdFilterAlgoPerf* results, int count, CudnnStatus status)
    {
        for (var i = 0; i < count && status == CudnnStatus.Success; i++)
        {
            var one = results[i];
            Add(candidates, one.Algo.ToString(), (int)one.Algo, one.Status, one.MathType, one.Memory, one.Determinism, one.Time);
        }
    }
}
