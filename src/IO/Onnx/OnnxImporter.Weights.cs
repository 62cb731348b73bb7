using AlexNetCuda.Layers;

namespace AlexNetCuda.IO.Onnx;

/// <summary>Conv, Gemm, MatMul, and an Add of biases behind them.</summary>
internal sealed partial class OnnxImporter
{
    private void Convolution(OnnxNode node)
    {
        Activation input = Image(node);
        OnnxConstant weights = Weights(node, rank: 4, "those of images, which have 4 dimensions");
        int filters = weights.Dimensions[0];
        Window window = WindowAttributes.Read(node, input.Dimensions[1], input.Dimensions[2], [weights.Dimensions[2], weights.Dimensions[3]]);
        int groups = node.ToInt(node.Integer("group", 1), "group");
        List<OnnxConstant> biases = node.OptionalInput(2) is { } name ? [Biases(node, _graph.Constant(name, node), filters, trailing: 0)] : [];
        if (biases is [{ } own] && own.Count != filters) throw node.Error($"{own.Shape} are no biases of {filters} outputs."); // one for all is Gemm's and Add's
        OnnxNode last = AddedBiases(node, biases, filters, trailing: 2);
        var layer = new ConvolutionLayer(NameOf(node), filters, window, groups, biases.Count > 0, _unused, _unused);
        Pass(last, Weighted(node, layer, input, ([.. weights.Dimensions], weights.WriteTo), biases.Count == 0 ? null : count => Sum(biases, count, 1)));
    }

    /// <summary>alpha * A * B + beta * C: A is the batch, alpha * B the weights, beta * C the biases.</summary>
    private void Gemm(OnnxNode node)
    {
        if (node.Flag("transA")) throw node.Error("transA is not supported: images are rows of A.");
        float alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
        string? c = node.OptionalInput(2);
        FullyConnected(node, node.Flag("transB"), alpha, beta, outputs => c is null ? null : Biases(node, _graph.Constant(c, node), outputs, trailing: 0));
    }

    private void MatMul(OnnxNode node) => FullyConnected(node, transposed: false, 1, 1, _ => null);

    private void Add(OnnxNode node) => throw node.Error("an Add is supported only of constant biases behind a Conv, Gemm or MatMul whose output nobody else reads.");

    private void FullyConnected(OnnxNode node, bool transposed, float alpha, float beta, Func<int, OnnxConstant?> ownBias)
    {
        Activation input = Input(node);
        if (input.Dimensions.Count != 1) throw node.Error($"it needs rows, [N, features], not [N, {OnnxConstant.Text(input.Dimensions)[1..]}.");
        OnnxConstant weights = Weights(node, rank: 2, "a matrix");
        (int outputs, int features) = transposed ? (weights.Dimensions[0], weights.Dimensions[1]) : (weights.Dimensions[1], weights.Dimensions[0]);
        OnnxConstant? own = ownBias(outputs);
        List<OnnxConstant> biases = own is null ? [] : [own];
        OnnxNode last = AddedBiases(node, biases, outputs, trailing: 0);
        var layer = new FullyConnectedLayer(NameOf(node), outputs, biases.Count > 0, _unused, _unused);
        Action<Parameter> write = transposed && alpha == 1 ? weights.WriteTo : p => p.Write(Matrix(weights, transposed, alpha));
        Func<int, float[]>? bias = biases.Count == 0 ? null : count => Sum(biases, count, own is null ? 1 : beta);
        Pass(last, Weighted(node, layer, input, ([outputs, features], write), bias));
    }

    private OnnxConstant Weights(OnnxNode node, int rank, string wanted)
    {
        OnnxConstant weights = _graph.Constant(node.Input(1), node);
        return weights.Dimensions.Count == rank && !weights.IsIntegers ? weights : throw node.Error($"weights of {weights.Shape}{(weights.IsIntegers ? ", integers," : "")} are not {wanted}.");
    }

    /// <summary>Takes the Add behind a node, if it alone reads the node and adds a constant, into its biases. Returns the node whose output the layer gives.</summary>
    private OnnxNode AddedBiases(OnnxNode node, List<OnnxConstant> biases, int outputs, int trailing)
    {
        if (_graph.OnlyReader(node.Output) is not { Operator: "Add", IsStandard: true, Inputs.Count: 2 } add) return node;
        string other = add.Inputs[0] == node.Output ? add.Input(1) : add.Input(0);
        if (!_graph.IsConstant(other)) return node;
        biases.Add(Biases(add, _graph.Constant(other, add), outputs, trailing));
        add.CheckAllRead();
        _absorbed.Add(add);
        return add;
    }

    /// <summary>Checks that a constant broadcasts to one number an output: [outputs] or one element, with dimensions of 1 before, and so many after.</summary>
    private static OnnxConstant Biases(OnnxNode node, OnnxConstant constant, int outputs, int trailing)
    {
        int axis = constant.Dimensions.Count - 1 - trailing;
        bool fits = constant.Count == 1 || (constant.Count == outputs && axis >= 0 && constant.Dimensions[axis] == outputs && constant.Dimensions.Count <= trailing + 2);
        if (constant.IsIntegers || !fits) throw node.Error($"{constant.Shape} are no biases of {outputs} outputs.");
        return constant;
    }

    /// <summary>The sum of biases, the first multiplied; one element counts for all outputs.</summary>
    private static float[] Sum(List<OnnxConstant> biases, int count, float scale)
    {
        var sum = new float[count];
        foreach (OnnxConstant bias in biases)
        {
            float[] values = bias.ToFloats();
            for (int i = 0; i < count; i++) sum[i] += scale * values[values.Length == 1 ? 0 : i];
            scale = 1;
        }

        return sum;
    }

    /// <summary>The weights as [outputs, features], multiplied.</summary>
    private static float[] Matrix(OnnxConstant weights, bool transposed, float alpha)
    {
        float[] values = weights.ToFloats();
        if (!transposed)
        {
            (int features, int outputs) = (weights.Dimensions[0], weights.Dimensions[1]);
            float[] from = values;
            values = new float[from.Length];
            for (int i = 0; i < features; i++)
                for (int o = 0; o < outputs; o++) values[(o * features) + i] = from[(i * outputs) + o];
        }

        if (alpha != 1)
            for (int i = 0; i < values.Length; i++) values[i] *= alpha;
        return values;
    }
}
