using System.Globalization;
using AlexNetCuda.Layers;
using AttributeType = AlexNetCuda.IO.Onnx.AttributeProto.Types.AttributeType;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// The graph of a network up to its target, for inference, without its weights: nodes of version 13 of ONNX's operators (https://onnx.ai/onnx/operators/), named as their
/// layers, and the shape of every value. A dropout falls away; a fully connected layer of images is a Flatten and a Gemm.
/// </summary>
internal sealed class GraphDescription
{
    /// <summary>The version of ONNX's operators that the nodes are of.</summary>
    public const int OperatorSet = 13;

    private readonly IReadOnlyDictionary<string, Shape> _shapes;
    private readonly int? _batch;
    private readonly string _path;
    private readonly Dictionary<string, string> _values = new() { [Network.InputName] = Network.InputName }; // by layer
    private readonly HashSet<string> _names;

    /// <summary>Describes a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">Batch and target.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="OnnxException">The target is a loss or the images, or ONNX has no operator for a layer.</exception>
    /// <exception cref="ArgumentException">The network has no layer of the target's name, or the batch is below 1.</exception>
    public GraphDescription(Network network, OnnxExportOptions options, string path)
    {
        (_shapes, _batch, _path) = (network.InferShapes(options.Batch ?? 1), options.Batch, path);
        Node target = network[options.Target ?? network.Target];
        _names = [Network.InputName, .. network.Parameters.Select(p => p.Name)];
        Graph = new GraphProto { Name = network.Name, Input = { Describe(Network.InputName, _shapes[Network.InputName], DataType.Float) } };
        foreach (Node node in Needed(network, target)) Add(node);
        string output = _values[target.Layer.Name];
        if (output == Network.InputName) throw new OnnxException(path, $"layer '{target.Layer.Name}' passes the images on unchanged: there is nothing to write.");
        ValueInfoProto described = Graph.ValueInfo.Single(v => v.Name == output);
        Graph.ValueInfo.Remove(described);
        Graph.Output.Add(described);
    }

    /// <summary>The graph, without initialisers.</summary>
    public GraphProto Graph { get; }

    /// <summary>The parameters that its nodes read.</summary>
    public List<ParameterInfo> Parameters { get; } = [];

    private static List<Node> Needed(Network network, Node target)
    {
        var names = new HashSet<string> { target.Layer.Name };
        var needed = new List<Node>();
        foreach (Node node in network.Nodes.Reverse().Where(n => names.Contains(n.Layer.Name)))
        {
            needed.Add(node);
            names.UnionWith(node.Inputs);
        }

        needed.Reverse();
        return needed;
    }

    private void Add(Node node)
    {
        Layer layer = node.Layer;
        Shape input = _shapes[node.Inputs[0]];
        string[] inputs = [.. node.Inputs.Select(i => _values.GetValueOrDefault(i, i))];
        switch (layer)
        {
            case ConvolutionLayer convolution:
                Weighted(layer, "Conv", input, inputs[0], [.. Window(convolution.Window.Resolve(layer.Name, input.H, input.W)), Integer("group", convolution.Groups)]);
                break;
            case FullyConnectedLayer:
                Weighted(layer, "Gemm", input, input.Rank == 4 ? Flattened(layer, inputs[0], input) : inputs[0], [Integer("transB", 1)]);
                break;
            case MaxPoolLayer pool:
                Emit(layer, "MaxPool", inputs, Window(pool.Window.Resolve(layer.Name, input.H, input.W)));
                break;
            case AveragePoolLayer pool:
                Emit(layer, "AveragePool", inputs, AverageWindow(pool, input));
                break;
            case LrnLayer lrn:
                Emit(layer, "LRN", inputs, Lrn(lrn, input.C));
                break;
            case ReluLayer:
                Emit(layer, "Relu", inputs, []);
                break;
            case FlattenLayer:
                Emit(layer, "Flatten", inputs, [Integer("axis", 1)]);
                break;
            case ConcatLayer:
                Emit(layer, "Concat", inputs, [Integer("axis", 1)]);
                break;
            case SoftmaxLayer:
                Emit(layer, "Softmax", inputs, [Integer("axis", 1)]);
                break;
            case ArgMaxLayer:
                Emit(layer, "ArgMax", inputs, [Integer("axis", 1), Integer("keepdims", 0)]);
                break;
            case DropoutLayer:
                _values[layer.Name] = inputs[0];
                break;
            default:
                throw new OnnxException(_path, $"layer '{layer.Name}' ({layer.Kind}) has no operator of ONNX; choose a target before it.");
        }
    }

