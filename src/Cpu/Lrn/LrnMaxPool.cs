using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Local response normalisation and the max-pooling that follows, in one pass over the input: only the pooled output is written. The backward pass computes the normalised values
/// again, to the same bits, and finds the maxima by comparing. A part is a band of rows of one image.
/// </summary>
internal sealed class LrnMaxPool<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly LrnMaxPoolForward<T> _forward;
    private readonly LrnMaxPoolBackward<T>? _backward;

    /// <summary>Normalisation and pooling.</summary>
    /// <param name="region">The two layers.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="relu">Whether the input is a rectifier's output: its gradient is then made that of the rectifier's input.</param>
    /// <param name="bias">The format of the gradient of biases before the rectifier, which is then computed too.</param>
    public LrnMaxPool(Region region, int threads, bool relu = false, BiasFormat? bias = null)
    {
        var lrn = (LrnLayer)region.Layers[0].Layer;
        var pool = (MaxPoolLayer)region.Layers[1].Layer;
        BlockedFormat input = new(region.Layers[0].Output), output = new(region.Output);
        WindowGeometry window = pool.Window.Resolve(pool.Name, input.Logical.H, input.Logical.W);
        _forward = new LrnMaxPoolForward<T>(lrn, window, input, output, threads);
        if (region.Backward) _backward = new LrnMaxPoolBackward<T>(lrn, window, input, output, threads, relu, bias);
        Needs = new OperatorNeeds
        {
            Inputs = [input],
            Output = output,
            ForwardWorkspaceBytes = _forward.ScratchBytes,
            BackwardWorkspaceBytes = _backward?.ScratchBytes ?? 0,
            BackwardReadsInput = true,
            BackwardReadsOutput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "one pass";

    public override unsafe void Bind(Bindings bindings)
    {
        float* input = Floats(bindings.Inputs[0]), output = Floats(bindings.Output);
        _forward.Bind(input, output, Floats(bindings.ForwardWorkspace));
        _backward?.Bind(input, output, Floats(bindings.OutputGradient), Floats(bindings.InputGradient), bindings.ParameterGradients.Count == 0 ? null : Floats(bindings.ParameterGradients[0]), Floats(bindings.BackwardWorkspace));
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state) => _backward!.Run(team);
}
