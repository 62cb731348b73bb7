using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cuda;

/// <summary>Softmax. Probabilities are float32 in every mode.</summary>
internal sealed class Softmax : KernelOperator
{
    private readonly Shape _shape;

    internal Softmax(CudaSession session, Region region)
        : base(session)
    {
        _shape = region.Output;
        Needs = new OperatorNeeds { Inputs = [Formats.Of(_shape, session.Storage)], Output = Formats.Of(_shape, Storage.Float32), BackwardReadsOutput = true };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "softmax";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [LossKernels.SoftmaxForward(Address(Bindings.Inputs[0]), 0, Address(Bindings.Output), 0, _shape.N, _shape.C, Session.Storage)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        [LossKernels.SoftmaxBackward(Address(Bindings.Output), Address(Bindings.OutputGradient), Address(Bindings.InputGradient), _shape.N, _shape.C, Session.Storage)];
}

/// <summary>Softmax and cross-entropy in one: the mean over the batch. The probabilities are kept for the backward pass.</summary>
internal sealed class SoftmaxCrossEntropy : KernelOperator
{
    private readonly Shape _shape;

    internal SoftmaxCrossEntropy(CudaSession session, Region region)
        : base(session)
    {
        _shape = region.Layers[0].Inputs[0];
        Needs = new OperatorNeeds
        {
            Inputs = [Formats.Of(_shape, session.Storage), new PlainFormat(region.Layers[0].Inputs[1], ElementType.Int32)],
            Output = Formats.Of(region.Output, Storage.Float32),
            SavedBytes = region.Backward ? 4 * _shape.Count : 0,
            ForwardWorkspaceBytes = 4 * (_shape.N + ReduceKernels.WorkspaceFloats(_shape.N)),
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "softmax_cross_entropy";

    protected override bool IsLoss => true;

    protected override IEnumerable<KernelLaunch> ForwardLaunches()
    {
        ulong losses = Address(Bindings.ForwardWorkspace), partial = losses + (4 * (ulong)_shape.N);
        return
        [
            LossKernels.SoftmaxForward(
                Address(Bindings.Inputs[0]), Address(Bindings.Inputs[1]), Address(Bindings.Saved), losses, _shape.N, _shape.C, Session.Storage),
            .. ReduceKernels.Reduce(losses, partial, Address(Bindings.Output), _shape.N, Reduction.Sum, 1f / _shape.N),
        ];
    }

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => Bindings.InputGradient is null
        ? []
        :
        [
            LossKernels.CrossEntropyBackward(
                Address(Bindings.Saved), Address(Bindings.Inputs[1]), Address(Bindings.InputGradient), _shape.N, _shape.C, Session.State, Session.Storage),
        ];
}

/// <summary>The index of each row's first largest score.</summary>
internal sealed class ArgMax : KernelOperator
{
    private readonly Shape _shape;

    internal ArgMax(CudaSession session, Region region)
        : base(session)
    {
        _shape = region.Layers[0].Inputs[0];
        Needs = new OperatorNeeds { Inputs = [Formats.Of(_shape, Storage.Float32)], Output = new PlainFormat(region.Output, ElementType.Int32) };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "top_k";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [TopKKernels.TopK(Address(Bindings.Inputs[0]), 0, Address(Bindings.Output), _shape.N, _shape.C, 1)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => [];
}

/// <summary>Half the sum of squares, of float32.</summary>
internal sealed class L2Loss : KernelOperator
{
    private readonly long _count;

    internal L2Loss(CudaSession session, Region region)
        : base(session)
    {
        Shape shape = region.Layers[0].Inputs[0];
        _count = shape.Count;
        Needs = new OperatorNeeds
        {
            Inputs = [Formats.Of(shape, Storage.Float32)],
            Output = Formats.Of(region.Output, Storage.Float32),
            ForwardWorkspaceBytes = 4 * ReduceKernels.WorkspaceFloats(_count),
            BackwardReadsInput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "reduce";

    protected override bool IsLoss => true;

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        ReduceKernels.L2Loss(Address(Bindings.Inputs[0]), Address(Bindings.ForwardWorkspace), Address(Bindings.Output), _count);

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => Bindings.InputGradient is null
        ? []
        : [LossKernels.L2Backward(Address(Bindings.Inputs[0]), Address(Bindings.InputGradient), _count, Session.State)];
}
