using System.Globalization;
using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>The layers of every network in their order, with settings and output shapes worked out by hand.</summary>
public class StructureTests
{
    // LRN's alpha 0.001 / 9 to four digits; convolutions without a word on groups and bias have one group and a bias.
    private const string Convolutions64 =
        "conv1 11/4 SAME 64x56x56, relu, lrn 4 1 0.0001111 0.75, pool1 3/2 VALID 64x27x27, "
        + "conv2 5/1 SAME 192x27x27, relu, lrn 4 1 0.0001111 0.75, pool2 3/2 VALID 192x13x13, "
        + "conv3 3/1 SAME 384x13x13, relu, conv4 3/1 SAME 256x13x13, relu, conv5 3/1 SAME 256x13x13, relu, pool5 3/2 VALID 256x6x6";

    private const string Grouped3To8 =
        "conv3 3/1 pad 1 384x13x13, relu, conv4 3/1 pad 1 384x13x13 groups 2, relu, conv5 3/1 pad 1 256x13x13 groups 2, relu, pool5 3/2 VALID 256x6x6, "
        + "fc6 4096, relu, dropout 0.5, fc7 4096, relu, dropout 0.5, fc8 1000, xent of fc8";

    private const string Conv1 = "conv1 11/4 VALID 96x55x55, relu, ", Conv2 = "conv2 5/1 pad 2 256x27x27 groups 2, relu, ";

    [Theory]
    [InlineData("alexnet-owt-softmax10", "softmax", Convolutions64 + ", fc6 4096, relu, fc7 4096, relu, fc8 1000, relu, fc9 10, softmax, l2 of softmax")]
    [InlineData("alexnet-conv", "pool5", Convolutions64 + ", l2 of pool5")]
    [InlineData("alexnet-same", "fc8/relu",
        "conv1 11/4 SAME 96x56x56, relu, lrn 5 1 0.0001111 0.75, pool1 3/2 VALID 96x27x27, "
        + "conv2 5/1 SAME 256x27x27, relu, lrn 5 1 0.0001111 0.75, pool2 3/2 VALID 256x13x13, "
        + "conv3 3/1 SAME 384x13x13, relu, conv4 3/1 SAME 384x13x13, relu, conv5 3/1 SAME 256x13x13, relu, pool5 3/2 VALID 256x6x6, "
        + "fc6 4096, relu, fc7 4096, relu, fc8 1000, relu, l2 of fc8/relu")]
    [InlineData("alexnet-valid", "fc8",
        "conv1 11/4 VALID 96x55x55 no bias, lrn 2 1 1E-05 0.75, pool1 3/2 SAME 96x28x28, "
        + "conv2 5/1 SAME 256x28x28 no bias, lrn 2 1 1E-05 0.75, pool2 3/2 VALID 256x13x13, "
        + "conv3 3/1 SAME 384x13x13 no bias, conv4 3/1 SAME 384x13x13 no bias, conv5 3/1 SAME 256x13x13 no bias, pool5 3/2 VALID 256x6x6, "
        + "fc6 4096, relu, dropout 0.5, fc7 4096, relu, dropout 0.5, fc8 1000, xent of fc8")]
    [InlineData("alexnet-2012", "fc8",
        Conv1 + "lrn 2 2 0.0001 0.75, pool1 3/2 VALID 96x27x27, " + Conv2 + "lrn 2 2 0.0001 0.75, pool2 3/2 VALID 256x13x13, " + Grouped3To8)]
    [InlineData("bvlc-alexnet", "fc8",
        Conv1 + "lrn 2 1 2E-05 0.75, pool1 3/2 VALID 96x27x27, " + Conv2 + "lrn 2 1 2E-05 0.75, pool2 3/2 VALID 256x13x13, " + Grouped3To8)]
    [InlineData("caffenet", "fc8",
        Conv1 + "pool1 3/2 VALID 96x27x27, lrn 2 1 2E-05 0.75, " + Conv2 + "pool2 3/2 VALID 256x13x13, lrn 2 1 2E-05 0.75, " + Grouped3To8)]
    [InlineData("torchvision-alexnet", "fc8",
        "conv1 11/4 pad 2 64x55x55, relu, pool1 3/2 VALID 64x27x27, conv2 5/1 pad 2 192x27x27, relu, pool2 3/2 VALID 192x13x13, "
        + "conv3 3/1 pad 1 384x13x13, relu, conv4 3/1 pad 1 256x13x13, relu, conv5 3/1 pad 1 256x13x13, relu, pool5 3/2 VALID 256x6x6, "
        + "dropout 0.5, fc6 4096, relu, dropout 0.5, fc7 4096, relu, fc8 1000, xent of fc8")]
    public void The_layers_of_an_AlexNet_are_these(string name, string target, string layers)
    {
        Network network = NetworkZoo.Create(name);
        Assert.Equal(layers.Split(", "), Describe(network));
        Assert.Equal(target, network.Target);
    }

