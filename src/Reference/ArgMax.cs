using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>The index of the first largest element of each row; NaN is larger than any number.</summary>
internal sealed class ArgMax : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly Action<int> _forwardRow;

    public ArgMax(Loops loops, Region region)
    {
        _loops = loops;
        _forwardRow = ForwardRow;
        Needs = new OperatorNeeds { Inputs = [Doubles(region.Layers[0].Inputs[0])], Output = new PlainFormat(region.Output, ElementType.Int32) };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => _loops.For(Input.Shape.N, Input.Shape.Count, _forwardRow);

    private void ForwardRow(int n)
    {
        ReadOnlySpan<double> x = Input.Image(n);
        int best = 0;
        for (int c = 1; c < x.Length; c++)
            if (x[c] > x[best] || (double.IsNaN(x[c]) && !double.IsNaN(x[best]))) best = c;
        Output.Integers[n] = best;
    }
}
