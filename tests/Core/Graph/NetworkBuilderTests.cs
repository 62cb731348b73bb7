using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class NetworkBuilderTests
{
    private static NetworkBuilder Begin() => new("small", 3, 8, 9);

    private static void Refused<T>(string message, Func<object> action)
        where T : Exception
    {
        Assert.StartsWith(message, Assert.Throws<T>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_layer_reads_the_one_before()
    {
        NetworkBuilder builder = Begin();
        Assert.Equal(new Shape(1, 3, 8, 9), builder.CurrentShape);
        builder.Convolution("conv1", 4, 3).Relu().Lrn("lrn1", 1, 1, 1, 0.5f).MaxPool("pool1", 3, 2).AveragePool("pool2", 2, 1)
            .Flatten().Dropout(0.5f).FullyConnected("fc1", 5).Softmax().ArgMax();
        Assert.Equal(new Shape(1), builder.CurrentShape);
        Network network = builder.Build();
        string[] names = ["conv1", "conv1/relu", "lrn1", "pool1", "pool2", "flatten", "flatten/dropout", "fc1", "softmax", "argmax"];
        Assert.Equal(names, network.Nodes.Select(n => n.Layer.Name));
        Assert.Equal(["input", .. names[..^1]], network.Nodes.Select(n => Assert.Single(n.Inputs)));
        Assert.Equal("argmax", network.Target);
        Assert.Null(network.Loss);
        Assert.Null(network.LossSource);
        Assert.True(network.HasDropout);
        Assert.Equal("small", network.Name);
        Assert.Equal("conv1", network["conv1"].Layer.Name);
    }

    [Fact]
    public void Settings_have_these_defaults()
    {
        Network network = Begin().Convolution("conv1", 4, 3).MaxPool("pool1", 3, 2).AveragePool("pool2", 2, 1).FullyConnected("fc1", 5).Build();
        var he = new HeNormalInitializer();
        var zero = new ConstantInitializer(0);
        Assert.Equal(
            [
                new ConvolutionLayer("conv1", 4, Window.Square(3, 1, Padding.Same), 1, true, he, zero),
                new MaxPoolLayer("pool1", Window.Square(3, 2, Padding.Valid)),
                new AveragePoolLayer("pool2", Window.Square(2, 1, Padding.Valid), CountPadding: false),
                new FullyConnectedLayer("fc1", 5, true, he, zero),
            ],
            network.Nodes.Select(n => n.Layer));
    }

    [Fact]
    public void A_branch_begins_where_it_is_told_to()
    {
        NetworkBuilder builder = Begin().Convolution("squeeze", 4, 1).Convolution("a", 5, 1).From("squeeze").Convolution("b", 6, 3);
        Assert.Equal("b", builder.Current);
        Network network = builder.Concat("join", "a", "b", Network.InputName).Relu().Build();
        Assert.Equal(["squeeze"], network["b"].Inputs);
        Assert.Equal(["a", "b", Network.InputName], network["join"].Inputs);
        Assert.Equal(new Shape(2, 14, 8, 9), network.InferShapes(2)["join/relu"]);
        Refused<ArgumentException>("Network 'small' has no layer 'c' to read.", () => Begin().From("c"));
        Refused<ArgumentException>("Network 'small' has no layer 'labels' to read.", () => Begin().Concat("join", Network.InputName, Network.LabelsName));
        Refused<ShapeException>("Layer 'join' (concat) has at least one input.", () => Begin().Concat("join"));
    }

    [Fact]
    public void Default_initialisers_hold_for_the_layers_that_follow()
    {
        NetworkBuilder builder = Begin().FullyConnected("a", 2);
        (builder.DefaultWeights, builder.DefaultBiases) = (new NormalInitializer(2), new ConstantInitializer(1));
        Network network = builder.FullyConnected("b", 2).FullyConnected("c", 2, weights: new ConstantInitializer(3), biases: new ConstantInitializer(4)).Build();
        Assert.Equal(
            [
                new HeNormalInitializer(), new ConstantInitializer(0), new NormalInitializer(2), new ConstantInitializer(1),
                new ConstantInitializer(3), new ConstantInitializer(4),
            ],
            network.Parameters.Select(p => p.Initializer));
    }

    [Fact]
    public void A_loss_ends_a_branch_and_may_be_of_any_layer()
    {
        Network network = Begin().FullyConnected("fc1", 5).SoftmaxCrossEntropy().Softmax().Build();
        Assert.Equal("fc1", network.LossSource);
        Assert.Equal(["fc1", "labels"], network.Loss!.Inputs);
        Assert.Equal(["fc1"], network["softmax"].Inputs);
        Assert.Equal("softmax", network.Target);
        network = Begin().FullyConnected("fc1", 5).Relu().FullyConnected("fc2", 3).L2Loss("fc1/relu", "penalty").Build("fc1");
        Assert.Equal(("fc1/relu", "penalty", "fc1"), (network.LossSource, network.Loss!.Layer.Name, network.Target));
    }

    [Fact]
    public void A_loss_that_is_added_as_a_layer_is_the_loss()
    {
        Network network = Begin().FullyConnected("fc1", 5).Add(new SoftmaxCrossEntropyLayer("xent")).Softmax().Build();
        Assert.Equal(["fc1", "labels"], network.Loss!.Inputs);
        Assert.Equal(["fc1"], network["softmax"].Inputs);
        Assert.Equal("fc1", Begin().FullyConnected("fc1", 5).Add(new L2LossLayer("l2")).Build().LossSource);
    }

    [Fact]
    public void A_network_does_not_change_when_its_builder_goes_on()
    {
        NetworkBuilder builder = Begin().FullyConnected("fc1", 5);
        Network first = builder.Build();
        Network second = builder.Relu().Build();
        Assert.Equal((1, 2), (first.Nodes.Count, second.Nodes.Count));
    }

    [Fact]
    public void A_layer_that_was_refused_leaves_no_trace()
    {
        NetworkBuilder builder = Begin();
        Assert.Throws<ShapeException>(() => builder.Convolution("conv1", 4, 30, padding: Padding.Valid));
        Network network = builder.Convolution("conv1", 4, 3).Build();
        Assert.Equal(new Shape(1, 4, 8, 9), network.InferShapes(1)["conv1"]);
    }

    [Fact]
    public void Names_are_taken_once()
    {
        Check("conv1", "convolution", () => Begin().Convolution("conv1", 4, 3).Convolution("conv1", 4, 3));
        Check("input", "fully connected", () => Begin().FullyConnected("input", 4));
        Check("labels", "softmax", () => Begin().Flatten().Softmax("labels"));
        Check(" ", "flatten", () => Begin().Flatten(" "));
        Check("loss", "flatten", () => Begin().Relu().L2Loss().Flatten("loss"));

        static void Check(string name, string kind, Func<object> action) =>
            Refused<ArgumentException>($"Network 'small': the name '{name}' of a {kind} layer is taken or empty.", action);
    }

    [Fact]
    public void There_is_one_loss_and_it_is_of_a_layer_there_is()
    {
        Refused<ArgumentException>("Network 'small' has a loss already, 'loss'.", () => Begin().Relu().L2Loss().L2Loss(name: "other"));
        Refused<ArgumentException>("Network 'small' has a loss already, 'loss'.", () => Begin().Relu().L2Loss().Add(new L2LossLayer("other")));
        Refused<ArgumentException>("Network 'small' has no layer 'fc9' to take a loss of.", () => Begin().Relu().L2Loss("fc9"));
        Refused<ArgumentException>("Network 'small' has no layer 'input' to take a loss of.", () => Begin().L2Loss());
        Refused<ShapeException>(
            "Layer 'loss' (softmax cross-entropy) cannot take an input of shape [1, 3, 8, 9]: it needs [N, classes].", () => Begin().Relu().SoftmaxCrossEntropy());
    }

    [Fact]
    public void A_network_has_a_layer_and_a_target_among_them()
    {
        Refused<ArgumentException>("Network 'small' has no layer.", () => Begin().Build());
        Refused<ArgumentException>("Network 'small' has no layer 'fc9'.", () => Begin().Relu("relu1").Build("fc9"));
        Refused<ArgumentException>("Network 'small' has no layer 'x'. It has: relu1, flat.", () => Begin().Relu("relu1").Flatten("flat").Build()["x"]);
        Refused<ArgumentException>("A batch has at least 1 image, not 0.", () => Begin().Relu().Build().InferShapes(0));
    }

    [Fact]
    public void Images_have_a_size_and_networks_a_name()
    {
        Refused<ArgumentException>("An image of network 'x' has at least 1 channel, row and column, not 3x0x5.", () => new NetworkBuilder("x", 3, 0, 5));
        Refused<ArgumentException>("", () => new NetworkBuilder(" ", 3, 1, 5));
        Refused<ArgumentNullException>("", () => Begin().Add(null!));
    }

    [Fact]
    public void Parameters_are_counted_by_hand()
    {
        Network network = Begin().Convolution("conv1", 4, 3, groups: 1).Convolution("conv2", 6, 5, groups: 2, bias: false)
            .FullyConnected("fc3", 7).FullyConnected("fc4", 2, bias: false).Build();
        long[] counts = [4 * 3 * 9, 4, 6 * 2 * 25, 7 * 6 * 8 * 9, 7, 2 * 7];
        Assert.Equal(counts, network.Parameters.Select(p => p.Shape.Count));
        Assert.Equal(counts.Sum(), network.ParameterCount);
        Assert.Equal(["conv1/weights", "conv1/biases", "conv2/weights", "fc3/weights", "fc3/biases", "fc4/weights"], network.Parameters.Select(p => p.Name));
        Assert.Equal(new Shape(6, 2, 5, 5), network.Parameters[2].Shape);
    }

    [Fact]
    public void Multiply_adds_are_counted_by_hand()
    {
        Network network = Begin().Convolution("conv1", 4, 3, stride: 2).Convolution("conv2", 6, 5, groups: 2).Relu().MaxPool("pool", 2, 2)
            .FullyConnected("fc3", 7).Softmax().Build();
        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(2);
        // conv1: 4x4x5 outputs of 3 * 9 taps; conv2: 6x4x5 outputs of 2 * 25 taps; fc3: 7 outputs of 6x2x2; two images.
        Assert.Equal(
            [2 * 4 * 20 * 27, 2 * 6 * 20 * 50, 0, 0, 2 * 7 * 24, 0],
            network.Nodes.Select(n => n.Layer.MultiplyAdds(shapes[n.Inputs[0]], shapes[n.Layer.Name])));
    }
}
