using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>
/// Softmax over each row: y[c] = exp(x[c] - m) / sum over j of exp(x[j] - m), m the row's maximum; dx[c] = y[c] * (dy[c] - sum over j of dy[j] * y[j]).
/// A row with NaN becomes NaN.
/// </summary>
internal sealed class Softmax : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly Action<int> _forwardRow, _backwardRow;

    public Softmax(Loops loops, Region region)
    {
        _loops = loops;
        (_forwardRow, _backwardRow) = (ForwardRow, BackwardRow);
        Needs = new OperatorNeeds { Inputs = [Doubles(region.Output)], Output = Doubles(region.Output), BackwardReadsOutput = true };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => _loops.For(Output.Shape.N, Output.Shape.Count * 16, _forwardRow);

    public override void Backward(in StepState state) => _loops.For(Output.Shape.N, Output.Shape.Count, _backwardRow);

    /// <summary>The softmax of one row.</summary>
    /// <returns>The logarithm of the sum of exp(x[j]).</returns>
    public static double OfRow(ReadOnlySpan<double> x, Span<double> y)
    {
        double max = x[0], sum = 0;
        foreach (double value in x) max = Math.Max(max, value);
        for (int c = 0; c < x.Length; c++)
        {
            y[c] = Math.Exp(x[c] - max);
            sum += y[c];
        }

        for (int c = 0; c < x.Length; c++) y[c] /= sum;
        return max + Math.Log(sum);
    }

    private void ForwardRow(int n) => OfRow(Input.Image(n), Output.Image(n));

    private void BackwardRow(int n)
    {
        ReadOnlySpan<double> y = Output.Image(n), dy = OutputGradient.Image(n);
        Span<double> dx = InputGradient!.Image(n);
        double sum = 0;
        for (int c = 0; c < y.Length; c++) sum += dy[c] * y[c];
        for (int c = 0; c < y.Length; c++) dx[c] = y[c] * (dy[c] - sum);
    }
}