    private void Weighted(Layer layer, string op, Shape input, string value, AttributeProto[] attributes)
    {
        IReadOnlyList<ParameterInfo> parameters = layer.GetParameters(input);
        Parameters.AddRange(parameters);
        Emit(layer, op, [value, .. parameters.Select(p => p.Name)], attributes);
    }

    private void Emit(Layer layer, string op, string[] inputs, AttributeProto[] attributes)
    {
        string output = Unique(layer.Name);
        _values[layer.Name] = output;
        Graph.Node.Add(new NodeProto { Name = output, OpType = op, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        Graph.ValueInfo.Add(Describe(output, _shapes[layer.Name], layer.OutputElement == ElementType.Int32 ? DataType.Int64 : DataType.Float));
    }

    private string Flattened(Layer layer, string value, Shape input)
    {
        string name = Unique(layer.Name + "/flatten");
        Graph.Node.Add(new NodeProto { Name = name, OpType = "Flatten", Input = { value }, Output = { name }, Attribute = { Integer("axis", 1) } });
        Graph.ValueInfo.Add(Describe(name, new Shape(input.N, (int)input.CountPerImage), DataType.Float));
        return name;
    }

    private string Unique(string name)
    {
        string unique = name;
        for (int n = 2; !_names.Add(unique); n++) unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{n}");
        return unique;
    }

    /// <summary>
    /// Kernel, strides and padding on each side, at the bottom and right as far as the last window reaches: ONNX's sizes are then rounded down to the layer's, whatever its
    /// rule. What is padded counts as 0 or minus infinity and changes nothing.
    /// </summary>
    private static AttributeProto[] Window(WindowGeometry g) =>
    [
        Integers("kernel_shape", g.KernelHeight, g.KernelWidth), Integers("strides", g.StrideHeight, g.StrideWidth),
        Integers(
            "pads", g.PadTop, g.PadLeft, Math.Max(g.PadBottom, Reach(g.Height, g.OutputHeight, g.StrideHeight, g.KernelHeight, g.PadTop)),
            Math.Max(g.PadRight, Reach(g.Width, g.OutputWidth, g.StrideWidth, g.KernelWidth, g.PadLeft))),
    ];

    private static long Reach(int size, int output, int stride, int kernel, int before) => ((output - 1L) * stride) + kernel - size - before;

    /// <summary>Where padding counts, it matters that a window reaches beyond it: the padding is as it is, and sizes are rounded up.</summary>
    private static AttributeProto[] AverageWindow(AveragePoolLayer pool, Shape input)
    {
        WindowGeometry g = pool.Window.Resolve(pool.Name, input.H, input.W);
        if (!pool.CountPadding) return Window(g);
        return
        [
            .. Window(g).Take(2), Integers("pads", g.PadTop, g.PadLeft, g.PadBottom, g.PadRight), Integer("count_include_pad", 1),
            Integer("ceil_mode", pool.Window is { Rounding: SizeRounding.Ceiling, Padding.Mode: PaddingMode.Explicit } ? 1 : 0),
        ];
    }

    /// <summary>ONNX divides alpha by the window's size. A window wider than the channels is one that covers them all from each.</summary>
    private static AttributeProto[] Lrn(LrnLayer lrn, int channels)
    {
        int size = (2 * Math.Min(lrn.Radius, channels - 1)) + 1;
        return [Integer("size", size), Number("alpha", lrn.Alpha * size), Number("beta", lrn.Beta), Number("bias", lrn.Bias)];
    }

    private ValueInfoProto Describe(string name, Shape shape, DataType type)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.Add(_batch is { } batch ? new TensorShapeProto.Types.Dimension { DimValue = batch } : new TensorShapeProto.Types.Dimension { DimParam = "N" });
        dimensions.Dim.Add(shape.ToArray()[1..].Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = dimensions } } };
    }

    private static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    private static AttributeProto Number(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    private static AttributeProto Integers(string name, params ReadOnlySpan<long> values) => new() { Name = name, Type = AttributeType.Ints, Ints = { values.ToArray() } };
}