    [Theory]
    [InlineData("vgg11", "1 1 2 2 2")]
    [InlineData("vgg13", "2 2 2 2 2")]
    [InlineData("vgg16", "2 2 3 3 3")]
    [InlineData("vgg19", "2 2 4 4 4")]
    public void The_layers_of_a_VGG_are_these(string name, string convolutions)
    {
        var expected = new List<string>();
        int size = 224;
        foreach ((int stage, string count) in convolutions.Split(' ').Index())
        {
            int filters = new[] { 64, 128, 256, 512, 512 }[stage];
            for (int i = 1; i <= int.Parse(count, CultureInfo.InvariantCulture); i++)
                expected.AddRange([$"conv{stage + 1}_{i} 3/1 SAME {filters}x{size}x{size}", "relu"]);
            size /= 2; // 112, 56, 28, 14, 7
            expected.Add($"pool{stage + 1} 2/2 SAME {filters}x{size}x{size}");
        }

        expected.AddRange(["fc6 4096", "relu", "dropout 0.5", "fc7 4096", "relu", "dropout 0.5", "fc8 1000", "l2 of fc8", "softmax", "argmax"]);
        Network network = NetworkZoo.Create(name);
        Assert.Equal(expected, Describe(network));
        Assert.Equal("argmax", network.Target);
    }

    [Fact]
    public void Shapes_carry_the_batch()
    {
        IReadOnlyDictionary<string, Shape> shapes = NetworkZoo.Create("alexnet-same").InferShapes(32);
        Assert.Equal(new Shape(32, 3, 224, 224), shapes["input"]);
        Assert.Equal(new Shape(32), shapes["labels"]);
        Assert.Equal(new Shape(32, 96, 56, 56), shapes["conv1"]);
        Assert.Equal("[32, 56, 56, 96]", shapes["conv1"].ToStringChannelsLast());
        Assert.Equal(new Shape(32, 256, 6, 6), shapes["pool5"]);
        Assert.Equal(new Shape(32, 1000), shapes["fc8/relu"]);
        Assert.Equal("[32, 1000]", shapes["fc8/relu"].ToStringChannelsLast());
        Assert.Equal(new Shape(1), shapes["loss"]);
        Assert.Equal(new Shape(4), NetworkZoo.Create("vgg11").InferShapes(4)["argmax"]);
    }

    [Fact]
    public void An_entry_tells_what_its_network_is_like()
    {
        foreach (ZooEntry entry in NetworkZoo.All)
        {
            Network network = entry.Create();
            Assert.Equal(entry.Name, network.Name);
            Assert.Equal((3, entry.InputSize, entry.InputSize), (network.Channels, network.Height, network.Width));
            Assert.Equal(entry.HasDropout, network.HasDropout);
            FullyConnectedLayer? last = network.Nodes.Select(n => n.Layer).OfType<FullyConnectedLayer>().LastOrDefault();
            Assert.Equal(entry.Classes, last?.Outputs);
            Assert.NotEmpty(entry.Description);
        }
    }

    private static IEnumerable<string> Describe(Network network)
    {
        IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(1);
        return network.Nodes.Select(node => Describe(node, shapes[node.Layer.Name]));
    }

    private static string Describe(Node node, Shape output) => node.Layer switch
    {
        ConvolutionLayer layer =>
            $"{Windowed(layer.Name, layer.Window, output)}{(layer.Groups > 1 ? $" groups {layer.Groups}" : "")}{(layer.HasBias ? "" : " no bias")}",
        MaxPoolLayer layer => Windowed(layer.Name, layer.Window, output),
        LrnLayer layer => string.Create(CultureInfo.InvariantCulture, $"lrn {layer.Radius} {layer.Bias} {layer.Alpha:g4} {layer.Beta}").Replace('e', 'E'),
        FullyConnectedLayer { HasBias: true } layer => $"{layer.Name} {layer.Outputs}",
        DropoutLayer layer => string.Create(CultureInfo.InvariantCulture, $"dropout {layer.KeepProbability}"),
        ReluLayer => "relu",
        SoftmaxLayer => "softmax",
        ArgMaxLayer => "argmax",
        L2LossLayer => "l2 of " + node.Inputs[0],
        SoftmaxCrossEntropyLayer => "xent of " + node.Inputs[0],
        _ => node.Layer.ToString(),
    };

    private static string Windowed(string name, Window window, Shape output)
    {
        Assert.Equal((window.KernelHeight, window.StrideHeight, SizeRounding.Floor), (window.KernelWidth, window.StrideWidth, window.Rounding));
        return $"{name} {window.KernelHeight}/{window.StrideHeight} {window.Padding} {output.C}x{output.H}x{output.W}";
    }
}
