using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>
/// A convolution, straight from the formula of <see cref="ConvolutionLayer"/>: every weight adds a shifted (and, with a stride, thinned out)
/// row of the input to a row of the output. Each row that is read serves <see cref="RowMath.Planes"/> neighbouring channels of what is written.
/// </summary>
internal sealed class Convolution : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly WindowGeometry _g;
    private readonly int _batch, _groups, _filters, _groupChannels, _groupFilters;
    private readonly long _work;
    private readonly int[] _firstX, _countX, _firstColumn; // by column j of the kernel: the outputs whose input column exists
    private readonly Action<int> _forwardPlanes, _inputGradientPlanes, _filterGradient;
    private ReferenceBuffer _weights = null!;
    private ReferenceBuffer? _biases, _weightGradient, _biasGradient;

    public Convolution(Loops loops, Region region, ConvolutionLayer layer)
    {
        _loops = loops;
        Shape input = region.Layers[0].Inputs[0];
        _g = layer.Window.Resolve(layer.Name, input.H, input.W);
        (_batch, _groups, _filters) = (input.N, layer.Groups, layer.Filters);
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

        (_forwardPlanes, _inputGradientPlanes, _filterGradient) = (ForwardPlanes, InputGradientPlanes, FilterGradient);
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

    public override void Forward(in StepState state) => _loops.For(_batch * _groups * Parts(_groupFilters), _work, _forwardPlanes);

    public override void Backward(in StepState state)
    {
        if (_weightGradient is not null || _biasGradient is not null) _loops.For(_filters, _work, _filterGradient);
        if (InputGradient is not null) _loops.For(_batch * _groups * Parts(_groupChannels), _work, _inputGradientPlanes);
    }

    /// <summary>Planes (n, o) of the output, for some neighbouring o of a group.</summary>
    private void ForwardPlanes(int index)
    {
        Locate(index, _groupFilters, out int n, out int group, out int first, out int count);
        int plane = _g.OutputHeight * _g.OutputWidth, kernel = _g.KernelHeight * _g.KernelWidth;
        ReadOnlySpan<double> weights = _weights.Values;
        Span<double> taps = stackalloc double[RowMath.Planes];
        for (int y = 0; y < _g.OutputHeight; y++)
        {
            Span<double> output = Output.Rows(n, first, y, count);
            for (int o = first; o < first + count; o++) Output.Row(n, o, y).Fill(_biases is null ? 0 : _biases.Values[o]);
            for (int c = 0; c < _groupChannels; c++)
            {
                for (int i = 0; i < _g.KernelHeight; i++)
                {
                    int row = (y * _g.StrideHeight) - _g.PadTop + i;
                    if (row < 0 || row >= _g.Height) continue;
                    ReadOnlySpan<double> input = Input.Row(n, (group * _groupChannels) + c, row);
                    for (int j = 0; j < _g.KernelWidth; j++)
                    {
                        if (_countX[j] <= 0) continue;
                        for (int p = 0; p < count; p++) taps[p] = weights[((((first + p) * _groupChannels) + c) * kernel) + (i * _g.KernelWidth) + j];
                        Add(output[_firstX[j]..], plane, count, 1, input[_firstColumn[j]..], _g.StrideWidth, _countX[j], taps);
                    }
                }
            }
        }
    }

    /// <summary>Planes (n, c) of the input's gradient, for some neighbouring c of a group: each weight adds, backwards, rows of the output's gradient.</summary>
    private void InputGradientPlanes(int index)
    {
        Locate(index, _groupChannels, out int n, out int group, out int first, out int count);
        int channel = first - (group * _groupChannels), plane = _g.Height * _g.Width, kernel = _g.KernelHeight * _g.KernelWidth;
        ReadOnlySpan<double> weights = _weights.Values;
        Span<double> taps = stackalloc double[RowMath.Planes];
        for (int row = 0; row < _g.Height; row++)
        {
            Span<double> inputGradient = InputGradient!.Rows(n, first, row, count);
            for (int c = first; c < first + count; c++) InputGradient!.Row(n, c, row).Clear();
            for (int o = group * _groupFilters; o < (group + 1) * _groupFilters; o++)
            {
                for (int i = 0; i < _g.KernelHeight; i++)
                {
                    (int y, int rest) = Math.DivRem(row + _g.PadTop - i, _g.StrideHeight);
                    if (rest != 0 || y < 0 || y >= _g.OutputHeight) continue;
                    ReadOnlySpan<double> outputGradient = OutputGradient.Row(n, o, y);
                    for (int j = 0; j < _g.KernelWidth; j++)
                    {
                        if (_countX[j] <= 0) continue;
                        for (int p = 0; p < count; p++) taps[p] = weights[(((o * _groupChannels) + channel + p) * kernel) + (i * _g.KernelWidth) + j];
                        Add(inputGradient[_firstColumn[j]..], plane, count, _g.StrideWidth, outputGradient[_firstX[j]..], 1, _countX[j], taps);
                    }
                }
            }
        }
    }

    /// <summary>Which planes an item of a loop writes: <paramref name="count"/> from <paramref name="first"/> on, of one image and one group.</summary>
    private void Locate(int index, int groupPlanes, out int n, out int group, out int first, out int count)
    {
        (int rest, int part) = Math.DivRem(index, Parts(groupPlanes));
        (n, group) = Math.DivRem(rest, _groups);
        first = (group * groupPlanes) + (part * RowMath.Planes);
        count = Math.Min(RowMath.Planes, groupPlanes - (part * RowMath.Planes));
    }

    private static int Parts(int planes) => (planes + RowMath.Planes - 1) / RowMath.Planes;

    /// <summary>Adds a row, times a weight for each plane, to a row of some planes.</summary>
    private static void Add(Span<double> rows, int plane, int planes, int stride, ReadOnlySpan<double> source, int sourceStride, int count, ReadOnlySpan<double> weights)
    {
        if (planes == RowMath.Planes) RowMath.AddScaled(rows, plane, stride, source, sourceStride, count, weights);
        else for (int p = 0; p < planes; p++) RowMath.AddScaled(rows[(p * plane)..], stride, source, sourceStride, count, weights[p]);
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
        int firstChannel = o / _groupFilters * _groupChannels, taps = _g.KernelHeight * _g.KernelWidth;
        Span<double> sums = stackalloc double[RowMath.Planes];
        for (int first = 0; first < _groupChannels; first += RowMath.Planes)
        {
            int planes = Math.Min(RowMath.Planes, _groupChannels - first);
            Span<double> weightGradient = _weightGradient.Rows(o, first, 0, planes);
            weightGradient[..(planes * taps)].Clear();
            for (int n = 0; n < _batch; n++)
            {
                for (int y = 0; y < _g.OutputHeight; y++)
                {
                    ReadOnlySpan<double> outputGradient = OutputGradient.Row(n, o, y);
                    for (int i = 0; i < _g.KernelHeight; i++)
                    {
                        int row = (y * _g.StrideHeight) - _g.PadTop + i;
                        if (row < 0 || row >= _g.Height) continue;
                        ReadOnlySpan<double> input = Input.Rows(n, firstChannel + first, row, planes);
                        for (int j = 0; j < _g.KernelWidth; j++)
                        {
                            if (_countX[j] <= 0) continue;
                            Dots(sums, outputGradient[_firstX[j]..], input[_firstColumn[j]..], _g.Height * _g.Width, planes, _g.StrideWidth, _countX[j]);
                            for (int p = 0; p < planes; p++) weightGradient[(p * taps) + (i * _g.KernelWidth) + j] += sums[p];
                        }
                    }
                }
            }
        }
    }

    /// <summary>The products of a row with a row of some planes.</summary>
    private static void Dots(Span<double> products, ReadOnlySpan<double> row, ReadOnlySpan<double> rows, int plane, int planes, int stride, int count)
    {
        if (planes == RowMath.Planes) RowMath.Dots(products, row, rows, plane, stride, count);
        else for (int p = 0; p < planes; p++) products[p] = RowMath.Dot(row, rows[(p * plane)..], stride, count);
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
