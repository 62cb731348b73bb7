using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>[N, C, H, W] to [N, C * H * W]: the elements stay where they are, so that output and input may be one buffer.</summary>
internal sealed class Flatten : ReferenceOperator
{
    public Flatten(Region region) => Needs = new OperatorNeeds
    {
        Inputs = [Doubles(region.Layers[0].Inputs[0])],
        Output = Doubles(region.Output),
        OutputMayOverwriteInput = true,
        InputGradientMayOverwriteOutputGradient = true,
    };

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => Input.Values.CopyTo(Output.Values);

    public override void Backward(in StepState state) => OutputGradient.Values.CopyTo(InputGradient!.Values);
}
