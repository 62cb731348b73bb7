using System.Globalization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.IO;

/// <summary>
/// Names as torchvision's AlexNet and VGG have them (torchvision/models/alexnet.py, vgg.py): two sequences, <c>features</c> and <c>classifier</c>, whose layers are
/// numbered from 0. The classifier begins with the first fully connected layer, or with the dropout before it; flattening has no number, a loss ends the count.
/// </summary>
internal static class TorchvisionNames
{
    /// <summary>By layer: the name without <c>.weight</c> or <c>.bias</c>.</summary>
    public static Dictionary<string, string> Of(Network network)
    {
        Layer[] layers = [.. network.Nodes.Select(n => n.Layer).Where(l => l is not (FlattenLayer or LossLayer))];
        int split = Array.FindIndex(layers, l => l is FullyConnectedLayer);
        if (split < 0) split = layers.Length;
        while (split > 0 && layers[split - 1] is DropoutLayer) split--;
        var names = new Dictionary<string, string>();
        for (int i = 0; i < layers.Length; i++)
            names[layers[i].Name] = string.Create(CultureInfo.InvariantCulture, $"{(i < split ? "features" : "classifier")}.{(i < split ? i : i - split)}");
        return names;
    }
}
