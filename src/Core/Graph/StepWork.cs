using AlexNetCuda.Devices;

namespace AlexNetCuda;

/// <summary>The work of one step of a program, as the network's arithmetic has it, whatever the algorithm.</summary>
/// <param name="Layer">The layer or parameter.</param>
/// <param name="Phase">Forward, backward or update.</param>
/// <param name="Algorithm">How the device does it.</param>
/// <param name="Flops">Floating-point operations of convolutions and fully connected layers, two a multiply-add; 0 for other layers.</param>
/// <param name="Bytes">The bytes of inputs, outputs and parameters that the step reads or writes, each once.</param>
public sealed record StepWork(string Layer, Phase Phase, string Algorithm, double Flops, double Bytes)
{
    internal static Dictionary<(IOperator, Phase), StepWork> Of(IEnumerable<LoweredOperator> operators)
    {
        var work = new Dictionary<(IOperator, Phase), StepWork>();
        foreach (LoweredOperator op in operators)
        {
            OperatorNeeds needs = op.Operator.Needs;
            double flops = 2.0 * op.Layers.Sum(l => l.Layer.MultiplyAdds(l.Inputs[0], l.Output));
            double inputs = op.Inputs.Sum(i => (double)i.Format.Bytes), output = op.Output.Format.Bytes;
            double parameters = needs.Parameters.DistinctBy(p => p.Parameter.Name).Sum(p => (double)p.Format.Bytes);
            double gradients = needs.ParameterGradients.Sum(p => (double)p.Format.Bytes);
            bool weights = needs.ParameterGradients.Any(p => p.Parameter.Role == ParameterRole.Weights), input = op.Inputs.Exists(i => i.NeedsGradient);
            work[(op.Operator, Phase.Forward)] = new StepWork(op.Layer, Phase.Forward, op.Operator.Algorithm, flops, inputs + output + parameters);
            if (!op.Backward) continue;
            double passes = (weights ? 1 : 0) + (input ? 1 : 0);
            double read = (needs.BackwardReadsInput ? inputs : 0) + (needs.BackwardReadsOutput ? output : 0) + output;
            work[(op.Operator, Phase.Backward)] = new StepWork(
                op.Layer, Phase.Backward, op.Operator.Algorithm, passes * flops, read + (input ? inputs + parameters : 0) + gradients);
        }

        return work;
    }
}

/// <summary>What a step took in the last run.</summary>
/// <param name="Work">The step.</param>
/// <param name="Seconds">Its time.</param>
/// <param name="Calls">What the host handed to the device for it; null where the device works in the host's threads.</param>
public readonly record struct StepTiming(StepWork Work, double Seconds, EnqueuedCalls? Calls = null);
