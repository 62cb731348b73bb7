using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>
/// A convolution by cuDNN, with its bias and what follows it: nothing; a ReLU; or ReLU, LRN and max-pool, which one kernel of our own does in one pass over the
/// convolution's output. Bias and ReLU are cuDNN's where it takes them in the same call, else our kernel's.
/// </summary>
internal sealed class Convolution : CudaOperator
{
    private readonly ConvolutionFormats _formats;
    private readonly IConvolutionPlan _forward;
    private readonly IConvolutionPlan? _data, _filter;
    private readonly bool _hasBias, _relu, _fusedBiasRelu, _biasGradient;
    private readonly PoolShape _pool;
    private readonly LrnParameters? _lrn;
    private readonly ImageShape _image;
    private readonly Layout _layout;
    private LaunchList? _after, _before, _unblock;
    private ulong _conv, _dconv;
    private ConvolutionBuffers _forwardBuffers, _dataBuffers, _filterBuffers;

    internal Convolution(CudaSession session, Region region)
        : base(session)
    {
        ShapedLayer shaped = region.Layers[0];
        var layer = (ConvolutionLayer)shaped.Layer;
        _formats = ConvolutionFormats.Of(session, shaped);
        (_hasBias, _relu, _layout) = (layer.HasBias, region.Layers.Count > 1, Formats.LayoutOf(_formats.Output));
        Shape output = shaped.Output;
        _image = new ImageShape(output.N, output.C, output.H * output.W);
        if (region.Layers.Count > 2) (_lrn, _pool) = (Lrn.Parameters((LrnLayer)region.Layers[2].Layer), Pool.Shape(region.Layers[3]));
        ParameterInfo[] parameters = [.. layer.GetParameters(shaped.Inputs[0])];
        _biasGradient = _hasBias && region.ParameterGradients.Contains(parameters[1].Name);
        var algorithms = new ConvolutionAlgorithms(session, _formats);
        IConvolutionPlan? forward = _hasBias && _relu && _lrn is null && session.Options.Fuse ? algorithms.ChooseBiasRelu(_image, _layout) : null;
        _fusedBiasRelu = forward is not null;
        try
        {
            forward ??= algorithms.Choose(ConvolutionPass.Forward);
            if (region.InputGradient) _data = algorithms.Choose(ConvolutionPass.BackwardData);
            if (region.ParameterGradients.Contains(parameters[0].Name)) _filter = algorithms.Choose(ConvolutionPass.BackwardFilter);
            _forward = forward!;
            Needs = NeedsOf(region, parameters);
        }
        catch
        {
            forward?.Dispose();
            _data?.Dispose();
            _filter?.Dispose();
            throw;
        }
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm =>
        $"cudnn {_forward.Used!.Name}{(_fusedBiasRelu ? " + bias + relu" : "")}{(_lrn is not null ? ", bias_relu_lrn_max_pool" : "")}"
        + $"{(_data is null ? "" : $" / {_data.Used!.Name}")}{(_filter is null ? "" : $" / {_filter.Used!.Name}")}"
        + (_formats.BlockedFilters is { } blocked ? $", over blocks of {blocked.Block}x{blocked.Block}" : "");

    public override void Dispose() => Disposal.AllOf(_filter, _data, _forward, _unblock, _before, _after);

    /// <summary>Whether the layers behind a convolution are a tail that this operator runs with it.</summary>
    internal static bool Takes(CudaSession session, Region region)
    {
        if (region.Layers.Count == 1) return true;
        if (region.Layers[1].Layer is not ReluLayer) return false;
        if (region.Layers.Count == 2) return true;
        return region.Layers.Count == 4 && region.Layers[2].Layer is LrnLayer lrn && region.Layers[3].Layer is MaxPoolLayer
            && FusedKernels.Supports(Pool.Shape(region.Layers[3]), Lrn.Parameters(lrn), session.Storage, session.Layout);
    }

    internal override void Forward()
    {
        Run(_forward, _forwardBuffers);
        _after?.Start();
    }

    internal override void Backward()
    {
        _before!.Start();
        if (_filter is not null) Run(_filter, _filterBuffers);
        _unblock?.Start();
        if (_data is not null) Run(_data, _dataBuffers);
    }

    protected override void Bound()
    {
        ulong x = Address(Bindings.Inputs[0]), w = Address(Bindings.Parameters[0]), bias = _hasBias ? Address(Bindings.Parameters[1]) : 0;
        ulong saved = Address(Bindings.Saved), scratch = Address(Bindings.ForwardWorkspace), argmax = 0;
        if (_lrn is null)
        {
            _conv = Address(Bindings.Output);
        }
        else if (saved != 0)
        {
            (_conv, argmax) = (saved, saved + Aligned(_formats.Output.Bytes));
        }
        else
        {
            (_conv, scratch) = (scratch, scratch + Aligned(_formats.Output.Bytes));
        }

        // cuDNN reads the bias in the convolution's type, our kernels in float32.
        _forwardBuffers = Buffers(_forward, x, w, _conv, scratch) with { Bias = _hasBias ? Address(Bindings.Parameters[^1]) : 0 };
        Kernels.Storage storage = Session.Storage;
        if (!_fusedBiasRelu)
        {
            _after = new LaunchList(Session, _lrn is { } lrn
                ? [FusedKernels.Forward(_conv, bias, Address(Bindings.Output), argmax, _image.Images, _pool, lrn, relu: true, storage, _layout)]
                : _hasBias || _relu ? [BiasReluKernels.Forward(_conv, bias, _conv, _image, _relu, storage, _layout)] : []);
        }

        if (Bindings.OutputGradient is null) return;
        ulong biasGradient = GradientOf(ParameterRole.Biases), backward = Address(Bindings.BackwardWorkspace);
        _before = new LaunchList(Session, BackwardLaunches(bias, argmax, biasGradient, Address(Bindings.OutputGradient), ref backward));
        if (_filter is not null)
        {
            ulong gradient = GradientOf(ParameterRole.Weights);
            if (_formats.BlockedFilters is { } blocked)
            {
                ulong own = backward;
                backward += Aligned(blocked.Bytes);
                _unblock = new LaunchList(Session, Conversion.Between(blocked, _formats.FilterGradients, own, gradient));
                gradient = own;
            }

            _filterBuffers = Buffers(_filter, x, gradient, _dconv, backward);
        }

        if (_data is not null) _dataBuffers = Buffers(_data, Address(Bindings.InputGradient), w, _dconv, backward);
    }

    private void Run(IConvolutionPlan plan, in ConvolutionBuffers buffers)
    {
        if (!plan.TryRun(Session.Stream, buffers))
        {
            throw new CudaException(
                "cudnnConvolutionBiasActivationForward", (int)CudnnStatus.NotSupported, "CUDNN_STATUS_NOT_SUPPORTED", "",
                $"running {plan.Used!.Name}, which was taken when the network was compiled");
        }

        Session.Enqueued.LibraryCalls++;
    }

    private static ConvolutionBuffers Buffers(IConvolutionPlan plan, ulong x, ulong w, ulong y, ulong scratch) =>
        new(x, w, y, Workspace: plan.Used!.WorkspaceBytes == 0 ? 0 : scratch, WorkspaceBytes: plan.Used.WorkspaceBytes);

    /// <summary>What goes from the output's gradient to the convolution's, and sums the bias gradient. The scratch moves behind what these take.</summary>
    private IReadOnlyList<KernelLaunch> BackwardLaunches(ulong bias, ulong argmax, ulong biasGradient, ulong dy, ref ulong scratch)
    {
        Kernels.Storage storage = Session.Storage;
        if (_lrn is { } lrn)
        {
            _dconv = scratch;
            scratch += Aligned(_formats.Output.Bytes);
            ulong workspace = scratch;
            scratch += Aligned(FusedWorkspace());
            IReadOnlyList<KernelLaunch> launches =
                FusedKernels.Backward(_conv, bias, dy, argmax, _dconv, biasGradient, workspace, _image.Images, _pool, lrn, relu: true, storage, _layout);
            return biasGradient != 0 ? launches : [launches[0]]; // the second sums the bias gradient
        }

        // The gradient of the output is this operator's to overwrite.
        _dconv = dy;
        ulong own = scratch;
        scratch += Aligned(BiasWorkspace());
        if (biasGradient != 0) return BiasReluKernels.Backward(_relu ? _conv : 0, dy, dy, biasGradient, own, _image, storage, _layout);
        return _relu ? [BiasReluKernels.ReluBackward(_conv, dy, dy, _image.Count, storage)] : [];
    }

    private OperatorNeeds NeedsOf(Region region, ParameterInfo[] parameters)
    {
        var needed = new List<ParameterNeed> { new(parameters[0], _formats.Filters) };
        var gradients = new List<ParameterNeed>();
        if (_filter is not null) gradients.Add(new ParameterNeed(parameters[0], _formats.FilterGradients));
        if (_hasBias)
        {
            // Our kernels read the bias in float32, cuDNN in the convolution's type.
            TensorFormat plain = Formats.Of(parameters[1].Shape, Kernels.Storage.Float32);
            needed.Add(new ParameterNeed(parameters[1], plain));
            if (Session.Storage != Kernels.Storage.Float32) needed.Add(new ParameterNeed(parameters[1], Formats.Of(parameters[1].Shape, Session.Storage)));
            if (_biasGradient) gradients.Add(new ParameterNeed(parameters[1], plain));
        }

        bool tail = _lrn is not null;
        long convolution = (long)Aligned(_formats.Output.Bytes);
        long backwardScratch = Math.Max(_data?.Used!.WorkspaceBytes ?? 0, _filter?.Used!.WorkspaceBytes ?? 0);
        if (_filter is not null && _formats.BlockedFilters is { } blocked) backwardScratch += (long)Aligned(blocked.Bytes);
        return new OperatorNeeds
        {
            Inputs = [_formats.Input],
            Output = Formats.Activation(region.Output, Session.Storage, Session.Layout),
            Parameters = needed,
            ParameterGradients = gradients,
            SavedBytes = tail && region.Backward ? convolution + region.Output.Count : 0,
            ForwardWorkspaceBytes = _forward.Used!.WorkspaceBytes + (tail && !region.Backward ? convolution : 0),
            BackwardWorkspaceBytes = !region.Backward ? 0
                : backwardScratch + (tail ? convolution + (long)Aligned(FusedWorkspace()) : (long)Aligned(BiasWorkspace())),
            BackwardReadsInput = _filter is not null,
            BackwardReadsOutput = _relu && !tail,
        };
    }

    private long FusedWorkspace() =>
        4 * FusedKernels.WorkspaceFloats(_image.Images, _pool, _lrn!.Value, Session.Storage, _layout);

    private long BiasWorkspace() => !_biasGradient ? 0 : 4 * BiasReluKernels.WorkspaceFloats(_image, Session.Storage, _layout);

    private static ulong Aligned(long bytes) => (ulong)CudaSession.Aligned(bytes);
}
