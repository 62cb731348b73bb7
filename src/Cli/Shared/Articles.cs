namespace AlexNetCuda.Cli;

/// <summary>A network of the articles, with the seconds a batch of 32 that they print; null where they print none.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Forward">Seconds of a forward pass.</param>
/// <param name="ForwardBackward">Seconds of a forward and backward pass.</param>
internal sealed record ArticleFigure(string Network, double? Forward, double? ForwardBackward);

/// <summary>The five networks that the articles time, in their order, and what the articles say of them.</summary>
internal static class Articles
{
    /// <summary>The networks.</summary>
    public static IReadOnlyList<ArticleFigure> Figures { get; } =
    [
        new("alexnet-owt-softmax10", null, null),
        new("alexnet-valid", null, null),
        new("alexnet-same", 1.035, 3.7),
        new("alexnet-conv", null, null),
        new("vgg16", 14.2, 46.7),
    ];

    /// <summary>What the figures were measured on.</summary>
    public const string Note = "The articles' figures: TensorFlow on a 4-core CPU of 2017, seconds a batch of 32. "
        + "Their AlexNet on a GPU of that time took 0.026 s forward and 0.078 s forward-backward.";
}
