using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>What both poolings are made of.</summary>
internal abstract class Pool : KernelOperator
{
    protected Pool(CudaSession session, Region region, long savedBytes)
        : base(session)
    {
        ShapedLayer shaped = region.Layers[0];
        TensorFormat format = Formats.Activation(shaped.Inputs[0], session.Storage, session.Layout);
        (Window, Layout, Images) = (Shape(shaped), Formats.LayoutOf(format), shaped.Inputs[0].N);
        Needs = new OperatorNeeds { Inputs = [format], Output = Formats.Activation(region.Output, session.Storage, Layout), SavedBytes = savedBytes };
    }

    public sealed override OperatorNeeds Needs { get; }

    protected PoolShape Window { get; }

    protected Layout Layout { get; }

    protected int Images { get; }

    internal static PoolShape Shape(ShapedLayer shaped)
    {
        var layer = (PoolLayer)shaped.Layer;
        Shape input = shaped.Inputs[0];
        WindowGeometry g = layer.Window.Resolve(layer.Name, input.H, input.W);
        return new PoolShape(
            checked(input.N * input.C), g.Height, g.Width, g.OutputHeight, g.OutputWidth, g.KernelHeight, g.KernelWidth, g.StrideHeight, g.StrideWidth, g.PadTop, g.PadLeft,
            g.PadBottom, g.PadRight);
    }
}

/// <summary>Max-pooling, by kernels/max_pool.cu or max_pool_nhwc.cu. For the backward pass each winner's place is kept, one byte an output.</summary>
internal sealed class MaxPool(CudaSession session, Region region) : Pool(session, region, savedBytes: region.Backward ? region.Output.Count : 0)
{
    public override string Algorithm => "max_pool";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [MaxPoolKernels.Forward(Address(Bindings.Inputs[0]), Address(Bindings.Output), Address(Bindings.Saved), Window, Session.Storage, Layout, Images)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        [MaxPoolKernels.Backward(Address(Bindings.OutputGradient), Address(Bindings.Saved), Address(Bindings.InputGradient), Window, Session.Storage, Layout, Images)];
}

/// <summary>Average pooling, by kernels/average_pool.cu.</summary>
internal sealed class AveragePool(CudaSession session, Region region) : Pool(session, region, savedBytes: 0)
{
    private readonly bool _countPadding = ((AveragePoolLayer)region.Layers[0].Layer).CountPadding;

    public override string Algorithm => "average_pool";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [AveragePoolKernels.Forward(Address(Bindings.Inputs[0]), Address(Bindings.Output), Window, _countPadding, Session.Storage, Layout, Images)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        [AveragePoolKernels.Backward(Address(Bindings.OutputGradient), Address(Bindings.InputGradient), Window, _countPadding, Session.Storage, Layout, Images)];
}
