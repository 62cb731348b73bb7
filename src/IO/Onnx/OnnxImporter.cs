using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.IO.Onnx;

/// <summary>A value of the graph that depends on the images: the layer that gives it, and its dimensions in ONNX's terms without the first, which is the images'.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Dimensions">[C, H, W], [features], or none for a class of each image.</param>
internal sealed record Activation(string Layer, IReadOnlyList<int> Dimensions);

/// <summary>
/// Makes layers of a graph's nodes, one method an operator, and notes whence their parameters get their values. Semantics and versions of the operators:
/// https://onnx.ai/onnx/operators/. A dimension N of images that the graph leaves open counts as 1 when shapes are worked out.
/// </summary>
internal sealed partial class OnnxImporter
{
    /// <summary>The operators that become layers or that fall away.</summary>
    public const string Supported =
        "Add (of a bias), ArgMax, AveragePool, Concat, Constant, ConstantOfShape, Conv, Dropout, Flatten, Gemm, GlobalAveragePool, Identity, LRN, MatMul, MaxPool, Relu, Reshape, Softmax, Squeeze, Unsqueeze";

    /// <summary>As many float32 as a file of protobuf, which is below 2 GiB, could hold: ConstantOfShape asks for any number in a few bytes.</summary>
    private const long MostParameters = (1L << 31) / sizeof(float);

    private static readonly ConstantInitializer _unused = new(0);
    private readonly OnnxGraph _graph;
    private readonly NetworkBuilder _builder;
    private readonly LayerNames _names = new();
    private readonly Dictionary<string, Activation> _activations = [];
    private readonly HashSet<OnnxNode> _absorbed = []; // nodes that are part of another's layer
    private readonly Dictionary<string, Action<Parameter>> _values = [];
    private long _parameters;

    private OnnxImporter(OnnxGraph graph, string name)
    {
        _graph = graph;
        int[] image = [.. graph.ImageDimensions, .. graph.ImageDimensions.Count == 1 ? [1, 1] : (int[])[]];
        _builder = new NetworkBuilder(name, image[0], image[1], image[2]) { DefaultWeights = _unused, DefaultBiases = _unused };
        _activations[graph.Input] = new Activation(Network.InputName, graph.ImageDimensions);
    }

    /// <summary>Makes a network of a model.</summary>
    /// <param name="model">The model; it has a graph with nodes.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>The network, and what writes the values of each of its parameters, by name.</returns>
    /// <exception cref="OnnxException">The graph contradicts itself, or has something that is not supported.</exception>
    public static (Network Network, OnnxGraph Graph, IReadOnlyDictionary<string, Action<Parameter>> Values) Import(ModelProto model, string path)
    {
        var graph = new OnnxGraph(model, path);
        string name = string.IsNullOrWhiteSpace(graph.Name) ? "onnx" : graph.Name;
        var importer = new OnnxImporter(graph, name.Length <= 200 ? name : name[..200]);
        foreach (OnnxNode node in graph.Nodes.Where(n => !importer._absorbed.Contains(n)))
        {
            importer.Translate(node);
            node.CheckAllRead();
        }

        return (importer.Build(), graph, importer._values);
    }

    private Network Build()
    {
        if (!_activations.TryGetValue(_graph.Output, out Activation? output)) throw new OnnxException(_graph.Path, $"the graph's output, {OnnxFile.Quote(_graph.Output)}, does not depend on its input.");
        if (output.Layer == Network.InputName) throw new OnnxException(_graph.Path, "the graph gives its input unchanged: there is no layer in it.");
        return _builder.Build(output.Layer);
    }

    private void Translate(OnnxNode node)
    {
        Action<OnnxNode> translate = !node.IsStandard ? Unsupported : node.Operator switch
        {
            "Conv" => Convolution,
            "MaxPool" => MaxPool,
            "AveragePool" => AveragePool,
            "GlobalAveragePool" => GlobalAveragePool,
            "Gemm" => Gemm,
            "MatMul" => MatMul,
            "Add" => Add,
            "LRN" => Lrn,
            "Relu" => n => Elementwise(n, name => new ReluLayer(name)),
            "Dropout" => Dropout,
            "Softmax" => Softmax,
            "ArgMax" => ArgMax,
            "Concat" => Concat,
            "Flatten" => Flatten,
            "Reshape" or "Squeeze" or "Unsqueeze" => Reshape,
            "Identity" => n => Pass(n, Input(n)),
            _ => Unsupported,
        };
        translate(node);

        static void Unsupported(OnnxNode node) => throw node.Error($"the operator is not supported. These are: {Supported}.");
    }

