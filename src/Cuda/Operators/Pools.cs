using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>Max-pooling, by kernels/max_pool.cu or max_pool_nhwc.cu. For the backward pass each winner's place is kept, one byte an output.</summary>
internal sealed class MaxPool : KernelOperator
{
    private readonly PoolShape _shape;
    private readonly Layout _layout;
    private readonly int _images;

    internal MaxPool(CudaSession session, Region region)
        : base(session)
    {
        ShapedLayer shaped = region.Layers[0];
        Shape input = shaped.Inputs[0];
        TensorFormat format = Formats.Activation(input, session.Storage, session.Layout);
        (_shape, _layout, _images) = (Shape(shaped), Formats.LayoutOf(format), input.N);
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = Formats.Activation(region.Output, session.Storage, _layout),
            SavedBytes = region.Backward ? region.Output.Count : 0,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "max_pool";

    internal static PoolShape Shape(ShapedLayer shaped)
    {
        var layer = (PoolLayer)shaped.Layer;
        Shape input = shaped.Inputs[0];
        WindowGeometry g = layer.Window.Resolve(layer.Name, input.H, input.W);
        return new PoolShape(
            checked(input.N * input.C), g.Height, g.Width, g.OutputHeight, g.OutputWidth, g.KernelHeight, g.KernelWidth, g.StrideHeight, g.StrideWidth, g.PadTop, g.PadLeft,
            g.PadBottom, g.PadRight);
    }

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [MaxPoolKernels.Forward(Address(Bindings.Inputs[0]), Address(Bindings.Output), Address(Bindings.Saved), _shape, Session.Storage, _layout, _images)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
    [
        MaxPoolKernels.Backward(
            Address(Bindings.OutputGradient), Address(Bindings.Saved), Address(Bindings.InputGradient), _shape, Session.Storage, _layout, _images),
    ];
}

/// <summary>Average pooling, by kernels/average_pool.cu.</summary>
internal sealed class AveragePool : KernelOperator
{
    private readonly PoolShape _shape;
    private readonly Layout _layout;
    private readonly int _images;
    private readonly bool _countPadding;

    internal AveragePool(CudaSession session, Region region)
        : base(session)
    {
        ShapedLayer shaped = region.Layers[0];
        Shape input = shaped.Inputs[0];
        TensorFormat format = Formats.Activation(input, session.Storage, session.Layout);
        (_shape, _layout, _images) = (MaxPool.Shape(shaped), Formats.LayoutOf(format), input.N);
        _countPadding = ((AveragePoolLayer)shaped.Layer).CountPadding;
        Needs = new OperatorNeeds { Inputs = [format], Output = Formats.Activation(region.Output, session.Storage, _layout) };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "average_pool";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [AveragePoolKernels.Forward(Address(Bindings.Inputs[0]), Address(Bindings.Output), _shape, _countPadding, Session.Storage, _layout, _images)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        [AveragePoolKernels.Backward(Address(Bindings.OutputGradient), Address(Bindings.InputGradient), _shape, _countPadding, Session.Storage, _layout, _images)];
}
