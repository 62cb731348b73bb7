using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda;

/// <summary>The AlexNets that were written for TensorFlow.</summary>
internal static class TensorFlowAlexNets
{
    private const float Alpha = 0.001f / 9;

    public static Network OwtSoftmax10(ZooEntry entry, NetworkOptions options)
    {
        Initializer? weights = options.Original(new TruncatedNormalInitializer(0.1f));
        return Convolutions64(entry, options)
            .FullyConnected("fc6", options.Wide(4096), weights: weights).Relu()
            .FullyConnected("fc7", options.Wide(4096), weights: weights).Relu()
            .FullyConnected("fc8", options.Wide(1000), weights: weights).Relu()
            .FullyConnected("fc9", options.Classes ?? 10, weights: weights)
            .Softmax()
            .Loss(options, LossKind.L2, "fc9", "softmax").Build();
    }

    public static Network ConvolutionsOnly(ZooEntry entry, NetworkOptions options) => Convolutions64(entry, options).L2Loss().Build();

    public static Network Same(ZooEntry entry, NetworkOptions options)
    {
        Initializer? weights = options.Original(new TruncatedNormalInitializer(0.1f)), biases = options.Original(ZooBuilding.Tenth);
        return ZooBuilding.Begin(entry, options)
            .Convolution("conv1", options.Wide(96), 11, 4, weights: weights).Relu().Lrn("lrn1", 5, 1, Alpha, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", options.Wide(256), 5, weights: weights).Relu().Lrn("lrn2", 5, 1, Alpha, 0.75f).MaxPool("pool2", 3, 2)
            .Convolution("conv3", options.Wide(384), 3, weights: weights).Relu()
            .Convolution("conv4", options.Wide(384), 3, weights: weights).Relu()
            .Convolution("conv5", options.Wide(256), 3, weights: weights).Relu().MaxPool("pool5", 3, 2)
            .FullyConnected("fc6", options.Wide(4096), weights: weights, biases: biases).Relu()
            .FullyConnected("fc7", options.Wide(4096), weights: weights, biases: biases).Relu()
            .FullyConnected("fc8", options.Classes ?? 1000, weights: weights, biases: biases).Relu()
            .Loss(options, LossKind.L2, options.OriginalHead ? "fc8/relu" : "fc8", "fc8/relu").Build();
    }

    public static Network Valid(ZooEntry entry, NetworkOptions options)
    {
        Initializer? weights = options.Original(new TruncatedNormalInitializer(0.1f)), full = options.Original(new NormalInitializer(1));
        float keep = options.KeepProbability ?? 0.5f;
        return ZooBuilding.Begin(entry, options)
            .Convolution("conv1", options.Wide(96), 11, 4, Padding.Valid, bias: false, weights: weights)
            .Lrn("lrn1", 2, 1, 1e-5f, 0.75f).MaxPool("pool1", 3, 2, Padding.Same)
            .Convolution("conv2", options.Wide(256), 5, bias: false, weights: weights)
            .Lrn("lrn2", 2, 1, 1e-5f, 0.75f).MaxPool("pool2", 3, 2)
            .Convolution("conv3", options.Wide(384), 3, bias: false, weights: weights)
            .Convolution("conv4", options.Wide(384), 3, bias: false, weights: weights)
            .Convolution("conv5", options.Wide(256), 3, bias: false, weights: weights).MaxPool("pool5", 3, 2)
            .FullyConnected("fc6", options.Wide(4096), weights: full, biases: full).Relu().Dropout(keep, "fc6/dropout")
            .FullyConnected("fc7", options.Wide(4096), weights: full, biases: full).Relu().Dropout(keep, "fc7/dropout")
            .FullyConnected("fc8", options.Classes ?? 1000, weights: full, biases: full)
            .Loss(options, LossKind.SoftmaxCrossEntropy, "fc8", "fc8").Build();
    }

    /// <summary>The convolutions with 64 filters in the first layer, up to pool5.</summary>
    private static NetworkBuilder Convolutions64(ZooEntry entry, NetworkOptions options)
    {
        Initializer? weights = options.Original(new TruncatedNormalInitializer(0.1f));
        return ZooBuilding.Begin(entry, options)
            .Convolution("conv1", options.Wide(64), 11, 4, weights: weights).Relu().Lrn("lrn1", 4, 1, Alpha, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", options.Wide(192), 5, weights: weights).Relu().Lrn("lrn2", 4, 1, Alpha, 0.75f).MaxPool("pool2", 3, 2)
            .Convolution("conv3", options.Wide(384), 3, weights: weights).Relu()
            .Convolution("conv4", options.Wide(256), 3, weights: weights).Relu()
            .Convolution("conv5", options.Wide(256), 3, weights: weights).Relu().MaxPool("pool5", 3, 2);
    }
}
