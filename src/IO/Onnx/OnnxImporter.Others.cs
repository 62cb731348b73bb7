using AlexNetCuda.Layers;

namespace AlexNetCuda.IO.Onnx;

/// <summary>The operators without weights.</summary>
internal sealed partial class OnnxImporter
{
    private void MaxPool(OnnxNode node)
    {
        Activation input = Image(node);
        node.Ignore("storage_order"); // of the indices, which are not given
        Shaped(node, new MaxPoolLayer(NameOf(node), WindowAttributes.Read(node, input.Dimensions[1], input.Dimensions[2])), input);
    }

    private void AveragePool(OnnxNode node)
    {
        Activation input = Image(node);
        bool countPadding = node.Flag("count_include_pad");
        Shaped(node, new AveragePoolLayer(NameOf(node), WindowAttributes.Read(node, input.Dimensions[1], input.Dimensions[2]), countPadding), input);
    }

    private void GlobalAveragePool(OnnxNode node)
    {
        Activation input = Image(node);
        var window = new Window(input.Dimensions[1], input.Dimensions[2], 1, 1, Padding.Valid);
        Shaped(node, new AveragePoolLayer(NameOf(node), window, CountPadding: false), input);
    }

    /// <summary>ONNX divides alpha by the window's size; a layer, as the paper, does not.</summary>
    private void Lrn(OnnxNode node)
    {
        long size = node.Integer("size", 0);
        if (size < 1 || size % 2 == 0) throw node.Error($"a window of {size} channels is not symmetric; size is an odd number.");
        int radius = node.ToInt(size / 2, "size");
        float alpha = node.Float("alpha", 1e-4f), beta = node.Float("beta", 0.75f), bias = node.Float("bias", 1);
        Activation input = Image(node);
        Shaped(node, new LrnLayer(NameOf(node), radius, bias, alpha / size, beta), input);
    }

    /// <summary>Dropout does nothing in inference; the layer is kept, so that the network can be trained on. The ratio is an attribute before version 12 and an input since.</summary>
    private void Dropout(OnnxNode node)
    {
        node.Ignore("seed"); // of a generator of random numbers that is not ours
        float ratio = node.OperatorSet < 12 ? node.Float("ratio", 0.5f) : node.OptionalInput(1) is { } name ? Number(node, name) : 0.5f;
        if (node.OperatorSet >= 12 && node.OptionalInput(2) is { } mode && Number(node, mode) != 0)
            throw node.Error("it drops in inference too (training_mode): export the graph for inference.");
        if (!(ratio is >= 0 and <= 1)) throw node.Error($"the ratio is 0 to 1, not {ratio}.");
        if (ratio == 1) Pass(node, Input(node)); // keeps nothing in training, which no layer does; in inference it is as any other
        else Elementwise(node, layer => new DropoutLayer(layer, 1 - ratio));
    }

    /// <summary>Before version 13 of the operators a softmax is over all dimensions from its axis on, since then over its axis alone.</summary>
    private void Softmax(OnnxNode node)
    {
        Activation input = Input(node);
        int rank = input.Dimensions.Count + 1, axis = node.Axis(node.Integer("axis", node.OperatorSet < 13 ? 1 : -1), rank);
        if (axis != 1 || (node.OperatorSet >= 13 && input.Dimensions.Skip(1).Any(d => d != 1)))
            throw node.Error($"a softmax over axis {axis} of {rank} is not supported, only one over the classes of each image.");
        Activation rows = Rows(node, input);
        Pass(node, new Activation(Layer(node, new SoftmaxLayer(NameOf(node)), rows), input.Dimensions));
    }

    private void ArgMax(OnnxNode node)
    {
        Activation input = Input(node);
        if (node.Flag("select_last_index")) throw node.Error("select_last_index is not supported: the first of equal maxima is taken.");
        bool keep = node.Integer("keepdims", 1) != 0;
        int axis = node.Axis(node.Integer("axis", 0), input.Dimensions.Count + 1);
        if (axis != 1 || input.Dimensions.Count != 1) throw node.Error("it needs rows, [N, classes], and axis 1.");
        Pass(node, new Activation(Layer(node, new ArgMaxLayer(NameOf(node)), Rows(node, input)), keep ? [1] : []));
    }

    private void Concat(OnnxNode node)
    {
        Activation[] inputs = [.. node.Inputs.Select(name => Input(node, name))];
        if (inputs.Length == 0) throw node.Error("it has no inputs.");
        int axis = node.Axis(node.Integer("axis", long.MaxValue), inputs[0].Dimensions.Count + 1);
        if (axis != 1) throw node.Error($"a concatenation along axis {axis} is not supported, only one along axis 1, the channels.");
        if (Array.Exists(inputs, i => i.Dimensions.Count == 1)) inputs = [.. inputs.Select(i => Rows(node, i))];
        string name = NameOf(node);
        try
        {
            _builder.Concat(name, [.. inputs.Select(i => i.Layer)]);
        }
        catch (Exception e) when (e is ShapeException or ArgumentException)
        {
            throw node.Error(e.Message, e);
        }

        Pass(node, new Activation(name, _builder.CurrentShape.ToArray()[1..]));
    }

    private void Flatten(OnnxNode node)
    {
        Activation input = Input(node);
        int axis = node.Axis(node.Integer("axis", 1), input.Dimensions.Count + 1);
        if (axis != 1) throw node.Error($"a flattening from axis {axis} is not supported, only one from axis 1, of each image.");
        Flattened(node, input);
    }

    /// <summary>Reshape, Squeeze and Unsqueeze that leave the images as they are, or flatten each.</summary>
    private void Reshape(OnnxNode node)
    {
        Activation input = Input(node);
        int[] from = [_graph.Batch ?? 1, .. input.Dimensions];
        int[] to = node.Operator switch
        {
            "Reshape" => Reshaping.Reshape(node, from, Target(node)),
            "Squeeze" => Reshaping.Squeeze(node, from, Reshaping.Axes(node, _graph) ?? [.. Enumerable.Range(1, input.Dimensions.Count).Where(i => from[i] == 1)]),
            _ => Reshaping.Unsqueeze(node, from, Reshaping.Axes(node, _graph)),
        };
        if (to.Length > 0 && to[0] == from[0] && to.Length == 2) Flattened(node, input);
        else if (to.SequenceEqual(from)) Pass(node, input);
        else throw node.Error($"from {OnnxConstant.Text(from)} to {OnnxConstant.Text(to)} is not supported, only to [N, features].");
    }

    /// <summary>The shape that a Reshape asks for. Where the graph leaves N open, a number in its place would fix it.</summary>
    private long[] Target(OnnxNode node)
    {
        long[] shape = _graph.Constant(node.Input(1), node).ToIntegers(node);
        return _graph.Batch is not null || shape is [0 or -1, ..]
            ? shape
            : throw node.Error($"the shape [{string.Join(", ", shape)}] fixes the number of images, which the graph's input leaves open; it begins with 0 or -1.");
    }

    private void Flattened(OnnxNode node, Activation input)
    {
        if (_builder.From(input.Layer).CurrentShape.Rank == 4) Shaped(node, new FlattenLayer(NameOf(node)), input);
        else Pass(node, new Activation(input.Layer, [_builder.CurrentShape.C]));
    }

    private float Number(OnnxNode node, string name)
    {
        OnnxConstant constant = _graph.Constant(name, node);
        return constant.Count == 1 ? constant.ToFloats()[0] : throw node.Error($"{OnnxFile.Quote(name)} is one number, not {constant.Shape}.");
    }
}
