using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cuda;

/// <summary>The update of a parameter's float32 master by stochastic gradient descent; see <see cref="SgdOptions"/>.</summary>
internal sealed class Sgd(CudaSession session, TensorFormat format, SgdOptions options) : KernelOperator(session)
{
    public override OperatorNeeds Needs { get; } = new()
    {
        Inputs = [],
        Output = format.Master,
        SavedBytes = options.Momentum == 0 ? 0 : format.Master.Bytes,
    };

    public override string Algorithm => "sgd";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
    [
        SgdKernels.Update(
            Address(Bindings.Parameters[0]), Address(Bindings.Saved), Address(Bindings.ParameterGradients[0]), format.Logical.Count, options.Momentum, options.WeightDecay,
            Session.State, Formats.StorageOf(format)),
    ];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => [];
}
