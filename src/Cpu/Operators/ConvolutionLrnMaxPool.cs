using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution, its rectifier, local response normalisation and max-pooling as one operator: the first layers of an AlexNet. The convolution's output is scratch memory, kept only
/// for a backward pass; and the pass back through pooling and normalisation rectifies the gradient and sums the biases' as it writes it.
/// </summary>
internal sealed class ConvolutionLrnMaxPool<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly Convolution<T> _convolution;
    private readonly LrnMaxPool<T> _pool;
    private readonly BlockedFormat _between;
    private readonly bool _backward;

    public ConvolutionLrnMaxPool(Region region, CpuDeviceOptions options)
    {
        var first = region with { Layers = [.. region.Layers.Take(2)] };
        var second = region with { Layers = [.. region.Layers.Skip(2)], Inputs = [new BlockedFormat(first.Output)], InputGradient = region.Backward, ParameterGradients = new HashSet<string>() };
        _between = new BlockedFormat(first.Output);
        _backward = region.Backward;
        _convolution = new Convolution<T>(first, options, gradientIsRectified: true);
        _pool = new LrnMaxPool<T>(second, options.Threads, relu: true, _convolution.BiasGradient);
        OperatorNeeds convolution = _convolution.Needs, pool = _pool.Needs;
        Needs = convolution with
        {
            Output = pool.Output,
            SavedBytes = _backward ? _between.Bytes : 0,
            ForwardWorkspaceBytes = (_backward ? 0 : _between.Bytes) + Math.Max(convolution.ForwardWorkspaceBytes, pool.ForwardWorkspaceBytes),
            BackwardWorkspaceBytes = _between.Bytes + Math.Max(convolution.BackwardWorkspaceBytes, pool.BackwardWorkspaceBytes),
            BackwardReadsOutput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => _convolution.Algorithm + ", LRN and pool in one pass";

    public override void Bind(Bindings bindings)
    {
        var forward = (CpuBuffer?)bindings.ForwardWorkspace;
        var backward = (CpuBuffer?)bindings.BackwardWorkspace;
        CpuBuffer between = ((CpuBuffer)(_backward ? bindings.Saved! : forward!)).View(0, _between);
        CpuBuffer? gradient = backward?.View(0, _between), forwardRest = Rest(forward, _backward ? 0 : _between.Bytes), backwardRest = Rest(backward, _between.Bytes);
        _convolution.Bind(bindings with { Output = between, OutputGradient = gradient, ForwardWorkspace = forwardRest, BackwardWorkspace = backwardRest, Saved = null });
        _pool.Bind(new Bindings
        {
            Inputs = [between],
            Output = bindings.Output,
            OutputGradient = bindings.OutputGradient,
            InputGradient = gradient,
            ParameterGradients = _convolution.BiasGradient is null ? [] : [bindings.ParameterGradients[^1]],
            ForwardWorkspace = forwardRest,
            BackwardWorkspace = backwardRest,
        });
    }

    public override void Forward(ThreadTeam team, in StepState state)
    {
        _convolution.Forward(team, state);
        _pool.Forward(team, state);
    }

    public override void Backward(ThreadTeam team, in StepState state)
    {
        _pool.Backward(team, state);
        _convolution.Backward(team, state);
    }

    private static CpuBuffer? Rest(CpuBuffer? workspace, long offset) =>
        workspace is null || workspace.Format.Bytes <= offset ? null : workspace.View(offset, new RawFormat(workspace.Format.Bytes - offset));
}
