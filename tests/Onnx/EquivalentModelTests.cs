using AlexNetCuda.IO;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Google.Protobuf;
using Xunit;
using static AlexNetCuda.Onnx.Tests.TestModel;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Other ways to write the same graph, of numbers that all of them hold exactly: each has to give the same output, to the last bit.</summary>
public class EquivalentModelTests(NodeTestDevices devices) : IClassFixture<NodeTestDevices>
{
    private static Dictionary<string, Action<ModelProto>> Ways { get; } = new()
    {
        ["weights in raw bytes"] = m => Raw(m.Graph.Initializer[0], DataType.Float, v => BitConverter.GetBytes(v)),
        ["weights in float16"] = m => Raw(m.Graph.Initializer[0], DataType.Float16, v => BitConverter.GetBytes((Half)v)),
        ["weights in float64"] = m => Raw(m.Graph.Initializer[0], DataType.Double, v => BitConverter.GetBytes((double)v)),
        ["weights in a list of float64"] = m => InDoubles(m.Graph.Initializer[2]),
        ["weights in a Constant"] = m => InConstant(m.Graph, 0, (node, tensor) => node.Attribute.Add(Attribute(tensor))),
        ["biases in a Constant of numbers"] = m => InConstant(m.Graph, 1, (node, tensor) => node.Attribute.Add(
            new AttributeProto { Name = "value_floats", Type = AttributeProto.Types.AttributeType.Floats, Floats = { tensor.FloatData } })),
        ["initialisers among the inputs, as before version 4 of the format"] = m => m.Graph.Input.Add(m.Graph.Initializer.Select(i => new ValueInfoProto { Name = i.Name })),
        ["weights reshaped"] = m => Through(m.Graph, 0, "Reshape", [4, 27], [4, -1, 3, 3]),
        ["biases of one row squeezed"] = m => Through(m.Graph, 1, "Squeeze", [1, 4], [0]),
        ["biases squeezed"] = m => Through(m.Graph, 1, "Squeeze", [4, 1], [-1]),
        ["biases added behind the convolution"] = m =>
        {
            Through(m.Graph, 1, "Unsqueeze", [4], [1, 2]);
            AddBehind(m.Graph, 0, "b");
        },
        ["a product and biases added"] = m =>
        {
            Plain(m.Graph);
            (m.Graph.Node[3].OpType, m.Graph.Node[3].Name) = ("MatMul", "fc");
            m.Graph.Initializer.Add(Constant("zero", 1, 2));
            m.Graph.Initializer[3].FloatData.Clear();
            m.Graph.Initializer[3].FloatData.Add([0, 0]);
            AddBehind(m.Graph, 3, "zero");
        },
        ["a matrix that is not transposed"] = m => Plain(m.Graph),
        ["half a matrix, doubled"] = m =>
        {
            for (int i = 0; i < 128; i++) m.Graph.Initializer[2].FloatData[i] /= 2;
            m.Graph.Node[3].Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Float, F = 2 });
        },
        ["reshaped rows"] = m => Reshaped(m.Graph, -1, 64),
        ["reshaped rows of whatever length"] = m => Reshaped(m.Graph, 0, -1),
        ["reshaped rows of a fixed batch"] = m =>
        {
            m.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = 2;
            Reshaped(m.Graph, 2, -1);
        },
        ["flattened from an axis counted from the end"] = m => m.Graph.Node[2].Attribute.Add(Int("axis", -3)),
        ["an Identity and a Dropout between"] = m =>
        {
            m.Graph.Node.Insert(2, Node("Identity", ["r"], "same"));
            m.Graph.Node.Insert(3, Node("Dropout", ["same"], "dropped"));
            m.Graph.Node[4].Input[0] = "dropped";
        },
        ["a node of another operator that nobody needs"] = m => m.Graph.Node.Insert(1, Node("Shape", ["images"], "nobody")),
        ["VALID padding"] = m => m.Graph.Node[0].Attribute.Add(
            new AttributeProto { Name = "auto_pad", Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8("VALID") }),
        ["version 7 of the operators"] = m => m.OpsetImport[0].Version = 7,
        ["version 22 of the operators, by their other name"] = m => (m.OpsetImport[0].Version, m.OpsetImport[0].Domain) = (22, "ai.onnx"),
    };

    public static TheoryData<string> Names => [.. Ways.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_way_to_write_a_graph_gives_the_same(string name)
    {
        ModelProto model = Make();
        Ways[name](model);
        Assert.NotEqual(Make(), model);
        Assert.Equal(Run(Make()), Run(model));
    }

    [Fact]
    public void A_concatenation_of_rows_flattens_images_and_an_argmax_ends_it()
    {
        ModelProto model = Make();
        model.Graph.Node.Add([Node("Concat", ["scores", "f", "scores"], "joined", "join"), Node("ArgMax", ["joined"], "class", "argmax")]);
        model.Graph.Node[4].Attribute.Add(Int("axis", -1));
        model.Graph.Node[5].Attribute.Add([Int("axis", 1), Int("keepdims", 0)]);
        model.Graph.Output[0].Name = "class";
        OnnxModel read = OnnxModel.Make(model, "test");
        Assert.Equal(new Shape(1, 68), read.Network.InferShapes(1)["join"]);
        Assert.IsType<ArgMaxLayer>(read.Network[read.Network.Target].Layer);
    }

    private double[] Run(ModelProto model)
    {
        OnnxModel read = OnnxModel.Make(model, "test");
        double[] images = [.. Enumerable.Range(0, 2 * 108).Select(i => ((i * 37 % 64) - 32) / 16.0)];
        return NetworkRunner.Run(read.Network, devices.Reference, read.Parameters, new CompileOptions { Batch = 2 }, images).Output;
    }

    private static AttributeProto Attribute(TensorProto tensor) => new() { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor };

    private static void Raw(TensorProto tensor, DataType type, Func<float, byte[]> bytes)
    {
        tensor.RawData = ByteString.CopyFrom([.. tensor.FloatData.SelectMany(bytes)]);
        tensor.FloatData.Clear();
        tensor.DataType = type;
    }

    private static void InDoubles(TensorProto tensor)
    {
        tensor.DoubleData.Add(tensor.FloatData.Select(v => (double)v));
        tensor.FloatData.Clear();
        tensor.DataType = DataType.Double;
    }

    /// <summary>Makes an initialiser the output of a Constant.</summary>
    private static void InConstant(GraphProto graph, int initializer, Action<NodeProto, TensorProto> fill)
    {
        TensorProto tensor = graph.Initializer[initializer];
        graph.Initializer.RemoveAt(initializer);
        NodeProto node = Node("Constant", [], tensor.Name);
        fill(node, tensor);
        graph.Node.Insert(0, node);
    }

    /// <summary>Stores an initialiser in another shape, and brings it into its own with a node of two inputs.</summary>
    private static void Through(GraphProto graph, int initializer, string op, long[] stored, long[] argument)
    {
        TensorProto tensor = graph.Initializer[initializer];
        string name = tensor.Name;
        tensor.Name = "stored";
        tensor.Dims.Clear();
        tensor.Dims.Add(stored);
        graph.Initializer.Add(Integers("argument", argument));
        graph.Node.Insert(0, Node(op, ["stored", "argument"], name));
    }

    /// <summary>Takes the biases of a convolution away, or leaves a product without, and adds a constant to its output. Nodes behind an inserted one move on.</summary>
    private static void AddBehind(GraphProto graph, int node, string constant)
    {
        NodeProto layer = graph.Node.Single(n => n.OpType == (node == 0 ? "Conv" : "MatMul"));
        while (layer.Input.Count > 2) layer.Input.RemoveAt(2);
        string output = layer.Output[0];
        layer.Output[0] = "product";
        graph.Node.Insert(graph.Node.IndexOf(layer) + 1, Node("Add", node == 0 ? ["product", constant] : [constant, "product"], output));
    }

    /// <summary>The matrix of the Gemm as [features, outputs].</summary>
    private static void Plain(GraphProto graph)
    {
        TensorProto matrix = graph.Initializer[2];
        float[] transposed = [.. Enumerable.Range(0, 128).Select(i => matrix.FloatData[(i % 2 * 64) + (i / 2)])];
        matrix.FloatData.Clear();
        matrix.FloatData.Add(transposed);
        (matrix.Dims[0], matrix.Dims[1]) = (64, 2);
        graph.Node[3].Attribute.Clear();
    }

    private static void Reshaped(GraphProto graph, params long[] shape)
    {
        graph.Node[2].OpType = "Reshape";
        graph.Node[2].Input.Add("target");
        graph.Initializer.Add(Integers("target", shape));
    }
}
