using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>What each layer refuses; every message names the layer and the shape it cannot take.</summary>
public class LayerErrorTests
{
    private static readonly Initializer Zero = new ConstantInitializer(0);
    private static readonly Shape Image = new(2, 6, 5, 7), Row = new(2, 6), Vector = new(2);

    private static ConvolutionLayer Convolution(int filters, int groups) =>
        new("conv1", filters, Window.Square(3, 1, Padding.Same), groups, true, Zero, Zero);

    public static TheoryData<Layer, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<Layer, string, string>();
            void Add(Layer layer, Shape input, string reason) =>
                cases.Add(layer, input.ToString(), $"Layer '{layer.Name}' ({layer.Kind}) cannot take an input of shape {input}: {reason}");

            Add(Convolution(4, 1), Row, "it needs images, [N, C, H, W].");
            Add(Convolution(0, 1), Image, "it needs at least 1 filter and 1 group, not 0 and 1.");
            Add(Convolution(4, 0), Image, "it needs at least 1 filter and 1 group, not 4 and 0.");
            Add(Convolution(4, 4), Image, "the number of groups, 4, does not divide both 6 input channels and 4 filters.");
            Add(Convolution(4, 3), Image, "the number of groups, 3, does not divide both 6 input channels and 4 filters.");
            Add(new FullyConnectedLayer("fc1", 0, true, Zero, Zero), Image, "it needs at least 1 output, not 0.");
            Add(new FullyConnectedLayer("fc1", 3, true, Zero, Zero), Vector, "it needs [N, features] or [N, C, H, W].");
            Add(new FullyConnectedLayer("fc1", 3, true, Zero, Zero), new Shape(1, 8, 1 << 14, 1 << 14),
                "that is more features than a fully connected layer takes.");
            Add(new FlattenLayer("flat"), new Shape(1, 8, 1 << 14, 1 << 14), "that is more features than one dimension holds.");
            Add(new LrnLayer("lrn1", 2, 1, 1e-4f, 0.75f), Row, "it needs images, [N, C, H, W].");
            Add(new LrnLayer("lrn1", -1, 1, 1e-4f, 0.75f), Image, "the radius is at least 0, not -1.");
            Add(new LrnLayer("lrn1", 2, 0, 1, 0.75f), Image, "k is above 0, alpha at least 0 and beta finite, not 0, 1, 0.75.");
            Add(new LrnLayer("lrn1", 2, 1, -1, 0.75f), Image, "k is above 0, alpha at least 0 and beta finite, not 1, -1, 0.75.");
            Add(new LrnLayer("lrn1", 2, float.NaN, 1, 0.75f), Image, "k is above 0, alpha at least 0 and beta finite, not NaN, 1, 0.75.");
            Add(new LrnLayer("lrn1", 2, 1, 1, float.NaN), Image, "k is above 0, alpha at least 0 and beta finite, not 1, 1, NaN.");
            Add(new MaxPoolLayer("pool1", Window.Square(2, 2, Padding.Valid)), Row, "it needs images, [N, C, H, W].");
            Add(new MaxPoolLayer("pool1", Window.Square(2, 2, Padding.Explicit(2))), Image,
                "the padding of a pooling layer is smaller than its kernel: 2x2 / 2 pad 2.");
            Add(new AveragePoolLayer("pool1", new Window(3, 2, 1, 1, Padding.Explicit(0, 0, 0, 2)), false), Image,
                "the padding of a pooling layer is smaller than its kernel: 3x2 / 1 pad 0,0,0,2.");
            Add(new DropoutLayer("drop", 0), Row, "the probability to keep is above 0 and at most 1, not 0.");
            Add(new DropoutLayer("drop", float.NaN), Row, "the probability to keep is above 0 and at most 1, not NaN.");
            Add(new DropoutLayer("drop", 1.01f), Row, "the probability to keep is above 0 and at most 1, not 1.01.");
            Add(new SoftmaxLayer("soft"), Image, "it needs [N, classes].");
            Add(new ArgMaxLayer("arg"), Image, "it needs [N, classes].");
            Add(new ConcatLayer("join"), Vector, "it needs [N, C, H, W] or [N, C].");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_refuses_what_it_cannot_take_and_names_itself_and_the_shape(Layer layer, string shape, string message)
    {
        Shape input = new(shape.Trim('[', ']').Split(", ").Select(d => int.Parse(d, System.Globalization.CultureInfo.InvariantCulture)).ToArray());
        Assert.Equal(message, Assert.Throws<ShapeException>(() => layer.InferShape([input])).Message);
    }

