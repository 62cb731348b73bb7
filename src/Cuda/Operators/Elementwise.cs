using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>A rectifier on its own; may run in place.</summary>
internal sealed class Relu : KernelOperator
{
    private readonly ImageShape _shape;

    internal Relu(CudaSession session, Region region)
        : base(session)
    {
        TensorFormat format = Kept(region);
        _shape = new ImageShape(1, 1, checked((int)region.Output.Count)); // one channel: order does not matter
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = format,
            OutputMayOverwriteInput = true,
            InputGradientMayOverwriteOutputGradient = true,
            BackwardReadsOutput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "relu";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() =>
        [BiasReluKernels.Forward(Address(Bindings.Inputs[0]), 0, Address(Bindings.Output), _shape, relu: true, Session.Storage)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() =>
        [BiasReluKernels.ReluBackward(Address(Bindings.Output), Address(Bindings.OutputGradient), Address(Bindings.InputGradient), _shape.Count, Session.Storage)];
}

/// <summary>Dropout; may run in place. The mask is made anew in the backward pass, from the same counter.</summary>
internal sealed class Dropout : KernelOperator
{
    private readonly DropoutLayer _layer;
    private readonly ulong _seed;
    private readonly ImageShape _shape;
    private readonly Layout _layout;

    internal Dropout(CudaSession session, Region region)
        : base(session)
    {
        (_layer, _seed) = ((DropoutLayer)region.Layers[0].Layer, region.Seed);
        TensorFormat format = Kept(region);
        _layout = Formats.LayoutOf(format);
        // The mask goes by canonical order, whatever the order in memory.
        int channels = format is DeviceFormat { ChannelsLast: > 0 } own ? own.ChannelsLast : region.Output.C;
        _shape = new ImageShape(region.Output.N, channels, (int)(region.Output.CountPerImage / channels));
        Needs = new OperatorNeeds { Inputs = [format], Output = format, OutputMayOverwriteInput = true, InputGradientMayOverwriteOutputGradient = true };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "philox";

    protected override IEnumerable<KernelLaunch> ForwardLaunches() => [Mask(Bindings.Inputs[0], Bindings.Output)];

    protected override IEnumerable<KernelLaunch> BackwardLaunches() => [Mask(Bindings.OutputGradient, Bindings.InputGradient)];

    private KernelLaunch Mask(IBuffer? from, IBuffer? to) => DropoutKernels.Dropout(
        Address(from), Address(to), _shape, _layer.KeepProbability, _seed, DropoutKernels.NameHash(_layer.Name), Session.State, Session.Storage, _layout);
}

/// <summary>A layer that changes nothing in memory: dropout that passes everything on, and flattening. Nothing runs where input and output are one tensor.</summary>
internal sealed class PassOn : CudaOperator
{
    private readonly string _copying;
    private ulong _x, _y, _dx, _dy;

    internal PassOn(CudaSession session, Region region)
        : base(session)
    {
        _copying = $"copying for layer '{region.Name}'";
        TensorFormat input = Kept(region);
        int channels = input is DeviceFormat own ? own.ChannelsLast : 0;
        Needs = new OperatorNeeds
        {
            Inputs = [input],
            Output = Formats.Of(region.Output, session.Storage, channels),
            OutputMayOverwriteInput = true,
            InputGradientMayOverwriteOutputGradient = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "none";

    public override void Dispose()
    {
        // Nothing is held.
    }

    internal override void Forward() => Copy(_x, _y);

    internal override void Backward() => Copy(_dy, _dx);

    protected override void Bound()
    {
        (_x, _y) = (Address(Bindings.Inputs[0]), Address(Bindings.Output));
        (_dx, _dy) = (Address(Bindings.InputGradient), Address(Bindings.OutputGradient));
    }

    private void Copy(ulong from, ulong to)
    {
        if (from != to && to != 0)
            Session.Check(Session.Driver.MemcpyDtoDAsync(to, from, (nuint)Needs.Output.Bytes, Session.Stream), "cuMemcpyDtoDAsync_v2", _copying);
    }
}
