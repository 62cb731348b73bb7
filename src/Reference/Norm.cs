using AlexNetCuda.Devices;

namespace AlexNetCuda.Reference;

/// <summary>The Euclidean norm of a tensor: the square root of the sum of its squares.</summary>
internal sealed class Norm : ReferenceOperator
{
    public Norm(TensorFormat format) => Needs = new OperatorNeeds { Inputs = [format], Output = Doubles(new Shape(1)) };

    public override OperatorNeeds Needs { get; }

    public override void Forward(in StepState state)
    {
        double sum = 0;
        foreach (double x in Input.Values) sum += x * x;
        Output.Values[0] = Math.Sqrt(sum);
    }
}
