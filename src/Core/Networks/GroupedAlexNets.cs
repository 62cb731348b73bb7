using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda;

/// <summary>The two-tower network of 2012, Caffe's two, and torchvision's.</summary>
internal static class GroupedAlexNets
{
    public static Network TwoTower(ZooEntry entry, NetworkOptions options) =>
        Grouped(entry, options, poolFirst: false, k: 2, alpha: 1e-4f, ZooBuilding.One, 0.01f);

    public static Network Bvlc(ZooEntry entry, NetworkOptions options) =>
        Grouped(entry, options, poolFirst: false, k: 1, alpha: 1e-4f / 5, ZooBuilding.Tenth, 0.005f);

    public static Network CaffeNet(ZooEntry entry, NetworkOptions options) =>
        Grouped(entry, options, poolFirst: true, k: 1, alpha: 1e-4f / 5, ZooBuilding.One, 0.005f);

    public static Network Torchvision(ZooEntry entry, NetworkOptions options)
    {
        Initializer? all = options.Original(new FanInUniformInitializer());
        float keep = options.KeepProbability ?? 0.5f;
        Padding one = Padding.Explicit(1), two = Padding.Explicit(2);
        return ZooBuilding.Begin(entry, options)
            .Convolution("conv1", options.Wide(64), 11, 4, two, weights: all, biases: all).Relu().MaxPool("pool1", 3, 2)
            .Convolution("conv2", options.Wide(192), 5, 1, two, weights: all, biases: all).Relu().MaxPool("pool2", 3, 2)
            .Convolution("conv3", options.Wide(384), 3, 1, one, weights: all, biases: all).Relu()
            .Convolution("conv4", options.Wide(256), 3, 1, one, weights: all, biases: all).Relu()
            .Convolution("conv5", options.Wide(256), 3, 1, one, weights: all, biases: all).Relu().MaxPool("pool5", 3, 2)
            .Dropout(keep, "fc6/dropout").FullyConnected("fc6", options.Wide(4096), weights: all, biases: all).Relu()
            .Dropout(keep, "fc7/dropout").FullyConnected("fc7", options.Wide(4096), weights: all, biases: all).Relu()
            .FullyConnected("fc8", options.Classes ?? 1000, weights: all, biases: all)
            .Loss(options, LossKind.SoftmaxCrossEntropy, "fc8", "fc8").Build();
    }

    /// <summary>The network with two groups in conv2, conv4 and conv5, whose biases (and those of fc6 and fc7) begin at <paramref name="high"/>.</summary>
    private static Network Grouped(ZooEntry entry, NetworkOptions options, bool poolFirst, float k, float alpha, Initializer high, float fullDeviation)
    {
        Initializer? weights = options.Original(new NormalInitializer(0.01f)), full = options.Original(new NormalInitializer(fullDeviation));
        Initializer? zero = options.Original(ZooBuilding.Zero), raised = options.Original(high);
        float keep = options.KeepProbability ?? 0.5f;
        NetworkBuilder Tail(NetworkBuilder builder, int stage) => poolFirst
            ? builder.MaxPool($"pool{stage}", 3, 2).Lrn($"lrn{stage}", 2, k, alpha, 0.75f)
            : builder.Lrn($"lrn{stage}", 2, k, alpha, 0.75f).MaxPool($"pool{stage}", 3, 2);
        Padding one = Padding.Explicit(1), two = Padding.Explicit(2);

        NetworkBuilder builder = ZooBuilding.Begin(entry, options);
        Tail(builder.Convolution("conv1", options.Wide(96), 11, 4, Padding.Valid, weights: weights, biases: zero).Relu(), 1);
        Tail(builder.Convolution("conv2", options.Wide(256), 5, 1, two, groups: 2, weights: weights, biases: raised).Relu(), 2);
        return builder
            .Convolution("conv3", options.Wide(384), 3, 1, one, weights: weights, biases: zero).Relu()
            .Convolution("conv4", options.Wide(384), 3, 1, one, groups: 2, weights: weights, biases: raised).Relu()
            .Convolution("conv5", options.Wide(256), 3, 1, one, groups: 2, weights: weights, biases: raised).Relu().MaxPool("pool5", 3, 2)
            .FullyConnected("fc6", options.Wide(4096), weights: full, biases: raised).Relu().Dropout(keep, "fc6/dropout")
            .FullyConnected("fc7", options.Wide(4096), weights: full, biases: raised).Relu().Dropout(keep, "fc7/dropout")
            .FullyConnected("fc8", options.Classes ?? 1000, weights: weights, biases: zero)
            .Loss(options, LossKind.SoftmaxCrossEntropy, "fc8", "fc8").Build();
    }
}