    /// <summary>The value that a node reads first.</summary>
    private Activation Input(OnnxNode node) => Input(node, node.Input(0));

    private Activation Input(OnnxNode node, string name) => _activations.TryGetValue(name, out Activation? activation)
        ? activation
        : throw node.Error(_graph.IsConstant(name)
            ? $"{OnnxFile.Quote(name)} is a constant; what depends on the images is expected there."
            : $"{OnnxFile.Quote(name)} is an output that is not supported, as a mask or indices.");

    /// <summary>The value that a node reads first, as images.</summary>
    private Activation Image(OnnxNode node)
    {
        Activation input = Input(node);
        return input.Dimensions.Count == 3 && _builder.From(input.Layer).CurrentShape.Rank == 4
            ? input
            : throw node.Error($"it needs images, [N, C, H, W], not [N, {OnnxConstant.Text(input.Dimensions)[1..]}.");
    }

    /// <summary>A value as rows, flattened where the layer gives images.</summary>
    private Activation Rows(OnnxNode node, Activation input)
    {
        if (_builder.From(input.Layer).CurrentShape.Rank != 4) return input;
        string name = _names.Make((input.Layer == Network.InputName ? "" : input.Layer + "/") + "flatten", "flatten");
        return new Activation(Layer(node, new FlattenLayer(name), input), [_builder.CurrentShape.C]);
    }

    private string NameOf(OnnxNode node) => _names.Make(node.Name, node.Operator);

    /// <summary>Says that a node's output is this value.</summary>
    private void Pass(OnnxNode node, Activation value) => _activations[node.Output] = value;

    /// <summary>A layer whose output has the dimensions of its input.</summary>
    private void Elementwise(OnnxNode node, Func<string, Layer> make)
    {
        Activation input = Input(node);
        if (_builder.From(input.Layer).CurrentShape.Rank == 1) throw node.Error("it cannot take classes, as ArgMax gives them.");
        Pass(node, new Activation(Layer(node, make(NameOf(node)), input), input.Dimensions));
    }

    /// <summary>Adds a layer; returns its name.</summary>
    /// <exception cref="OnnxException">It does not fit what it reads.</exception>
    private string Layer(OnnxNode node, Layer layer, Activation input)
    {
        try
        {
            _builder.From(input.Layer).Add(layer);
            return layer.Name;
        }
        catch (Exception e) when (e is ShapeException or ArgumentException or OverflowException)
        {
            throw node.Error(e.Message, e);
        }
    }

    /// <summary>Adds a layer whose output are images, or rows; ONNX has it in the same shape.</summary>
    private void Shaped(OnnxNode node, Layer layer, Activation input) => Pass(node, new Activation(Layer(node, layer, input), _builder.CurrentShape.ToArray()[1..]));

    /// <summary>Adds a layer with weights and biases, and notes their values.</summary>
    /// <param name="node">The node.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="weights">The weights' dimensions in the layer's order, and what writes them.</param>
    /// <param name="bias">Makes the biases; null where there are none.</param>
    private Activation Weighted(OnnxNode node, Layer layer, Activation input, (int[] Dimensions, Action<Parameter> Write) weights, Func<int, float[]>? bias)
    {
        Shape from = _builder.From(input.Layer).CurrentShape;
        string name = Layer(node, layer, input);
        var result = new Activation(name, _builder.CurrentShape.ToArray()[1..]);
        IReadOnlyList<ParameterInfo> parameters = layer.GetParameters(from);
        if (!parameters[0].Shape.ToArray().SequenceEqual(weights.Dimensions))
            throw node.Error($"weights of {OnnxConstant.Text(weights.Dimensions)} do not fit its input of {from} (they would be {parameters[0].Shape}).");
        _parameters += parameters.Sum(p => p.Shape.Count);
        if (_parameters > MostParameters) throw node.Error($"the graph has more weights than a file of 2 GiB could hold ({MostParameters}).");
        _values[parameters[0].Name] = weights.Write;
        if (bias is not null) _values[parameters[1].Name] = p => p.Write(bias((int)p.Info.Shape.Count));
        return result;
    }
}
