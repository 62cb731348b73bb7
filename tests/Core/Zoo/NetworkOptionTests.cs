using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class NetworkOptionTests
{
    [Theory]
    [InlineData("alexnet-owt-softmax10", "fc9")]
    [InlineData("alexnet-valid", "fc8")]
    [InlineData("alexnet-same", "fc8")]
    [InlineData("alexnet-2012", "fc8")]
    [InlineData("bvlc-alexnet", "fc8")]
    [InlineData("caffenet", "fc8")]
    [InlineData("torchvision-alexnet", "fc8")]
    [InlineData("vgg11", "fc8")]
    [InlineData("vgg16", "fc8")]
    public void The_number_of_classes_changes_the_last_layer_alone(string name, string last)
    {
        Network original = NetworkZoo.Create(name), other = NetworkZoo.Create(name, new NetworkOptions { Classes = 6 });
        Assert.Equal(new Shape(1, 6), other.InferShapes(1)[last]);
        Assert.Equal(
            original.Parameters.Where(p => !p.Name.StartsWith(last, StringComparison.Ordinal)),
            other.Parameters.Where(p => !p.Name.StartsWith(last, StringComparison.Ordinal)));
        int inputs = original.Parameters[^2].Shape.C, classes = original.Parameters[^2].Shape.N;
        Assert.Equal((long)(classes - 6) * (inputs + 1), original.ParameterCount - other.ParameterCount);
    }

    [Fact]
    public void The_probability_to_keep_goes_to_every_dropout()
    {
        foreach (ZooEntry entry in NetworkZoo.All.Where(e => e.HasDropout))
        {
            DropoutLayer[] layers = [.. entry.Create(new NetworkOptions { KeepProbability = 0.75f }).Nodes.Select(n => n.Layer).OfType<DropoutLayer>()];
            Assert.Equal(["fc6/dropout", "fc7/dropout"], layers.Select(l => l.Name));
            Assert.All(layers, l => Assert.Equal(0.75f, l.KeepProbability));
        }
    }

    [Theory]
    [InlineData("alexnet-owt-softmax10", "softmax", "fc9")]
    [InlineData("alexnet-same", "fc8/relu", "fc8")]
    [InlineData("alexnet-valid", "fc8", "fc8")]
    [InlineData("caffenet", "fc8", "fc8")]
    [InlineData("torchvision-alexnet", "fc8", "fc8")]
    [InlineData("vgg19", "fc8", "fc8")]
    public void A_loss_is_taken_of_the_output_or_of_the_scores(string name, string output, string scores)
    {
        Network l2 = NetworkZoo.Create(name, new NetworkOptions { Loss = LossKind.L2 });
        Assert.IsType<L2LossLayer>(l2.Loss!.Layer);
        Assert.Equal([output], l2.Loss.Inputs);
        Network crossEntropy = NetworkZoo.Create(name, new NetworkOptions { Loss = LossKind.SoftmaxCrossEntropy });
        Assert.IsType<SoftmaxCrossEntropyLayer>(crossEntropy.Loss!.Layer);
        Assert.Equal([scores, Network.LabelsName], crossEntropy.Loss.Inputs);
    }

    [Theory] // the smallest size whose pool5 still has 3 rows to read, worked back through the layers by hand
    [InlineData("alexnet-owt-softmax10", 57)]
    [InlineData("alexnet-conv", 57)]
    [InlineData("alexnet-same", 57)]
    [InlineData("alexnet-valid", 59)]
    [InlineData("alexnet-2012", 67)]
    [InlineData("bvlc-alexnet", 67)]
    [InlineData("caffenet", 67)]
    [InlineData("torchvision-alexnet", 63)]
    public void An_AlexNet_takes_images_down_to_a_smallest_size(string name, int smallest)
    {
        Network network = NetworkZoo.Create(name, new NetworkOptions { InputSize = smallest });
        Assert.Equal(new Shape(1, 3, smallest, smallest), network.InputShape(1));
        Assert.Equal(new Shape(1, 256, 1, 1), network.InferShapes(1)["pool5"]);
        var error = Assert.Throws<ShapeException>(() => NetworkZoo.Create(name, new NetworkOptions { InputSize = smallest - 1 }));
        Assert.Equal("Layer 'pool5': a kernel of height 3 is larger than its input of height 2 with padding 0+0.", error.Message);
    }

    [Theory]
    [InlineData("alexnet-valid", 10, "Layer 'conv1': a kernel of height 11 is larger than its input of height 10 with padding 0+0.")]
    [InlineData("torchvision-alexnet", 6, "Layer 'conv1': a kernel of height 11 is larger than its input of height 6 with padding 2+2.")]
    [InlineData("alexnet-same", 8, "Layer 'pool1': a kernel of height 3 is larger than its input of height 2 with padding 0+0.")]
    [InlineData("caffenet", 34, "Layer 'pool2': a kernel of height 3 is larger than its input of height 2 with padding 0+0.")]
    public void An_impossible_size_names_the_layer_and_the_sizes(string name, int size, string message)
    {
        var error = Assert.Throws<ShapeException>(() => NetworkZoo.Create(name, new NetworkOptions { InputSize = size }));
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("alexnet-same", 227, 57, 28, 13, 6)] // 227 / 4 up; (57 - 3) / 2 + 1; ...
    [InlineData("alexnet-same", 321, 81, 40, 19, 9)]
    [InlineData("alexnet-valid", 224, 54, 27, 13, 6)]
    [InlineData("alexnet-2012", 224, 54, 26, 12, 5)]
    [InlineData("torchvision-alexnet", 256, 63, 31, 15, 7)]
    public void Other_sizes_give_these_shapes(string name, int size, int conv1, int pool1, int pool2, int pool5)
    {
        Network network = NetworkZoo.Create(name, new NetworkOptions { InputSize = size });
        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(1);
        Assert.Equal([conv1, pool1, pool2, pool5], new[] { "conv1", "pool1", "pool2", "pool5" }.Select(n => shapes[n].H));
        Assert.Equal([conv1, pool1, pool2, pool5], new[] { "conv1", "pool1", "pool2", "pool5" }.Select(n => shapes[n].W));
        Assert.Equal(256 * pool5 * pool5, network.Parameters.Single(p => p.Name == "fc6/weights").FanIn);
    }

    [Theory] // five halvings, each rounded up
    [InlineData(1, 1)]
    [InlineData(32, 1)]
    [InlineData(33, 2)]
    [InlineData(256, 8)]
    public void A_VGG_takes_images_of_any_size(int size, int pool5)
    {
        Network network = NetworkZoo.Create("vgg11", new NetworkOptions { InputSize = size });
        Assert.Equal(new Shape(1, 512, pool5, pool5), network.InferShapes(1)["pool5"]);
    }

    [Theory]
    [InlineData("alexnet-same")]
    [InlineData("vgg11")]
    [InlineData("torchvision-alexnet")]
    public void A_size_beyond_all_memory_is_refused_without_an_overflow(string name)
    {
        // 2^20: pool5 alone has 256 * 2^30 elements and more. The largest integer: even the images are too many.
        Exception? error = Record.Exception(() => NetworkZoo.Create(name, new NetworkOptions { InputSize = 1 << 20 }));
        Assert.StartsWith(
            "Layer 'fc6' (fully connected) cannot take an input of shape [1, ", Assert.IsType<ShapeException>(error).Message, StringComparison.Ordinal);
        error = Record.Exception(() => NetworkZoo.Create(name, new NetworkOptions { InputSize = int.MaxValue }));
        Assert.StartsWith(
            "A shape of [1, 3, 2147483647, 2147483647] has more elements than can be counted.", Assert.IsType<ArgumentException>(error).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_lists_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => NetworkZoo.Create("AlexNet"));
        Assert.Equal(
            "There is no network 'AlexNet'. There are: alexnet-owt-softmax10, alexnet-valid, alexnet-same, alexnet-conv, alexnet-2012, bvlc-alexnet, "
            + "caffenet, torchvision-alexnet, vgg11, vgg13, vgg16, vgg19.", error.Message);
    }

    public static TheoryData<string, NetworkOptions, string> BadOptions => new()
    {
        { "alexnet-same", new() { InputSize = 0 }, "The input size is at least 1, not 0." },
        { "alexnet-same", new() { Classes = 0 }, "The number of classes is at least 1, not 0." },
        { "alexnet-conv", new() { Classes = 10 }, "Network 'alexnet-conv' has no classes: it ends with a pooling." },
        { "alexnet-conv", new() { Loss = LossKind.SoftmaxCrossEntropy }, "Network 'alexnet-conv' has no classes: it cannot have a cross-entropy loss." },
        { "alexnet-same", new() { KeepProbability = 0.5f }, "Network 'alexnet-same' has no dropout." },
        { "alexnet-conv", new() { KeepProbability = 0.5f }, "Network 'alexnet-conv' has no dropout." },
        { "vgg16", new() { KeepProbability = 0 }, "The probability to keep is above 0 and at most 1, not 0." },
        { "vgg16", new() { KeepProbability = 1.5f }, "The probability to keep is above 0 and at most 1, not 1.5." },
        { "vgg16", new() { KeepProbability = float.NaN }, "The probability to keep is above 0 and at most 1, not NaN." },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void An_option_that_is_out_of_range_or_does_not_apply_is_refused(string name, NetworkOptions options, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => NetworkZoo.Create(name, options));
        Assert.Equal(message, error.Message);
    }
}
