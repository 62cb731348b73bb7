using System.Globalization;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.IO.Onnx;

/// <summary>
/// A graph, checked: every value is given once and before it is read (so that there is no cycle), there is one input of images and one output. What does not depend on the
/// input is a constant; the other nodes are to become layers. Nodes that the output does not need are left out, whatever their operator.
/// </summary>
internal sealed class OnnxGraph
{
    /// <summary>The oldest and the newest version of ONNX's operators that is read.</summary>
    public const int OldestOperators = 7, NewestOperators = 22;

    private readonly Dictionary<string, Lazy<OnnxConstant>> _constants = [];
    private readonly Dictionary<string, OnnxNode?> _onlyReaders = []; // null: several

    /// <summary>Checks and orders a model's graph.</summary>
    /// <param name="model">The model; it has a graph with nodes.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="OnnxException">The graph is not as ONNX demands, or its operators, inputs or outputs are not supported.</exception>
    public OnnxGraph(ModelProto model, string path)
    {
        (Path, Name) = (path, model.Graph.Name);
        OperatorSetIdProto[] sets = [.. model.OpsetImport.Where(o => o.Domain is "" or "ai.onnx")];
        if (sets.Length != 1) throw Error($"it names {sets.Length} versions of ONNX's operators (opset_import), not 1.");
        OperatorSet = sets[0].Version;
        if (OperatorSet is < OldestOperators or > NewestOperators)
            throw Error(string.Create(CultureInfo.InvariantCulture, $"version {OperatorSet} of ONNX's operators is not supported; {OldestOperators} to {NewestOperators} are."));
        OnnxNode[] all = [.. model.Graph.Node.Select((n, i) => new OnnxNode(n, i, OperatorSet, path))];
        ReadInitializers(model.Graph);
        ValueInfoProto input = SingleInput(model.Graph);
        Input = input.Name;
        (Batch, ImageDimensions) = Dimensions(input);
        CheckOrder(all);
        Output = SingleOutput(model.Graph, all);
        List<OnnxNode> needed = Needed(all);
        Nodes = [.. needed.Where(n => !FoldConstant(n))];
        foreach (OnnxNode node in Nodes)
            foreach (string name in node.Inputs.Where(n => n.Length > 0)) _onlyReaders[name] = _onlyReaders.ContainsKey(name) ? null : node;
        _onlyReaders[Output] = null; // whoever runs the graph reads it
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The graph's name; may be empty.</summary>
    public string Name { get; }

    /// <summary>The version of ONNX's operators.</summary>
    public long OperatorSet { get; }

    /// <summary>The name of the images.</summary>
    public string Input { get; }

    /// <summary>The dimensions of an image, [C, H, W] or [C].</summary>
    public IReadOnlyList<int> ImageDimensions { get; }

    /// <summary>The number of images, where the graph fixes it.</summary>
    public int? Batch { get; }

    /// <summary>The name of the output.</summary>
    public string Output { get; }

    /// <summary>The nodes that depend on the input and that the output needs, each after those that it reads.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; }

    /// <summary>Whether a value is a constant.</summary>
    public bool IsConstant(string name) => _constants.ContainsKey(name);

    /// <summary>A constant that a node reads; an initialiser is checked the first time, so that one that nobody reads may be of any kind.</summary>
    /// <exception cref="OnnxException">It is no constant, contradicts itself or is of a kind that is not supported.</exception>
    public OnnxConstant Constant(string name, OnnxNode reader) => _constants.TryGetValue(name, out Lazy<OnnxConstant>? constant)
        ? constant.Value
        : throw reader.Error($"{OnnxFile.Quote(name)} depends on the images; only constants are supported there.");

    /// <summary>The node that alone reads a value, once; null where others read it too or it is the output.</summary>
    public OnnxNode? OnlyReader(string value) => _onlyReaders.GetValueOrDefault(value);

    private OnnxException Error(string reason) => new(Path, reason);

    private void ReadInitializers(GraphProto graph)
    {
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (tensor.Name.Length == 0) throw Error("an initializer has no name.");
            if (!_constants.TryAdd(tensor.Name, new(() => OnnxConstant.Of(new OnnxTensor(tensor, Path)))))
                throw Error($"the initializer {OnnxFile.Quote(tensor.Name)} is there twice.");
        }
    }

    private ValueInfoProto SingleInput(GraphProto graph)
    {
        // Before version 4 of the format, initializers are listed among the inputs.
        ValueInfoProto[] inputs = [.. graph.Input.Where(i => !_constants.ContainsKey(i.Name))];
        return inputs is [{ Name.Length: > 0 } one] ? one : throw Error($"the graph has {inputs.Length} inputs beside its weights, not 1 of images.");
    }

    private string SingleOutput(GraphProto graph, OnnxNode[] nodes)
    {
        if (graph.Output.Count != 1) throw Error($"the graph has {graph.Output.Count} outputs, not 1.");
        string name = graph.Output[0].Name;
        return name.Length > 0 && Array.Exists(nodes, n => n.Outputs.Contains(name)) ? name : throw Error($"no node gives the graph's output, {OnnxFile.Quote(name)}.");
    }

