using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>
/// Local response normalisation, as <see cref="LrnLayer"/> defines it. With s[c] = k + alpha * (sum of x[j]^2 over the window of c):
/// y[c] = x[c] * s[c]^-beta and, since c lies in the window of j exactly where j lies in that of c,
/// dx[c] = dy[c] * s[c]^-beta - 2 * alpha * beta * x[c] * (sum over the window of c of dy[j] * x[j] * s[j]^(-beta - 1)).
/// </summary>
internal sealed class Lrn : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly int _radius, _channels;
    private readonly double _bias, _alpha, _beta;
    private readonly Shape _shape;
    private readonly Action<int> _forwardRow, _backwardRow;
    private ReferenceBuffer _terms = null!; // dy * x * s^(-beta - 1), of the input's shape

    public Lrn(Loops loops, Region region, LrnLayer layer)
    {
        _loops = loops;
        _shape = region.Output;
        (_radius, _channels) = (layer.Radius, region.Output.C);
        (_bias, _alpha, _beta) = (layer.Bias, layer.Alpha, layer.Beta);
        (_forwardRow, _backwardRow) = (ForwardRow, BackwardRow);
        Needs = new OperatorNeeds
        {
            Inputs = [Doubles(_shape)],
            Output = Doubles(_shape),
            BackwardReadsInput = true,
            BackwardWorkspaceBytes = region.Backward ? Doubles(_shape).Bytes : 0,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => _loops.For(_shape.N * _shape.H, _shape.Count * Window, _forwardRow);

    public override void Backward(in StepState state) => _loops.For(_shape.N * _shape.H, _shape.Count * Window, _backwardRow);

    protected override void Bound()
    {
        if (Bindings.BackwardWorkspace is { } workspace) _terms = Own(workspace)!.As(_shape);
    }

    private long Window => Math.Min((2L * _radius) + 1, _channels);

    private int First(int c) => Math.Max(c - _radius, 0);

    private int Last(int c) => (int)Math.Min((long)c + _radius, _channels - 1);

    /// <summary>All channels of row h of image n.</summary>
    private void ForwardRow(int index)
    {
        (int n, int h) = Math.DivRem(index, _shape.H);
        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<double> x = Input.Row(n, c, h);
            Span<double> y = Output.Row(n, c, h);
            Scale(n, c, h, y);
            for (int w = 0; w < y.Length; w++) y[w] = x[w] * Math.Pow(y[w], -_beta);
        }
    }

    private void BackwardRow(int index)
    {
        (int n, int h) = Math.DivRem(index, _shape.H);
        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<double> x = Input.Row(n, c, h), dy = OutputGradient.Row(n, c, h);
            Span<double> dx = InputGradient!.Row(n, c, h), terms = _terms.Row(n, c, h);
            Scale(n, c, h, terms);
            for (int w = 0; w < dx.Length; w++)
            {
                double scale = terms[w];
                dx[w] = dy[w] * Math.Pow(scale, -_beta);
                terms[w] = dx[w] * x[w] / scale;
            }
        }

        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<double> x = Input.Row(n, c, h);
            Span<double> dx = InputGradient!.Row(n, c, h);
            for (int j = First(c); j <= Last(c); j++)
            {
                ReadOnlySpan<double> terms = _terms.Row(n, j, h);
                for (int w = 0; w < dx.Length; w++) dx[w] -= 2 * _alpha * _beta * x[w] * terms[w];
            }
        }
    }

    /// <summary>s of every pixel of a row.</summary>
    private void Scale(int n, int c, int h, Span<double> scale)
    {
        scale.Clear();
        for (int j = First(c); j <= Last(c); j++)
        {
            ReadOnlySpan<double> x = Input.Row(n, j, h);
            for (int w = 0; w < scale.Length; w++) scale[w] += x[w] * x[w];
        }

        for (int w = 0; w < scale.Length; w++) scale[w] = _bias + (_alpha * scale[w]);
    }
}
