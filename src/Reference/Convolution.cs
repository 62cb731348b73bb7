using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>
/// A convolution, straight from the formula of <see cref="ConvolutionLayer"/>: every weight adds a shifted (and, with a stride, thinned out)
/// row of the input to a row of the output.
/// </summary>
internal sealed class Convolution : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly WindowGeometry _g;
    private readonly int _batch, _channels, _filters, _groupChannels, _groupFilters;
    private readonly long _work;
    private readonly int[] _firstX, _countX, _firstColumn; // by column j of the kernel: the outputs whose input column exists
    private readonly Action<int> _forwardPlane, _inputGradientPlane, _filterGradient;
    private ReferenceBuffer _weights = null!;
    private ReferenceBuffer? _biases, _weightGradient, _biasGradient;

    public Convolution(Loops loops, Region region, ConvolutionLayer layer)
    {
        _loops = loops;
        Shape input = region.Layers[0].Inputs[0];
        _g = layer.Window.Resolve(layer.Name, input.H, input.W);
        (_batch, _channels, _filters) = (input.N, input.C, layer.Filters);
        (_groupChannels, _groupFilters) = (input.C / layer.Groups, layer.Filters / layer.Groups);
        _work = layer.MultiplyAdds(input, region.Output);
        _firstX = new int[_g.KernelWidth];
        _countX = new int[_g.KernelWidth];
        _firstColumn = new int[_g.KernelWidth];
        for (int j = 0; j < _g.KernelWidth; j++)
        {
            int x = 0;
            while (x < _g.OutputWidth && Column(x, j) < 0) x++;
            (_firstX[j], _firstColumn[j]) = (x, Column(x, j));
            while (x < _g.OutputWidth && Column(x, j) < _g.Width) x++;
            _countX[j] = x - _firstX[j];
        }

        (_forwardPlane, _inputGradientPlane, _filterGradient) = (ForwardPlane, InputGradientPlane, FilterGradient);
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
        _weightGradient = GradientOf(ParameterRole.Weights);
        _biasGradient = GradientOf(ParameterRole.Biases);
    }

    public override void Forward(in StepState state) => _loops.For(_batch * _filters, _work, _forwardPlane);

    public override void Backward(in StepState state)
    {
        if (_weightGradient is not null || _biasGradient is not null) _loops.For(_filters, _work, _filterGradient);
        if (InputGradient is not null) _loops.For(_batch * _channels, _work, _inputGradientPlane);
    }

    /// <summary>Plane (n, o) of the output.</summary>
    private void ForwardPlane(int index)
    {
        (int n, int o) = Math.DivRem(index, _filters);
        int firstChannel = o / _groupFilters * _groupChannels;
        for (int y = 0; y < _g.OutputHeight; y++)
        {
            Span<double> output = Output.Row(n, o, y);
            output.Fill(_biases is null ? 0 : _biases.Values[o]);
            for (int c = 0; c < _groupChannels; c++)
            {
                for (int i = 0; i < _g.KernelHeight; i++)
                {
                    int row = (y * _g.StrideHeight) - _g.PadTop + i;
                    if (row < 0 || row >= _g.Height) continue;
                    ReadOnlySpan<double> input = Input.Row(n, firstChannel + c, row), weights = _weights.Row(o, c, i);
                    for (int j = 0; j < weights.Length; j++)
                    {
                        if (_countX[j] > 0)
                            RowMath.AddScaled(output[_firstX[j]..], 1, input[_firstColumn[j]..], _g.StrideWidth, _countX[j], weights[j]);
                    }
                }
            }
        }
    }

    /// <summary>Plane (n, c) of the input's gradient: each weight adds, backwards, rows of the output's gradient.</summary>
    private void InputGradientPlane(int index)
    {
        (int n, int c) = Math.DivRem(index, _channels);
        (int group, int channel) = Math.DivRem(c, _groupChannels);
        for (int row = 0; row < _g.Height; row++)
        {
            Span<double> inputGradient = InputGradient!.Row(n, c, row);
            inputGradient.Clear();
            for (int o = group * _groupFilters; o < (group + 1) * _groupFilters; o++)
            {
                for (int i = 0; i < _g.KernelHeight; i++)
                {
                    (int y, int rest) = Math.DivRem(row + _g.PadTop - i, _g.StrideHeight);
                    if (rest != 0 || y < 0 || y >= _g.OutputHeight) continue;
                    ReadOnlySpan<double> outputGradient = OutputGradient.Row(n, o, y), weights = _weights.Row(o, channel, i);
                    for (int j = 0; j < weights.Length; j++)
                    {
                        if (_countX[j] > 0)
                            RowMath.AddScaled(inputGradient[_firstColumn[j]..], _g.StrideWidth, outputGradient[_firstX[j]..], 1, _countX[j], weights[j]);
                    }
                }
            }
        }
    }

    /// <summary>The gradients of the weights and of the bias of output channel o: sums over all images and positions.</summary>
    private void FilterGradient(int o)
    {
        if (_biasGradient is not null)
        {
            double sum = 0;
            for (int n = 0; n < _batch; n++)
                foreach (double gradient in OutputGradient.Plane(n, o)) sum += gradient;
            _biasGradient.Values[o] = sum;
        }

        if (_weightGradient is null) return;
        int firstChannel = o / _groupFilters * _groupChannels;
        for (int c = 0; c < _groupChannels; c++)
        {
            _weightGradient.Plane(o, c).Clear();
            for (int n = 0; n < _batch; n++)
            {
                for (int y = 0; y < _g.OutputHeight; y++)
                {
                    ReadOnlySpan<double> outputGradient = OutputGradient.Row(n, o, y);
                    for (int i = 0; i < _g.KernelHeight; i++)
                    {
                        int row = (y * _g.StrideHeight) - _g.PadTop + i;
                        if (row < 0 || row >= _g.Height) continue;
                        ReadOnlySpan<double> input = Input.Row(n, firstChannel + c, row);
                        Span<double> weightGradient = _weightGradient.Row(o, c, i);
                        for (int j = 0; j < weightGradient.Length; j++)
                        {
                            if (_countX[j] > 0)
                                weightGradient[j] += RowMath.Dot(outputGradient[_firstX[j]..], input[_firstColumn[j]..], _g.StrideWidth, _countX[j]);
                        }
                    }
                }
            }
        }
    }

    /// <summary>The input column that output column x reads through column j of the kernel; it may lie in the padding.</summary>
    private int Column(int x, int j) => (x * _g.StrideWidth) - _g.PadLeft + j;

    private ReferenceBuffer? GradientOf(ParameterRole role)
    {
        for (int i = 0; i < Needs.ParameterGradients.Count; i++)
            if (Needs.ParameterGradients[i].Parameter.Role == role) return Own(Bindings.ParameterGradients[i]);
        return null;
    }
}