    private (int? Batch, int[] Image) Dimensions(ValueInfoProto input)
    {
        string name = OnnxFile.Quote(input.Name);
        if (input.Type?.TensorType is not { Shape: { } shape } type) throw Error($"the graph does not say what shape its input {name} has.");
        if (type.ElemType is not (DataType.Float or DataType.Float16 or DataType.Double)) throw Error($"the input {name} is not of floating-point numbers.");
        if (shape.Dim.Count is not (2 or 4)) throw Error($"the input {name} has {shape.Dim.Count} dimensions; [N, C, H, W] or [N, features] is supported.");
        int[] sizes = [.. shape.Dim.Skip(1).Select(d => d.DimValue is > 0 and <= int.MaxValue
            ? (int)d.DimValue
            : throw Error(string.Create(CultureInfo.InvariantCulture, $"the input {name} has to have a fixed size of 1 to {int.MaxValue} in all dimensions but the first."))) ];
        if (sizes.Aggregate((Int128)1, (product, d) => product * d) > Array.MaxLength) throw Error($"an image of the input {name}, {OnnxConstant.Text(sizes)}, has more elements than an array holds.");
        return (shape.Dim[0].DimValue is > 0 and <= int.MaxValue ? (int)shape.Dim[0].DimValue : null, sizes);
    }

    /// <summary>Every value is given once, and before it is read.</summary>
    private void CheckOrder(OnnxNode[] nodes)
    {
        HashSet<string> given = [.. _constants.Keys, Input], later = [.. nodes.SelectMany(n => n.Outputs)];
        foreach (OnnxNode node in nodes)
        {
            foreach (string name in node.Inputs.Where(n => n.Length > 0 && !given.Contains(n)))
            {
                throw node.Error(later.Contains(name)
                    ? $"it reads {OnnxFile.Quote(name)}, which a later node gives: the graph has a cycle or is out of order."
                    : $"it reads {OnnxFile.Quote(name)}, which is no input, initializer or output of a node.");
            }

            foreach (string name in node.Outputs.Where(n => n.Length > 0))
                if (!given.Add(name)) throw node.Error($"it gives {OnnxFile.Quote(name)}, which is given already.");
        }
    }

    private List<OnnxNode> Needed(OnnxNode[] nodes)
    {
        var names = new HashSet<string> { Output };
        var needed = new List<OnnxNode>();
        foreach (OnnxNode node in Enumerable.Reverse(nodes).Where(n => n.Outputs.Any(o => o.Length > 0 && names.Contains(o))))
        {
            needed.Add(node);
            names.UnionWith(node.Inputs);
        }

        needed.Reverse();
        return needed;
    }

    /// <summary>Notes the value of a node that gives a constant or reads nothing but constants; false for other nodes.</summary>
    private bool FoldConstant(OnnxNode node)
    {
        if (!node.IsStandard || node.Inputs.Any(n => n.Length > 0 && !IsConstant(n))) return false;
        OnnxConstant value = node.Operator switch
        {
            "Constant" => ConstantNode(node),
            "ConstantOfShape" => OnnxConstant.OfShape(node, Constant(node.Input(0), node)),
            "Identity" => Constant(node.Input(0), node),
            "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" => Reshaped(node),
            _ => throw node.Error("it has constants alone as inputs; of such operators Constant, ConstantOfShape, Identity, Reshape, Squeeze, Unsqueeze and Flatten are supported."),
        };
        node.CheckAllRead();
        _constants[node.Output] = new Lazy<OnnxConstant>(value);
        return true;
    }

    private static OnnxConstant ConstantNode(OnnxNode node)
    {
        if (node.Tensor("value") is { } tensor) return OnnxConstant.Of(tensor);
        if (node.Floats("value_floats") is { Length: > 0 } floats) return Of(DataType.Float, floats.Length, t => t.FloatData.Add(floats));
        if (node.Integers("value_ints") is { Length: > 0 } integers) return Of(DataType.Int32, integers.Length, t => t.Int32Data.Add(integers));
        if (node.Has("value_float")) return OnnxConstant.Of(node.Float("value_float", 0), integer: false);
        if (node.Has("value_int")) return OnnxConstant.Of(node.Integer("value_int", 0), integer: true);
        throw node.Error("it has no value of a supported kind: a tensor, numbers or integers.");

        static OnnxConstant Of(DataType type, int count, Action<TensorProto> fill)
        {
            var proto = new TensorProto { DataType = type, Dims = { count } };
            fill(proto);
            return OnnxConstant.Of(new OnnxTensor(proto, ""));
        }
    }

    private OnnxConstant Reshaped(OnnxNode node)
    {
        OnnxConstant value = Constant(node.Input(0), node);
        int[] dimensions = node.Operator switch
        {
            "Reshape" => Reshaping.Reshape(node, value.Dimensions, Constant(node.Input(1), node).ToIntegers(node)),
            "Flatten" => Reshaping.Flatten(node, value.Dimensions),
            "Squeeze" => Reshaping.Squeeze(node, value.Dimensions, Reshaping.Axes(node, this)),
            _ => Reshaping.Unsqueeze(node, value.Dimensions, Reshaping.Axes(node, this)),
        };
        return value.WithDimensions(dimensions);
    }
}
