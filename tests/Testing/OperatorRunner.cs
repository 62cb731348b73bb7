using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Testing;

/// <summary>What one operator computed, in row-major order.</summary>
/// <param name="Output">The output.</param>
/// <param name="InputGradient">The gradient of input 0; empty without a backward pass.</param>
/// <param name="ParameterGradients">The gradients of the parameters by name.</param>
public sealed record OperatorResult(double[] Output, double[] InputGradient, IReadOnlyDictionary<string, double[]> ParameterGradients);

/// <summary>
/// Runs the operator of one layer (or of a chain that the device fuses) by itself, with any gradient of its output: what a network with a loss cannot give.
/// All that the operator is to write holds NaN before, so that what it leaves out shows.
/// </summary>
public sealed class OperatorRunner
{
    /// <summary>The device.</summary>
    public required IDevice Device { get; init; }

    /// <summary>The layers: one, or a chain that the device is to run as one operator.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>The shape of the input.</summary>
    public required Shape InputShape { get; init; }

    /// <summary>The input.</summary>
    public required double[] Input { get; init; }

    /// <summary>The gradient of the output; without it there is a backward pass for a loss alone.</summary>
    public double[]? OutputGradient { get; init; }

    /// <summary>The values of the parameters by name.</summary>
    public IReadOnlyDictionary<string, double[]> Parameters { get; init; } = new Dictionary<string, double[]>();

    /// <summary>The labels of a loss that needs them.</summary>
    public int[]? Labels { get; init; }

    /// <summary>Whether dropout layers drop.</summary>
    public bool Dropout { get; init; }

    /// <summary>The seed of dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>The number of the step.</summary>
    public uint Step { get; init; }

    /// <summary>Runs forward and, if there is a gradient to begin from, backward.</summary>
    /// <exception cref="NotSupportedException">The device does not run these layers as one operator.</exception>
    public OperatorResult Run()
    {
        bool backward = OutputGradient is not null || Layers[^1] is LossLayer;
        Region region = MakeRegion(backward);
        using IOperator op = Device.TryCreate(region)
            ?? throw new NotSupportedException($"Device '{Device.Info.Name}' does not run {string.Join(" + ", Layers.Select(l => l.Kind))} as one operator.");
        OperatorNeeds needs = op.Needs;
        var memories = new List<IDeviceMemory>();
        try
        {
            IBuffer Buffer(TensorFormat format)
            {
                memories.Add(Device.Allocate(format.Bytes));
                return memories[^1].View(0, format);
            }

            IBuffer Poisoned(TensorFormat format) =>
                Filled(Buffer(format), Enumerable.Repeat(double.NaN, (int)format.Logical.Count).ToArray());
            IBuffer? Raw(long bytes) => bytes > 0 ? Buffer(new RawFormat(bytes)) : null;

            var inputs = new List<IBuffer> { Filled(Buffer(needs.Inputs[0]), Input) };
            if (Labels is not null)
            {
                inputs.Add(Buffer(needs.Inputs[1]));
                inputs[1].Write(Labels);
            }

            var bindings = new Bindings
            {
                Inputs = inputs,
                Output = Poisoned(needs.Output),
                InputGradient = backward ? Poisoned(needs.Inputs[0]) : null,
                OutputGradient = OutputGradient is null ? null : Filled(Buffer(needs.Output), OutputGradient),
                Parameters = [.. needs.Parameters.Select(p => Filled(Buffer(p.Format), Parameters[p.Parameter.Name]))],
                ParameterGradients = [.. needs.ParameterGradients.Select(p => Poisoned(p.Format))],
                Saved = Raw(needs.SavedBytes),
                ForwardWorkspace = Raw(needs.ForwardWorkspaceBytes),
                BackwardWorkspace = Raw(needs.BackwardWorkspaceBytes),
            };
            op.Bind(bindings);
            var steps = new List<Step> { new(op, Phase.Forward, region.Name) };
            if (backward) steps.Add(new Step(op, Phase.Backward, region.Name));
            using IProgram program = Device.Link(steps, timed: false);
            program.Run(new StepState(Step, 0));
            program.Wait();
            return new OperatorResult(
                NetworkRunner.Read(bindings.Output),
                bindings.InputGradient is { } gradient ? NetworkRunner.Read(gradient) : [],
                needs.ParameterGradients.Zip(bindings.ParameterGradients).ToDictionary(p => p.First.Parameter.Name, p => NetworkRunner.Read(p.Second)));
        }
        finally
        {
            foreach (IDeviceMemory memory in memories) memory.Dispose();
        }
    }

    private Region MakeRegion(bool backward)
    {
        var layers = new List<ShapedLayer>();
        Shape shape = InputShape;
        foreach (Layer layer in Layers)
        {
            Shape[] inputs = layer is LossLayer { NeedsLabels: true } ? [shape, new Shape(shape.N)] : [shape];
            layers.Add(new ShapedLayer(layer, inputs, layer.InferShape(inputs)));
            shape = layers[^1].Output;
        }

        return new Region(layers, [.. layers[0].Inputs.Select((s, i) => new PlainFormat(s, i == 0 ? Device.Info.Element : ElementType.Int32))])
        {
            InputGradient = backward,
            ParameterGradients = backward ? layers.SelectMany(l => l.Layer.GetParameters(l.Inputs[0])).Select(p => p.Name).ToHashSet() : new HashSet<string>(),
            Dropout = Dropout,
            Seed = Seed,
        };
    }

    private static IBuffer Filled(IBuffer buffer, double[] values)
    {
        if (buffer.Format.Element != ElementType.Int32) buffer.Write(values);
        return buffer;
    }
}
