using AlexNetCuda.Layers;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>
/// Networks of one operator, and small ones of all kinds of layers. What the reference device computes of them is kept: every precision is compared with it.
/// </summary>
internal sealed class NetworkCases
{
    /// <summary>Every kind of layer, and every chain that the CUDA device runs as one operator.</summary>
    internal IReadOnlyList<NetworkCase> Operators { get; } = [.. One()];

    /// <summary>Small networks like the articles'.</summary>
    internal IReadOnlyList<NetworkCase> Networks { get; } =
    [
        new NetworkCase("narrow alexnet", AlexNet(), 2, kinked: true),
        new NetworkCase("narrow vgg", Vgg(), 2, kinked: true),
        new NetworkCase("mixed layers", Mixed(), 3, kinked: true),
    ];

    /// <summary>VGG with two pools and few channels.</summary>
    internal static Network Vgg() => new NetworkBuilder("narrow-vgg", 3, 16, 16)
        .Convolution("conv1", 8, 3).Relu().Convolution("conv2", 8, 3).Relu().MaxPool("pool1", 2, 2)
        .Convolution("conv3", 16, 3).Relu().MaxPool("pool2", 2, 2)
        .FullyConnected("fc1", 32).Relu().FullyConnected("fc2", 10)
        .SoftmaxCrossEntropy().Build();

    /// <summary>AlexNet with its odd padding, LRN and groups, and few channels.</summary>
    private static Network AlexNet() => new NetworkBuilder("narrow-alexnet", 3, 64, 64)
        .Convolution("conv1", 16, 11, 4).Relu().Lrn("lrn1", 5, 1, 0.001f, 0.75f).MaxPool("pool1", 3, 2)
        .Convolution("conv2", 24, 5, groups: 2).Relu().Lrn("lrn2", 2, 1, 0.001f, 0.75f).MaxPool("pool2", 3, 2)
        .Convolution("conv3", 32, 3).Relu()
        .Convolution("conv5", 24, 3, groups: 2).Relu()
        .FullyConnected("fc6", 48).Relu().Dropout(0.5f)
        .FullyConnected("fc7", 10)
        .SoftmaxCrossEntropy().Build();

    private static Network Mixed() => new NetworkBuilder("mixed-layers", 4, 19, 17)
        .Convolution("conv1", 12, 3, 2, Padding.Explicit(0, 1, 1, 2)).Relu().AveragePool("pool1", 3, 1, countPadding: true, padding: Padding.Same)
        .Lrn("lrn1", 3, 1, 0.1f, 0.6f).Convolution("conv2", 9, 1, bias: false).MaxPool("pool2", 2, 2, Padding.Same)
        .Flatten().FullyConnected("fc1", 21, bias: false).Relu().Dropout(0.8f).FullyConnected("fc2", 7).Softmax().L2Loss().Build();

    private static IEnumerable<NetworkCase> One()
    {
        yield return Case("convolution", From(3, 13, 13).Convolution("conv", 10, 5));
        yield return Case("convolution of a stride with odd padding", From(3, 26, 26).Convolution("conv", 8, 11, 4));
        yield return Case("convolution in groups without bias", From(8, 7, 9).Convolution("conv", 12, 3, groups: 2, bias: false));
        yield return Case("convolution relu", From(5, 9, 9).Convolution("conv", 8, 3).Relu());
        yield return Case("convolution relu lrn max pool", From(4, 9, 9).Convolution("conv", 16, 3).Relu().Lrn("lrn", 2, 1, 0.01f, 0.75f).MaxPool("pool", 3, 2), kinked: true);
        yield return Case("relu", From(5, 6, 7).Relu("relu"), CaseInput.AwayFromZero);
        yield return Case("lrn", From(16, 5, 5).Lrn("lrn", 2, 1, 0.1f, 0.75f));
        yield return Case("lrn of another power", From(9, 4, 5).Lrn("lrn", 3, 2, 0.1f, 0.6f));
        yield return Case("max pool", From(8, 7, 7).MaxPool("pool", 3, 2), CaseInput.Distinct);
        yield return Case("average pool", From(8, 7, 7).AveragePool("pool", 3, 2));
        yield return Case("dropout", From(8, 5, 5).Dropout(0.5f, "dropout"));
        yield return Case("fully connected", From(6, 4, 4).FullyConnected("fc", 20));
        yield return Case("fully connected relu", From(33, 1, 1).FullyConnected("fc", 16).Relu());
        yield return Case("softmax", From(33, 1, 1).Flatten().Softmax());
        yield return new NetworkCase("argmax", new NetworkBuilder("argmax", 40, 1, 1).Flatten().L2Loss().ArgMax().Build(), 3);
        yield return new NetworkCase("softmax cross-entropy", From(30, 1, 1).Flatten().SoftmaxCrossEntropy().Build(), 3);

        static NetworkBuilder From(int channels, int height, int width) => new("case", channels, height, width);
        static NetworkCase Case(string name, NetworkBuilder builder, CaseInput kind = CaseInput.Uniform, bool kinked = false) =>
            new(name, builder.L2Loss().Build(), 3, kind, kinked);
    }
}
