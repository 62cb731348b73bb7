using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cuda;

/// <summary>The update of a parameter's float32 master by stochastic gradient descent; see <see cref="SgdOptions"/>.</summary>
internal sealed class Sgd(CudaSession session, TensorFormat format, UpdateRule rule) : KernelOperator(session)
{
    public override OperatorNeeds Needs { get; } = new()
    {
        Inputs = [],
        Output = format.Master,
        SavedBytes = rule.Momentum == 0 ? 0 : format.Master.Bytes,
    };

    public override string Algorithm => "sgd";

    /// <summary>Whether the gradient is one of a scaled loss: a sum of several batches' has no scale left.</summary>
    internal bool IsScaled => ((CudaBuffer)Bindings.ParameterGradients[0]).IsGradient;

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
    [
        SgdKernels.Update(
            Address(Bindings.Parameters[0]), Address(Bindings.Saved), Address(Bindings.ParameterGradients[0]), format.Logical.Count, rule.Momentum, rule.WeightDecay,
            Session.State, Formats.StorageOf(format), factor: rule.LearningRateFactor, nesterov: rule.Nesterov),
    ];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => [];
}
