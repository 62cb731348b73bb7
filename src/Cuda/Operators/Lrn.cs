using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>Local response normalisation across channels, by kernels/lrn.cu or lrn_nhwc.cu.</summary>
internal sealed class Lrn : KernelOperator
{
    private readonly ImageShape _shape;
    private readonly LrnParameters _lrn;
    private readonly Layout _layout;

    internal Lrn(CudaSession session, Region region)
        : base(session)
    {
        var layer = (LrnLayer)region.Layers[0].Layer;
        Shape shape = region.Output;
        TensorFormat format = Formats.Activation(shape, session.Storage, session.Layout);
        _layout = Formats.LayoutOf(format);
        _shape = new ImageShape(shape.N, shape.C, shape.H * shape.W);
        _lrn = Parameters(layer);
        Needs = new OperatorNeeds { Inputs = [format], Output = format, BackwardReadsInput = true };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "lrn";

    internal static LrnParameters Parameters(LrnLayer layer) => new(layer.Radius, layer.Bias, layer.Alpha, layer.Beta);

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [LrnKernels.Forward(Address(Bindings.Inputs[0]), Address(Bindings.Output), _shape, _lrn, Session.Storage, _layout)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        [LrnKernels.Backward(Address(Bindings.Inputs[0]), Address(Bindings.OutputGradient), Address(Bindings.InputGradient), _shape, _lrn, Session.Storage, _layout)];
}
