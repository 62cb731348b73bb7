using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>A fully connected layer: y[n, o] = b[o] + sum over i of w[o, i] * x[n, i].</summary>
internal sealed class FullyConnected : ReferenceOperator
{
    private const int Chunk = 256; // columns of the input's gradient that one item computes
    private readonly Loops _loops;
    private readonly int _batch, _features, _outputs;
    private readonly long _work;
    private readonly Action<int> _forwardOutput, _inputGradientChunk, _outputParameterGradient;
    private ReferenceBuffer _weights = null!;
    private ReferenceBuffer? _biases, _weightGradient, _biasGradient;

    public FullyConnected(Loops loops, Region region, FullyConnectedLayer layer)
    {
        _loops = loops;
        Shape input = region.Layers[0].Inputs[0];
        (_batch, _features, _outputs) = (input.N, (int)input.CountPerImage, layer.Outputs);
        _work = layer.MultiplyAdds(input, region.Output);
        (_forwardOutput, _inputGradientChunk, _outputParameterGradient) = (ForwardOutput, InputGradientChunk, OutputParameterGradient);
        ParameterNeed[] parameters = [.. layer.GetParameters(input).Select(p => new ParameterNeed(p, Doubles(p.Shape)))];
        Needs = new OperatorNeeds
        {
            Inputs = [Doubles(input)],
            Output = Doubles(region.Output),
            Parameters = parameters,
            ParameterGradients = [.. parameters.Where(p => region.ParameterGradients.Contains(p.Parameter.Name))],
            BackwardReadsInput = parameters.Any(p => p.Parameter.Role == ParameterRole.Weights && region.ParameterGradients.Contains(p.Parameter.Name)),
        };
    }

    public override OperatorNeeds Needs { get; }

    protected override void Bound()
    {
        _weights = Own(Bindings.Parameters[0])!;
        _biases = Bindings.Parameters.Count > 1 ? Own(Bindings.Parameters[1]) : null;
        for (int i = 0; i < Needs.ParameterGradients.Count; i++)
        {
            ReferenceBuffer? gradient = Own(Bindings.ParameterGradients[i]);
            if (Needs.ParameterGradients[i].Parameter.Role == ParameterRole.Weights) _weightGradient = gradient;
            else _biasGradient = gradient;
        }
    }

    public override void Forward(in StepState state) => _loops.For(_outputs, _work, _forwardOutput);

    public override void Backward(in StepState state)
    {
        if (_weightGradient is not null || _biasGradient is not null) _loops.For(_outputs, _work, _outputParameterGradient);
        if (InputGradient is not null) _loops.For((_features + Chunk - 1) / Chunk, _work, _inputGradientChunk);
    }

    /// <summary>Output o of every image.</summary>
    private void ForwardOutput(int o)
    {
        double bias = _biases is null ? 0 : _biases.Values[o];
        for (int n = 0; n < _batch; n++)
            Output.Image(n)[o] = bias + RowMath.Dot(_weights.Image(o), Input.Image(n));
    }

    /// <summary>A chunk of columns of the input's gradient: sums over the outputs.</summary>
    private void InputGradientChunk(int chunk)
    {
        int first = chunk * Chunk, count = Math.Min(Chunk, _features - first);
        for (int n = 0; n < _batch; n++) InputGradient!.Image(n).Slice(first, count).Clear();
        for (int o = 0; o < _outputs; o++)
        {
            ReadOnlySpan<double> weights = _weights.Image(o).Slice(first, count);
            for (int n = 0; n < _batch; n++)
                RowMath.AddScaled(InputGradient!.Image(n).Slice(first, count), weights, OutputGradient.Image(n)[o]);
        }
    }

    /// <summary>The gradients of the weights and of the bias of output o: sums over the images.</summary>
    private void OutputParameterGradient(int o)
    {
        if (_biasGradient is not null)
        {
            double sum = 0;
            for (int n = 0; n < _batch; n++) sum += OutputGradient.Image(n)[o];
            _biasGradient.Values[o] = sum;
        }

        if (_weightGradient is null) return;
        Span<double> weightGradient = _weightGradient.Image(o);
        weightGradient.Clear();
        for (int n = 0; n < _batch; n++) RowMath.AddScaled(weightGradient, Input.Image(n), OutputGradient.Image(n)[o]);
    }
}
