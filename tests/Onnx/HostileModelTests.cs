using AlexNetCuda.Initialization;
using AlexNetCuda.IO;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Testing;
using Google.Protobuf;
using Xunit;
using static AlexNetCuda.Onnx.Tests.TestModel;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Models that contradict themselves, that ask for what is not supported, or that would take more memory than they are worth: one error that names file and node.</summary>
public sealed class HostileModelTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");

    /// <summary>A change of <see cref="TestModel"/>, and what is said of the result.</summary>
    private static Dictionary<string, (Action<GraphProto> Change, string Said)> Changes
    {
        get
        {
            var changes = new Dictionary<string, (Action<GraphProto> Change, string Said)>();
            void Add(string name, Action<GraphProto> change, string said) => changes.Add(name, (change, said));

            // The graph.
            Add("a cycle", g => g.Node[0].Input[0] = "scores", "node 'conv' (Conv): it reads 'scores', which a later node gives");
            Add("a node that reads itself", g => g.Node[1].Input[0] = "r", "node 'relu' (Relu): it reads 'r', which a later node gives");
            Add("a missing initialiser", g => g.Initializer.RemoveAt(0), "node 'conv' (Conv): it reads 'w', which is no input, initializer or output of a node");
            Add("an initialiser twice", g => g.Initializer.Add(g.Initializer[0].Clone()), "the initializer 'w' is there twice");
            Add("an initialiser without a name", g => g.Initializer[0].Name = "", "an initializer has no name");
            Add("a value that two nodes give", g => g.Node[1].Output[0] = "c", "node 'relu' (Relu): it gives 'c', which is given already");
            Add("a node that gives an initialiser", g => g.Node[1].Output[0] = "w", "it gives 'w', which is given already");
            Add("no output", g => g.Output.Clear(), "the graph has 0 outputs, not 1");
            Add("an output of nobody", g => g.Output[0].Name = "x", "no node gives the graph's output, 'x'");
            Add("an output that does not depend on the input", g => { g.Node.Add(Node("Identity", ["w"], "k")); g.Output[0].Name = "k"; }, "'k', does not depend on its input");
            Add("the input as output", g => { g.Node.Add(Node("Identity", ["images"], "k")); g.Output[0].Name = "k"; }, "there is no layer in it");
            Add("two inputs", g => g.Input.Add(new ValueInfoProto { Name = "more" }), "2 inputs beside its weights");
            Add("an input without a shape", g => g.Input[0].Type = null, "does not say what shape its input 'images' has");
            Add("an input of three dimensions", g => g.Input[0].Type.TensorType.Shape.Dim.RemoveAt(0), "has 3 dimensions");
            Add("an open image size", g => g.Input[0].Type.TensorType.Shape.Dim[2].DimParam = "H", "has to have a fixed size");
            Add("a negative image size", g => g.Input[0].Type.TensorType.Shape.Dim[2].DimValue = -6, "has to have a fixed size");
            Add("an image beyond 64 bits", g => { foreach (var d in g.Input[0].Type.TensorType.Shape.Dim.Skip(1)) d.DimValue = int.MaxValue; }, "more elements than an array holds");
            Add("an input of strings", g => g.Input[0].Type.TensorType.ElemType = TensorProto.Types.DataType.String, "is not of floating-point numbers");

            // Weights.
            Add("weights of strings", g => g.Initializer[0].DataType = TensorProto.Types.DataType.String, "tensor 'w': its element type, String, is not supported");
            Add("negative dimensions", g => g.Initializer[0].Dims[0] = -4, "tensor 'w': a dimension of -4 is not supported");
            Add("dimensions whose product overflows", g => { g.Initializer[0].Dims.Clear(); g.Initializer[0].Dims.Add([1L << 31, 1L << 31, 1L << 31]); }, "tensor 'w': a dimension of 2147483648");
            Add("more elements than an array holds", g => { g.Initializer[0].Dims.Clear(); g.Initializer[0].Dims.Add([1 << 16, 1 << 16, 1 << 16, 1 << 16]); }, "more elements than an array holds");
            Add("huge dimensions without data", g => { g.Initializer[0].Dims[0] = 20_000_000; g.Initializer[0].FloatData.Clear(); }, "tensor 'w': its shape, [20000000, 3, 3, 3] of Float, has 540000000 elements, not 0");
            Add("too few data", g => g.Initializer[0].FloatData.RemoveAt(0), "108 elements, not 107");
            Add("raw data of the wrong length", g => g.Initializer[0].RawData = ByteString.CopyFrom(new byte[431]), "takes 432 bytes, not 431");
            Add("data in another file", g => g.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External, "tensor 'w': its data lie in another file");
            Add("weights of the wrong rank", g => { g.Initializer[0].Dims.Clear(); g.Initializer[0].Dims.Add([36, 3]); }, "node 'conv' (Conv): weights of [36, 3] are not those of images");
            Add("weights of other channels", g => { g.Initializer[0].Dims[1] = 1; g.Initializer[0].Dims[0] = 12; g.Node[0].Input.RemoveAt(2); }, "node 'conv' (Conv): weights of [12, 1, 3, 3] do not fit its input of [1, 3, 6, 6]");
            Add("a matrix of other features", g => g.Node[3].Attribute.RemoveAt(0), "node 'fc' (Gemm): weights of [64, 2] do not fit its input of [1, 64]");
            Add("biases of others", g => { g.Initializer[1].Dims[0] = 2; g.Initializer[1].FloatData.RemoveAt(0); g.Initializer[1].FloatData.RemoveAt(0); }, "node 'conv' (Conv): [2] are no biases of 4 outputs");
            Add("weights of integers", g => { g.Initializer[0].DataType = TensorProto.Types.DataType.Int32; g.Initializer[0].FloatData.Clear(); g.Initializer[0].Int32Data.Add(new int[108]); }, "[4, 3, 3, 3], integers, are not those of images");
            Add("one bias for all filters", g => { g.Initializer[1].Dims[0] = 1; g.Initializer[1].FloatData.Clear(); g.Initializer[1].FloatData.Add(1); }, "node 'conv' (Conv): [1] are no biases of 4 outputs");
            Add("weights that depend on the images", g => g.Node[3].Input[1] = "f", "node 'fc' (Gemm): 'f' depends on the images");
            Add("images that are a constant", g => { g.Node[0].Input[0] = "w"; g.Node[0].Input[1] = "images"; }, "'w' is a constant");
            Add("weights of a shape beyond 2 GiB", g => Shaped(g, [30_000_000, 3, 3, 3]), "more weights than a file of 2 GiB could hold");
            Add("weights of a shape beyond arrays", g => Shaped(g, [1 << 30, 1 << 30, 3, 3]), "node 'filled' (ConstantOfShape): it has more elements than an array holds");
            Add("weights of a negative shape", g => Shaped(g, [-1, 3, 3, 3]), "node 'filled' (ConstantOfShape): a dimension of -1 is not supported");

            // Nodes.
            Add("an unknown operator", g => g.Node[1].OpType = "Einsum", "node 'relu' (Einsum): the operator is not supported. These are: Add (of a bias), ArgMax,");
            Add("an operator of others", g => g.Node[1].Domain = "com.microsoft", "node 'relu' (Relu): the operator is not supported");
            Add("an attribute that nobody knows", g => g.Node[1].Attribute.Add(Ints("slope", 1)), "node 'relu' (Relu): attributes that are not supported: 'slope'");
            Add("an attribute of another type", g => g.Node[0].Attribute.Add(Ints("group", 1)), "node 'conv' (Conv): attribute group is of type Ints, not Int");
            Add("an attribute twice", g => g.Node[0].Attribute.Add([Ints("pads", 1, 1, 1, 1), Ints("pads", 0, 0, 0, 0)]), "attribute pads is there twice");
            Add("dilations", g => g.Node[0].Attribute.Add(Ints("dilations", 2, 2)), "dilations of [2, 2] are not supported");
            Add("a stride of 0", g => g.Node[0].Attribute.Add(Ints("strides", 0, 1)), "strides [0, 1] are at least 1");
            Add("negative padding", g => g.Node[0].Attribute.Add(Ints("pads", -1, 0, 0, 0)), "padding is at least 0");
            Add("padding beyond 32 bits", g => g.Node[0].Attribute.Add(Ints("pads", 1L << 40, 0, 0, 0)), "pads of 1099511627776 is out of range");
            Add("a huge padding", g => g.Node[0].Attribute.Add(Ints("pads", int.MaxValue, 0, int.MaxValue, 0)), "node 'conv' (Conv): ");
            Add("a kernel that is not the weights'", g => g.Node[0].Attribute.Add(Ints("kernel_shape", 5, 5)), "kernel_shape is [5, 5], but the weights are of [3, 3]");
            Add("no input at all", g => g.Node[0].Input.Clear(), "node 'conv' (Conv): ");
            Add("a reshape that mixes images", g => { g.Node[2].OpType = "Reshape"; g.Node[2].Input.Add("target"); g.Initializer.Add(Integers("target", -1, 32)); }, "from [1, 4, 4, 4] to [2, 32] is not supported");
            Add("a reshape to another number", g => { g.Node[2].OpType = "Reshape"; g.Node[2].Input.Add("target"); g.Initializer.Add(Integers("target", -1, 63)); }, "the shape [-1, 63] is not one of the 64 elements");
            Add("a reshape of many dimensions", g => { g.Node[2].OpType = "Reshape"; g.Node[2].Input.Add("target"); g.Initializer.Add(Integers("target", new long[1000])); }, "of 1000 numbers are not supported");
            Add("a rectifier of classes", g => { g.Node.Add(Node("ArgMax", ["scores"], "class")); g.Node[4].Attribute.Add([Int("axis", 1), Int("keepdims", 0)]); g.Node.Add(Node("Relu", ["class"], "last")); g.Output[0].Name = "last"; }, "it cannot take classes");
            Add("a mask of a dropout", g => { g.Node[1].OpType = "Dropout"; g.Node[1].Output.Add("mask"); g.Node[2].Input[0] = "mask"; }, "node 'flat' (Flatten): 'mask' is an output that is not supported");
            Add("an LRN of even size", g => { g.Node[1].OpType = "LRN"; g.Node[1].Attribute.Add(Int("size", 4)); }, "a window of 4 channels is not symmetric");
            Add("a transposed batch", g => g.Node[3].Attribute.Add(Int("transA", 1)), "transA is not supported");
            Add("a softmax over pixels", g => { g.Node[1].OpType = "Softmax"; g.Node[1].Attribute.Add(Int("axis", 3)); }, "a softmax over axis 3 of 4 is not supported");
            Add("a concatenation of images", g => { g.Node[1].OpType = "Concat"; g.Node[1].Attribute.Add(Int("axis", 0)); }, "a concatenation along axis 0 is not supported");
            Add("a concatenation of other sizes", g => { g.Node[1].OpType = "Concat"; g.Node[1].Input.Add("images"); g.Node[1].Attribute.Add(Int("axis", 1)); }, "node 'relu' (Concat): Layer 'relu' (concat) cannot take");
            Add("an addition of two activations", g => { g.Node[1].OpType = "Add"; g.Node[1].Input.Add("c"); }, "node 'relu' (Add): an Add is supported only of constant biases");
            return changes;
        }
    }

    public static TheoryData<string> Names => [.. Changes.Keys];

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_model_without_a_change_is_read()
    {
        OnnxModel model = Load(Make());
        Assert.Equal(["conv", "relu", "flat", "fc"], model.Network.Nodes.Select(n => n.Layer.Name));
        Assert.Equal("test", model.Network.Name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_change_that_makes_it_unusable_is_one_clear_error(string name)
    {
        (Action<GraphProto> change, string said) = Changes[name];
        ModelProto model = Make();
        change(model.Graph);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<OnnxException>(() => Load(model));
        Assert.StartsWith(_path + ": ", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Contains(said, StringComparison.Ordinal), $"{name}: {error.Message}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20); // whatever sizes it claims
    }

    [Theory]
    [InlineData(6, "version 6 of ONNX's operators is not supported; 7 to 22 are")]
    [InlineData(99, "version 99 of ONNX's operators is not supported")]
    [InlineData(-1, "it names 0 versions of ONNX's operators")]
    public void Versions_of_the_operators_that_are_not_known_are_refused(long version, string said)
    {
        ModelProto model = Make();
        if (version < 0) model.OpsetImport.Clear();
        else model.OpsetImport[0].Version = version;
        Assert.Contains(said, Assert.Throws<OnnxException>(() => Load(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_chains_and_deep_nesting_do_not_end_the_process()
    {
        // 20,000 constants, each a reshape of the one before, and as many layers: neither is followed by recursion.
        ModelProto model = Make();
        model.Graph.Node.Insert(0, Node("Identity", ["w"], "w0"));
        for (int i = 1; i < 20_000; i++) model.Graph.Node.Insert(i, Node("Identity", [$"w{i - 1}"], $"w{i}"));
        model.Graph.Node.Single(n => n.OpType == "Conv").Input[1] = "w19999";
        Assert.Equal(4, Load(model).Network.Nodes.Count);

        // Groups of protobuf's old kind, 100,000 of them one in the other.
        File.WriteAllBytes(_path, [.. Enumerable.Repeat((byte)0x7B, 100_000)]);
        Assert.StartsWith(_path + ": not an ONNX model", Assert.Throws<OnnxException>(() => OnnxModel.Load(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_become_unique_and_valid()
    {
        ModelProto model = Make();
        foreach (NodeProto node in model.Graph.Node) node.Name = "a*b, c?";
        model.Graph.Node[1].Name = "input";
        model.Graph.Node[3].Name = "";
        Assert.Equal(["a_b__c_", "input_2", "a_b__c__2", "scores"], Load(model).Network.Nodes.Select(n => n.Layer.Name));
    }

    [Fact]
    public void A_damaged_model_is_read_or_refused_and_nothing_else()
    {
        // Small enough that whatever sizes a few changed bytes make of its shapes, a network of them is small or refused.
        byte[] whole = Make().ToByteArray(), exported = File.ReadAllBytes(TestData.Get("onnx", "squeezenet-like.onnx"));
        int refused = 0;
        const int Tries = 1500;
        for (int i = 0; i < Tries; i++)
        {
            byte[] damaged = i % 3 == 0 ? [.. exported] : [.. whole];
            (uint a, uint b, uint c, uint values) = Philox.Block(7, i, 0, 0);
            damaged[a % damaged.Length] = (byte)values;
            damaged[b % damaged.Length] ^= (byte)(1 << (int)(values >> 8 & 7));
            if (i % 5 == 0) damaged = damaged[..(int)(c % damaged.Length)];
            try
            {
                File.WriteAllBytes(_path, damaged);
                _ = OnnxModel.Load(_path);
            }
            catch (OnnxException e)
            {
                Assert.StartsWith(_path + ": ", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, Tries / 10, Tries - 100);
    }

    /// <summary>Weights of the convolution made of a shape alone.</summary>
    private static void Shaped(GraphProto graph, long[] shape)
    {
        graph.Initializer.Add(Integers("shape", shape));
        graph.Node.Insert(0, Node("ConstantOfShape", ["shape"], "filled", "filled"));
        graph.Node[1].Input.RemoveAt(2);
        graph.Node[1].Input[1] = "filled";
    }

    private OnnxModel Load(ModelProto model)
    {
        File.WriteAllBytes(_path, model.ToByteArray());
        return OnnxModel.Load(_path);
    }
}
