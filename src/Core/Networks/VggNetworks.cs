using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda;

/// <summary>The VGG networks: five stages of 3x3 convolutions, each ended by a max-pooling, then three fully connected layers.</summary>
internal static class VggNetworks
{
    private static readonly Dictionary<string, int[]> Convolutions = new()
    {
        ["vgg11"] = [1, 1, 2, 2, 2],
        ["vgg13"] = [2, 2, 2, 2, 2],
        ["vgg16"] = [2, 2, 3, 3, 3],
        ["vgg19"] = [2, 2, 4, 4, 4],
    };

    private static readonly int[] Filters = [64, 128, 256, 512, 512];

    public static Network Create(ZooEntry entry, NetworkOptions options)
    {
        Initializer? weights = options.Original(new XavierUniformInitializer()), tenth = options.Original(ZooBuilding.Tenth);
        float keep = options.KeepProbability ?? 0.5f;
        NetworkBuilder builder = ZooBuilding.Begin(entry, options);
        int[] counts = Convolutions[entry.Name];
        for (int stage = 1; stage <= counts.Length; stage++)
        {
            for (int i = 1; i <= counts[stage - 1]; i++) builder.Convolution($"conv{stage}_{i}", options.Wide(Filters[stage - 1]), 3, weights: weights).Relu();
            builder.MaxPool($"pool{stage}", 2, 2, Padding.Same);
        }

        return builder
            .FullyConnected("fc6", options.Wide(4096), weights: weights, biases: tenth).Relu().Dropout(keep, "fc6/dropout")
            .FullyConnected("fc7", options.Wide(4096), weights: weights, biases: tenth).Relu().Dropout(keep, "fc7/dropout")
            .FullyConnected("fc8", options.Classes ?? 1000, weights: weights, biases: tenth)
            .Loss(options, LossKind.L2, "fc8", "fc8")
            .Softmax().ArgMax().Build();
    }
}
