using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>Copies a plain tensor of doubles to another of the same shape, and its gradient back. The device has no other format.</summary>
internal sealed class Conversion : ReferenceOperator
{
    public Conversion(TensorFormat source, TensorFormat destination)
    {
        if (source is not PlainFormat { Element: ElementType.Float64 } || destination != source)
        {
            throw new NotSupportedException(
                $"The reference device does not convert {source.Layout} {source.Logical} of {source.Element} "
                + $"to {destination.Layout} {destination.Logical} of {destination.Element}.");
        }

        Needs = new OperatorNeeds { Inputs = [source], Output = destination };
    }

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state) => Input.Values.CopyTo(Output.Values);

    public override void Backward(in StepState state) => OutputGradient.Values.CopyTo(InputGradient!.Values);
}
