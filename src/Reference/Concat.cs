using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>Concatenation along dimension 1: of each image, the inputs' elements one after the other; the gradient goes back the same way.</summary>
internal sealed class Concat : ReferenceOperator
{
    public Concat(Region region) => Needs = new OperatorNeeds
    {
        Inputs = [.. region.Layers[0].Inputs.Select(Doubles)],
        Output = Doubles(region.Output),
    };

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state)
    {
        for (int n = 0; n < Output.Shape.N; n++)
        {
            Span<double> image = Output.Image(n);
            for (int i = 0; i < Bindings.Inputs.Count; i++)
            {
                Span<double> part = Own(Bindings.Inputs[i])!.Image(n);
                part.CopyTo(image);
                image = image[part.Length..];
            }
        }
    }

    public override void Backward(in StepState state)
    {
        for (int n = 0; n < Output.Shape.N; n++)
        {
            Span<double> image = OutputGradient.Image(n);
            for (int i = 0; i < Needs.Inputs.Count; i++)
            {
                int length = (int)Needs.Inputs[i].Logical.CountPerImage;
                if (Own(Bindings.InputGradients[i]) is { } gradient) image[..length].CopyTo(gradient.Image(n));
                image = image[length..];
            }
        }
    }
}
