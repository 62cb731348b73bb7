using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>The maximum of each window; the gradient goes to the first maximum in row-major order. NaN is larger than any number.</summary>
internal sealed class MaxPool : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly WindowGeometry _g;
    private readonly int _planes, _channels;
    private readonly long _work;
    private readonly Action<int> _forwardPlane, _backwardPlane;

    public MaxPool(Loops loops, Region region, MaxPoolLayer layer)
    {
        _loops = loops;
        Shape input = region.Layers[0].Inputs[0];
        _g = layer.Window.Resolve(layer.Name, input.H, input.W);
        (_planes, _channels) = (input.N * input.C, input.C);
        _work = region.Output.Count * _g.KernelHeight * _g.KernelWidth;
        (_forwardPlane, _backwardPlane) = (ForwardPlane, BackwardPlane);
        Needs = new OperatorNeeds { Inputs = [Doubles(input)], Output = Doubles(region.Output), BackwardReadsInput = true };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => _loops.For(_planes, _work, _forwardPlane);

    public override void Backward(in StepState state) => _loops.For(_planes, _work, _backwardPlane);

    private void ForwardPlane(int index)
    {
        (int n, int c) = Math.DivRem(index, _channels);
        ReadOnlySpan<double> x = Input.Plane(n, c);
        Span<double> output = Output.Plane(n, c);
        for (int y = 0, i = 0; y < _g.OutputHeight; y++)
            for (int column = 0; column < _g.OutputWidth; column++, i++) output[i] = x[Winner(x, y, column)];
    }

    /// <summary>Windows may overlap, so that one element can win several times.</summary>
    private void BackwardPlane(int index)
    {
        (int n, int c) = Math.DivRem(index, _channels);
        ReadOnlySpan<double> x = Input.Plane(n, c), dy = OutputGradient.Plane(n, c);
        Span<double> dx = InputGradient!.Plane(n, c);
        dx.Clear();
        for (int y = 0, i = 0; y < _g.OutputHeight; y++)
            for (int column = 0; column < _g.OutputWidth; column++, i++) dx[Winner(x, y, column)] += dy[i];
    }

    /// <summary>Where in the input's plane the first maximum of a window lies; padding never wins, and every window holds a pixel.</summary>
    private int Winner(ReadOnlySpan<double> x, int outputY, int outputX)
    {
        int top = (outputY * _g.StrideHeight) - _g.PadTop, left = (outputX * _g.StrideWidth) - _g.PadLeft;
        int bottom = Math.Min(top + _g.KernelHeight, _g.Height), right = Math.Min(left + _g.KernelWidth, _g.Width);
        (top, left) = (Math.Max(top, 0), Math.Max(left, 0));
        int winner = (top * _g.Width) + left;
        for (int row = top; row < bottom; row++)
        {
            for (int column = left; column < right; column++)
            {
                int i = (row * _g.Width) + column;
                if (x[i] > x[winner] || (double.IsNaN(x[i]) && !double.IsNaN(x[winner]))) winner = i;
            }
        }

        return winner;
    }
}
