using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Reference;

/// <summary>
/// The mean of each window. The divisor counts the window's pixels or, if padding counts, its positions within the padded input
/// (a window may reach beyond that where the output size is rounded up).
/// </summary>
internal sealed class AveragePool : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly WindowGeometry _g;
    private readonly bool _countPadding;
    private readonly int _planes, _channels;
    private readonly long _work;
    private readonly Action<int> _forwardPlane, _backwardPlane;

    public AveragePool(Loops loops, Region region, AveragePoolLayer layer)
    {
        _loops = loops;
        Shape input = region.Layers[0].Inputs[0];
        _g = layer.Window.Resolve(layer.Name, input.H, input.W);
        _countPadding = layer.CountPadding;
        (_planes, _channels) = (input.N * input.C, input.C);
        _work = region.Output.Count * _g.KernelHeight * _g.KernelWidth;
        (_forwardPlane, _backwardPlane) = (ForwardPlane, BackwardPlane);
        Needs = new OperatorNeeds { Inputs = [Doubles(input)], Output = Doubles(region.Output) };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => _loops.For(_planes, _work, _forwardPlane);

    public override void Backward(in StepState state) => _loops.For(_planes, _work, _backwardPlane);

    private void ForwardPlane(int index)
    {
        (int n, int c) = Math.DivRem(index, _channels);
        ReadOnlySpan<double> x = Input.Plane(n, c);
        Span<double> output = Output.Plane(n, c);
        for (int i = 0; i < output.Length; i++)
        {
            (int top, int left, int bottom, int right, int divisor) = Window(i);
            double sum = 0;
            for (int row = top; row < bottom; row++)
                for (int column = left; column < right; column++) sum += x[(row * _g.Width) + column];
            output[i] = sum / divisor;
        }
    }

    private void BackwardPlane(int index)
    {
        (int n, int c) = Math.DivRem(index, _channels);
        ReadOnlySpan<double> dy = OutputGradient.Plane(n, c);
        Span<double> dx = InputGradient!.Plane(n, c);
        dx.Clear();
        for (int i = 0; i < dy.Length; i++)
        {
            (int top, int left, int bottom, int right, int divisor) = Window(i);
            for (int row = top; row < bottom; row++)
                for (int column = left; column < right; column++) dx[(row * _g.Width) + column] += dy[i] / divisor;
        }
    }

    /// <summary>The pixels of the window of output i, rows top to bottom - 1 and columns left to right - 1, and the divisor of their sum.</summary>
    private (int Top, int Left, int Bottom, int Right, int Divisor) Window(int i)
    {
        (int y, int x) = Math.DivRem(i, _g.OutputWidth);
        int top = (y * _g.StrideHeight) - _g.PadTop, left = (x * _g.StrideWidth) - _g.PadLeft;
        int bottom = top + _g.KernelHeight, right = left + _g.KernelWidth;
        int padded = (Math.Min(bottom, _g.Height + _g.PadBottom) - top) * (Math.Min(right, _g.Width + _g.PadRight) - left);
        (top, left, bottom, right) = (Math.Max(top, 0), Math.Max(left, 0), Math.Min(bottom, _g.Height), Math.Min(right, _g.Width));
        return (top, left, bottom, right, _countPadding ? padded : (bottom - top) * (right - left));
    }
}
