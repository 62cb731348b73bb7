using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Networks to export: the zoo's with an eighth of their filters and small images, and one of what the zoo has not.</summary>
internal static class SmallNetworks
{
    /// <summary>The names of the zoo's networks.</summary>
    public static IEnumerable<string> Zoo => NetworkZoo.All.Select(e => e.Name);

    /// <summary>A network of the zoo with an eighth of the filters, a few outputs, and images as small as its pools admit, of an odd size somewhere on the way.</summary>
    public static Network Reduced(string name)
    {
        // 67: 15, 7 or 8, 3, 1 rows behind VALID first convolutions, as of 227. 65: the same of SAME ones. 50: 25, 13, 7, 4, 2 for VGG, where SAME pools pad.
        int size = name.StartsWith("vgg", StringComparison.Ordinal) ? 50 : NetworkZoo.Find(name).InputSize == 227 ? 67 : 65;
        Network full = NetworkZoo.Create(name, new NetworkOptions { InputSize = size });
        var builder = new NetworkBuilder(name, full.Channels, size, size);
        foreach (Layer layer in full.Nodes.Select(n => n.Layer).Where(l => l is not LossLayer))
        {
            builder.Add(layer switch
            {
                ConvolutionLayer convolution => convolution with { Filters = convolution.Filters / 8 },
                FullyConnectedLayer dense => dense with { Outputs = Math.Max(dense.Outputs / 64, 10) },
                _ => layer,
            });
        }

        return builder.Build(full.Target);
    }

    /// <summary>Branches, averages that count padding or do not, sizes rounded up, windows that are not square, dropouts, layers without biases.</summary>
    public static Network Odd()
    {
        NetworkBuilder builder = new NetworkBuilder("odd", 3, 17, 19)
            .Add(new ConvolutionLayer("conv1", 9, new Window(3, 5, 2, 1, Padding.Explicit(0, 1, 2, 3), SizeRounding.Ceiling), 3, false, new HeNormalInitializer(), new ConstantInitializer(0)))
            .Dropout(0.5f, "drop").MaxPool("max", 3, 2, Padding.Explicit(1), SizeRounding.Ceiling)
            .AveragePool("some", 3, 2, Padding.Explicit(1), SizeRounding.Ceiling);
        builder.From("max").AveragePool("all", 3, 2, Padding.Explicit(1), SizeRounding.Ceiling, countPadding: true).Lrn("lrn", 50, 2, 0.5f, 0.75f);
        return builder.Concat("join", "all", "lrn", "some").Relu().AveragePool("same", 2, 1, Padding.Same)
            .FullyConnected("fc", 7, bias: false).Dropout(0.5f).Build();
    }

    /// <summary>Weights and biases that keep values about as large as they are from layer to layer, none of them 0.</summary>
    public static Parameters Parameters(Network network) => network.CreateParameters(initializer: new ReferenceInitializer(network.Name + "/"));

    /// <summary>Images, uniform in [-1, 1), exact in single precision.</summary>
    public static double[] Images(Network network, int batch)
    {
        var images = new float[network.InputShape(batch).Count];
        ReferenceInitializer.Fill(images, 0, network.Name + "/images", 1);
        return [.. images.Select(v => (double)v)];
    }
}