    [Fact]
    public void The_number_of_inputs_is_checked()
    {
        var error = Assert.Throws<ShapeException>(() => new ReluLayer("relu1").InferShape([Row, Row]));
        Assert.Equal("Layer 'relu1' (ReLU) has one input, not 2.", error.Message);
        error = Assert.Throws<ShapeException>(() => new ConcatLayer("join").InferShape([]));
        Assert.Equal("Layer 'join' (concat) has at least one input.", error.Message);
        error = Assert.Throws<ShapeException>(() => new SoftmaxCrossEntropyLayer("loss").InferShape([Row]));
        Assert.Equal("Layer 'loss' (softmax cross-entropy) has two inputs, scores and labels, not 1.", error.Message);
        error = Assert.Throws<ShapeException>(() => new SoftmaxCrossEntropyLayer("loss").InferShape([Image, Vector]));
        Assert.Equal("Layer 'loss' (softmax cross-entropy) cannot take an input of shape [2, 6, 5, 7]: it needs [N, classes].", error.Message);
        error = Assert.Throws<ShapeException>(() => new SoftmaxCrossEntropyLayer("loss").InferShape([Row, new Shape(3)]));
        Assert.Equal("Layer 'loss' (softmax cross-entropy) cannot take an input of shape [2, 6]: the labels have the shape [3], not [2].", error.Message);
    }

    [Fact]
    public void Inputs_of_a_concatenation_are_alike_in_all_but_the_channels()
    {
        foreach (Shape other in new Shape[] { Row, new(1, 6, 5, 7), new(2, 6, 4, 7), new(2, 6, 5, 8) })
        {
            var error = Assert.Throws<ShapeException>(() => new ConcatLayer("join").InferShape([Image, other]));
            Assert.Equal($"Layer 'join' (concat) cannot take an input of shape {other}: input 0 has shape [2, 6, 5, 7]; all but the channels have to be alike.", error.Message);
        }

        var huge = new Shape(1, int.MaxValue, 1, 1);
        Assert.Contains("4294967294 channels", Assert.Throws<ShapeException>(() => new ConcatLayer("join").InferShape([huge, huge])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_that_keep_the_shape_keep_it_and_the_others_make_these()
    {
        foreach (Layer layer in new Layer[] { new ReluLayer("x"), new LrnLayer("x", 2, 1, 1, 1), new DropoutLayer("x", 1) })
            Assert.Equal(Image, layer.InferShape([Image]));
        Assert.Equal(new Shape(2, 4, 5, 7), Convolution(4, 2).InferShape([Image]));
        Assert.Equal(new Shape(2, 9), new FullyConnectedLayer("x", 9, false, Zero, Zero).InferShape([Image]));
        Assert.Equal(new Shape(2, 9), new FullyConnectedLayer("x", 9, false, Zero, Zero).InferShape([Row]));
        Assert.Equal(new Shape(2, 210), new FlattenLayer("x").InferShape([Image]));
        Assert.Equal(new Shape(2, 6, 2, 3), new MaxPoolLayer("x", Window.Square(2, 2, Padding.Valid)).InferShape([Image]));
        Assert.Equal(new Shape(2, 6, 3, 4), new AveragePoolLayer("x", Window.Square(2, 2, Padding.Same), true).InferShape([Image]));
        Assert.Equal(Row, new SoftmaxLayer("x").InferShape([Row]));
        Assert.Equal(new Shape(2, 15, 5, 7), new ConcatLayer("x").InferShape([Image, new Shape(2, 9, 5, 7)]));
        Assert.Equal(new Shape(2, 7), new ConcatLayer("x").InferShape([Row, new Shape(2, 1)]));
        Assert.Equal(Vector, new ArgMaxLayer("x").InferShape([Row]));
        Assert.Equal(ElementType.Int32, new ArgMaxLayer("x").OutputElement);
        Assert.Equal(new Shape(1), new L2LossLayer("x").InferShape([Image]));
        Assert.Equal(new Shape(1), new SoftmaxCrossEntropyLayer("x").InferShape([Row, Vector]));
    }
}
