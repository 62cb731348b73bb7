using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>Rectifier: y = 0 where x is below 0, else x; its gradient is 0 where y is at most 0. NaN passes, and so does the gradient of NaN.</summary>
internal sealed class Relu : ReferenceOperator
{
    private readonly Loops _loops;
    private readonly Action<int> _forwardImage, _backwardImage;

    public Relu(Loops loops, Region region)
    {
        _loops = loops;
        (_forwardImage, _backwardImage) = (ForwardImage, BackwardImage);
        Needs = new OperatorNeeds
        {
            Inputs = [Doubles(region.Layers[0].Inputs[0])],
            Output = Doubles(region.Output),
            BackwardReadsOutput = true,
            OutputMayOverwriteInput = true,
            InputGradientMayOverwriteOutputGradient = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => _loops.For(Output.Shape.N, Output.Shape.Count, _forwardImage);

    public override void Backward(in StepState state) => _loops.For(Output.Shape.N, Output.Shape.Count, _backwardImage);

    private void ForwardImage(int n)
    {
        ReadOnlySpan<double> x = Input.Image(n);
        Span<double> y = Output.Image(n);
        for (int i = 0; i < y.Length; i++) y[i] = x[i] < 0 ? 0 : x[i];
    }

    private void BackwardImage(int n)
    {
        ReadOnlySpan<double> y = Output.Image(n), dy = OutputGradient.Image(n);
        Span<double> dx = InputGradient!.Image(n);
        for (int i = 0; i < dx.Length; i++) dx[i] = y[i] <= 0 ? 0 : dy[i];
    }
}
