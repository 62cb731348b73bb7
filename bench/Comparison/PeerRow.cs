namespace AlexNetCuda.Bench.Comparison;

/// <summary>A network, a batch and a pass that are compared.</summary>
/// <param name="Network">Our name of the network.</param>
/// <param name="Letter">The peers' name of it.</param>
/// <param name="Batch">The number of images.</param>
/// <param name="Backward">Whether gradients are computed.</param>
/// <param name="OnnxRuntime">Whether ONNX Runtime has the network.</param>
internal sealed record PeerRow(string Network, string Letter, int Batch, bool Backward, bool OnnxRuntime)
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<PeerRow> All { get; } =
    [
        new("alexnet-same", "c", 32, false, true), new("alexnet-same", "c", 32, true, false),
        new("alexnet-owt-softmax10", "a", 32, false, true), new("alexnet-owt-softmax10", "a", 32, true, false),
        new("alexnet-valid", "b", 32, false, false), new("alexnet-valid", "b", 32, true, false),
        new("alexnet-conv", "e", 32, false, false), new("alexnet-conv", "e", 32, true, false),
        new("vgg16", "d", 32, false, true), new("vgg16", "d", 32, true, false),
        new("alexnet-same", "c", 1, false, true),
        new("alexnet-same", "c", 128, false, false), new("alexnet-same", "c", 128, true, false),
    ];

    /// <summary>The row's name, as <c>alexnet-same/forward/32</c>.</summary>
    public string Name => $"{Network}/{Pass}/{Batch}";

    /// <summary>The pass.</summary>
    public string Pass => Backward ? "forward-backward" : "forward";
}
