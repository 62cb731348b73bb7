using BenchmarkDotNet.Attributes;

namespace AlexNetCuda.Bench;

/// <summary>
/// Single layers of alexnet-same, each compiled as a network of its own over its own input; backward includes the gradient of that input (but for conv1,
/// whose input is the images) and an l2 loss.
/// </summary>
public class Operators : PassBenchmarks
{
    public static IEnumerable<string> Layers => ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "lrn1", "pool1"];

    [ParamsSource(nameof(Layers))]
    public string Layer { get; set; } = "";

    protected override string Subject => Layer;

    protected override bool InputGradient => Layer != "conv1";

    protected override Network CreateNetwork()
    {
        Network whole = NetworkZoo.Create("alexnet-same");
        Node node = whole[Layer];
        Shape input = whole.InferShapes(1)[node.Inputs[0]];
        return new NetworkBuilder(Layer, input.C, input.H, input.W).Add(node.Layer).L2Loss().Build();
    }
}
