using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>The sum of x^2 / 2 over the whole batch; its gradient is x.</summary>
internal sealed class L2Loss : ReferenceOperator
{
    public L2Loss(Region region) =>
        Needs = new OperatorNeeds { Inputs = [Doubles(region.Layers[0].Inputs[0])], Output = Doubles(region.Output), BackwardReadsInput = true };

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state)
    {
        double sum = 0;
        foreach (double x in Input.Values) sum += x * x;
        Output.Values[0] = sum / 2;
    }

    public override void Backward(in StepState state) => Input.Values.CopyTo(InputGradient!.Values);
}
