using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>
/// The mean over the batch of -log softmax(x)[label], computed as log(sum of exp(x[j])) - x[label]; its gradient is
/// (softmax(x)[c] - (1 where c is the label)) / N.
/// </summary>
internal sealed class SoftmaxCrossEntropy : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly string _name;
    private readonly Shape _shape;
    private readonly Action<int> _forwardRow, _backwardRow;
    private ReferenceBuffer _labels = null!, _rowLosses = null!, _probabilities = null!;

    public SoftmaxCrossEntropy(Loops loops, Region region)
    {
        _loops = loops;
        _name = region.Layers[0].Layer.Name;
        _shape = region.Layers[0].Inputs[0];
        (_forwardRow, _backwardRow) = (ForwardRow, BackwardRow);
        long row = sizeof(double) * (long)_shape.N;
        Needs = new OperatorNeeds
        {
            Inputs = [Doubles(_shape), new PlainFormat(region.Layers[0].Inputs[1], ElementType.Int32)],
            Output = Doubles(region.Output),
            SavedBytes = Doubles(_shape).Bytes, // the probabilities
            ForwardWorkspaceBytes = row, // each row's loss
            BackwardReadsInput = true, // the labels
        };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state)
    {
        foreach (int label in _labels.Integers)
        {
            if (label < 0 || label >= _shape.C)
                throw new InvalidOperationException($"Layer '{_name}': a label is 0 to {_shape.C - 1}, not {label}.");
        }

        _loops.For(_shape.N, _shape.Count * 16, _forwardRow);
        double sum = 0;
        foreach (double loss in _rowLosses.Values) sum += loss;
        Output.Values[0] = sum / _shape.N;
    }

    public override void Backward(in StepState state) => _loops.For(_shape.N, _shape.Count, _backwardRow);

    protected override void Bound()
    {
        _labels = Own(Bindings.Inputs[1])!;
        _probabilities = Own(Bindings.Saved)!.As(_shape);
        _rowLosses = Own(Bindings.ForwardWorkspace)!.As(new Shape(_shape.N));
    }

    private void ForwardRow(int n)
    {
        ReadOnlySpan<double> x = Input.Image(n);
        _rowLosses.Values[n] = Softmax.OfRow(x, _probabilities.Image(n)) - x[_labels.Integers[n]];
    }

    private void BackwardRow(int n)
    {
        ReadOnlySpan<double> probabilities = _probabilities.Image(n);
        Span<double> dx = InputGradient!.Image(n);
        int label = _labels.Integers[n];
        for (int c = 0; c < dx.Length; c++) dx[c] = (probabilities[c] - (c == label ? 1 : 0)) / _shape.N;
    }
}
