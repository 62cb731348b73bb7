using System.Text.Json;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using Xunit;

namespace AlexNetCuda.IO.Tests.Weights;

/// <summary>The small network of tests/data/weights/torch/make_torch.py, and what PyTorch computed with it in double precision.</summary>
internal static class SmallNetwork
{
    public static Network Create(int classes = 7) => new NetworkBuilder("small", 3, 95, 127)
        .Convolution("conv1", 8, 11, 4, Padding.Explicit(2)).Relu().MaxPool("pool1", 3, 2)
        .Convolution("conv2", 12, 5, 1, Padding.Explicit(2)).Relu().MaxPool("pool2", 3, 2)
        .Convolution("conv3", 16, 3, 1, Padding.Explicit(1)).Relu()
        .Convolution("conv4", 12, 3, 1, Padding.Explicit(1)).Relu()
        .Convolution("conv5", 10, 3, 1, Padding.Explicit(1)).Relu().MaxPool("pool5", 3, 2)
        .Dropout(0.5f, "fc6/dropout").FullyConnected("fc6", 20).Relu()
        .Dropout(0.5f, "fc7/dropout").FullyConnected("fc7", 24).Relu()
        .FullyConnected("fc8", classes).SoftmaxCrossEntropy().Build();

    public static Parameters CreateParameters(Network network) => network.CreateParameters(seed: 5, ElementType.Float64);

    public static string Data(string name) => TestFiles.Weights(Path.Combine("torch", name));

    /// <summary>All values of all parameters.</summary>
    public static double[] Values(Parameters parameters) => [.. parameters.All.SelectMany(Values)];

    public static double[] Values(Parameter parameter)
    {
        var values = new double[parameter.Info.Shape.Count];
        parameter.Read(values);
        return values;
    }

    /// <summary>The scores of the script's image are PyTorch's. Both sum in double precision, in different orders: some thousand terms of 1e-16 each.</summary>
    public static void ScoresAre(string key, Network network, Parameters parameters)
    {
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Data("small.json")));
        double[] scores = [.. expected.RootElement.GetProperty(key).EnumerateArray().Select(s => s.GetDouble())];
        ScoresAre(scores, 1e-11, network, parameters);
    }

    public static void ScoresAre(double[] expected, double tolerance, Network network, Parameters parameters)
    {
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(device, parameters, new CompileOptions { Target = "fc8" });
        var image = new double[network.InputShape(1).Count];
        for (int i = 0; i < image.Length; i++) image[i] = (i * 7919L % 1009 / 504.0) - 1;
        executable.SetInput(image);
        executable.Forward();
        var scores = new double[expected.Length];
        executable.ReadOutput(scores);
        for (int i = 0; i < scores.Length; i++) Assert.Equal(expected[i], scores[i], tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}
