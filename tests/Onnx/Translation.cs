using AlexNetCuda.Layers;
using AlexNetCuda.Testing;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>A node test in the engine's terms: layers, what goes in, and what is expected, in the engine's shapes and order of elements.</summary>
internal sealed record Translation
{
    /// <summary>The layers: one, or a flattening and one that takes rows.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>The shape of the input.</summary>
    public required Shape InputShape { get; init; }

    /// <summary>The input.</summary>
    public required double[] Input { get; init; }

    /// <summary>The shape of the output.</summary>
    public required Shape OutputShape { get; init; }

    /// <summary>The output.</summary>
    public required double[] Output { get; init; }

    /// <summary>Whether the layers only choose or move numbers, so that nothing is rounded.</summary>
    public bool Exact { get; init; }

    /// <summary>The values of the parameters by name.</summary>
    public IReadOnlyDictionary<string, double[]> Parameters { get; init; } = new Dictionary<string, double[]>();

    /// <summary>Whether dropout layers drop.</summary>
    public bool Dropout { get; init; }

    /// <summary>
    /// The input's gradient of the loss sum(output^2) / 2, or null. The engine has no output for the indices of a max-pool or the mask of a dropout,
    /// but the way its gradient goes tells them.
    /// </summary>
    public double[]? InputGradient { get; init; }

    /// <summary>Translates a node test.</summary>
    /// <exception cref="NotSupportedException">The engine cannot express it; the message says why.</exception>
    public static Translation Of(NodeCase test)
    {
        Translation translation = test.Node.OpType switch
        {
            "Conv" => WindowOperators.Convolution(test),
            "MaxPool" => WindowOperators.MaxPool(test),
            "AveragePool" => WindowOperators.AveragePool(test),
            "LRN" => OtherOperators.Lrn(test),
            "Relu" => OtherOperators.Relu(test),
            "Gemm" => OtherOperators.Gemm(test),
            "Softmax" => OtherOperators.Softmax(test),
            "Flatten" => OtherOperators.Flatten(test),
            "Dropout" => OtherOperators.Dropout(test),
            string other => throw new NotSupportedException($"Operator {other} is not translated."),
        };
        test.Attributes.CheckAllRead();
        return translation;
    }

    /// <summary>The network, with the loss if a gradient is asked for.</summary>
    public Network Build()
    {
        var builder = new NetworkBuilder("node", InputShape.C, InputShape.H, InputShape.W);
        foreach (Layer layer in Layers) _ = builder.Add(layer);
        if (InputGradient is not null) _ = builder.L2Loss();
        return builder.Build();
    }

    /// <summary>Runs it on a device.</summary>
    public NetworkResult Run(Devices.IDevice device)
    {
        Network network = Build();
        Parameters parameters = network.CreateParameters(storage: device.Info.Element);
        foreach (Parameter parameter in parameters.All) parameter.Write(Parameters[parameter.Info.Name]);
        var options = new CompileOptions
        {
            Batch = InputShape.N,
            Mode = InputGradient is null ? ExecutionMode.Inference : ExecutionMode.Gradients,
            InputGradient = InputGradient is not null,
            Dropout = Dropout,
        };
        return NetworkRunner.Run(network, device, parameters, options, Input);
    }
}
