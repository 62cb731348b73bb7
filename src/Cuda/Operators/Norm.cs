using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cuda;

/// <summary>The Euclidean norm of a tensor.</summary>
internal sealed class Norm(CudaSession session, TensorFormat format) : KernelOperator(session)
{
    public override OperatorNeeds Needs { get; } = new()
    {
        Inputs = [format],
        Output = Formats.Of(new Shape(1), Storage.Float32),
        ForwardWorkspaceBytes = sizeof(float) * ReduceKernels.WorkspaceFloats(Formats.ElementsOf(format)),
    };

    public override string Algorithm => "reduce";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() => ReduceKernels.Reduce(
        Address(Bindings.Inputs[0]), Address(Bindings.ForwardWorkspace), Address(Bindings.Output), Formats.ElementsOf(format), Reduction.SumOfSquares, root: true,
        storage: Formats.StorageOf(format));

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => [];
}
