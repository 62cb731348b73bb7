using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Testing;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>
/// A node test as a model that the importer reads (the first input is the images, the others are constants), what goes in, and what is expected.
/// </summary>
internal sealed record Translation
{
    /// <summary>The model of one node.</summary>
    public required ModelProto Model { get; init; }

    /// <summary>The shape of the input: [N, C, H, W] or [N, features].</summary>
    public required int[] InputShape { get; init; }

    /// <summary>The input.</summary>
    public required double[] Input { get; init; }

    /// <summary>The shape of the output.</summary>
    public required int[] OutputShape { get; init; }

    /// <summary>The output.</summary>
    public required double[] Output { get; init; }

    /// <summary>Whether the layers only choose or move numbers, so that nothing is rounded.</summary>
    public bool Exact { get; init; }

    /// <summary>Whether dropout layers drop.</summary>
    public bool Dropout { get; init; }

    /// <summary>
    /// The input's gradient of the loss sum(output^2) / 2, or null. The engine has no output for the indices of a max-pool or the mask of a dropout,
    /// but the way its gradient goes tells them.
    /// </summary>
    public double[]? InputGradient { get; init; }

    /// <summary>Makes the model of a node whose input and output are as the importer takes them.</summary>
    /// <param name="test">The node, and its inputs behind the first.</param>
    /// <param name="inputShape">The shape of the first input.</param>
    /// <param name="input">Its elements.</param>
    /// <param name="outputShape">The shape of the output.</param>
    /// <param name="output">Its elements.</param>
    public static Translation Of(NodeCase test, int[] inputShape, double[] input, int[] outputShape, double[] output)
    {
        NodeProto node = test.Node.Clone();
        var model = new ModelProto { Graph = new GraphProto { Node = { node } }, OpsetImport = { new OperatorSetIdProto { Version = test.Opset } } };
        var shape = new TensorShapeProto();
        shape.Dim.Add(inputShape.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        model.Graph.Input.Add(new ValueInfoProto { Name = node.Input[0], Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = DataType.Float, Shape = shape } } });
        model.Graph.Output.Add(new ValueInfoProto { Name = node.Output[0] });
        for (int i = 1; i < test.Inputs.Count; i++)
            if (test.Inputs[i] is { } tensor) model.Graph.Initializer.Add(Constant(node.Input[i], tensor.Dimensions, tensor.To<double>()));
        return new Translation { Model = model, InputShape = inputShape, Input = input, OutputShape = outputShape, Output = output };
    }

    /// <summary>A constant tensor of float32, as which every test's constants are exact.</summary>
    public static TensorProto Constant(string name, IEnumerable<int> dimensions, IEnumerable<double> values) => new()
    {
        Name = name, DataType = DataType.Float, Dims = { dimensions.Select(d => (long)d) }, FloatData = { values.Select(v => (float)v) },
    };

    /// <summary>Runs it on a device.</summary>
    /// <exception cref="IO.OnnxException">The importer does not support the node.</exception>
    public NetworkResult Run(Devices.IDevice device)
    {
        (Network network, _, IReadOnlyDictionary<string, Action<Parameter>> values) = OnnxImporter.Import(Model, "test");
        if (InputGradient is not null) network = WithLoss(network);
        Parameters parameters = network.CreateParameters(storage: device.Info.Element);
        foreach (Parameter parameter in parameters.All) values[parameter.Info.Name](parameter);
        var options = new CompileOptions
        {
            Batch = InputShape[0],
            Mode = InputGradient is null ? ExecutionMode.Inference : ExecutionMode.Gradients,
            InputGradient = InputGradient is not null,
            Dropout = Dropout,
        };
        return NetworkRunner.Run(network, device, parameters, options, Input);
    }

    private static Network WithLoss(Network network)
    {
        var builder = new NetworkBuilder(network.Name, network.Channels, network.Height, network.Width);
        foreach (Node node in network.Nodes) _ = builder.Add(node.Layer);
        return builder.L2Loss().Build();
    }
}
