namespace AlexNetCuda;

/// <summary>Which initialisers a network of the zoo is built with.</summary>
public enum InitializationScheme
{
    /// <summary>Those of the network's original.</summary>
    Original,

    /// <summary>He weights and zero biases: trains rectifier networks from scratch.</summary>
    He,

    /// <summary>Xavier weights and zero biases.</summary>
    Xavier,
}

/// <summary>Which loss a network of the zoo is built with.</summary>
public enum LossKind
{
    /// <summary>That of the network's original benchmark.</summary>
    Original,

    /// <summary>TensorFlow's l2_loss of the last layer with a gradient of its own (for <c>alexnet-owt-softmax10</c>: of the softmax).</summary>
    L2,

    /// <summary>The mean softmax cross-entropy of the last fully connected layer's scores.</summary>
    SoftmaxCrossEntropy,
}

/// <summary>How a network of the zoo differs from its original.</summary>
public sealed record NetworkOptions
{
    /// <summary>Outputs of the last layer; null is the original's number.</summary>
    public int? Classes { get; init; }

    /// <summary>The probability with which dropout keeps an element; null is the original's.</summary>
    public float? KeepProbability { get; init; }

    /// <summary>Rows and columns of an image; null is the original's.</summary>
    public int? InputSize { get; init; }

    /// <summary>
    /// What the numbers of filters and of hidden units are multiplied by, and rounded to even numbers: 1 is the original, less a smaller network for smaller tasks. The outputs of
    /// the last layer stay.
    /// </summary>
    public double Width { get; init; } = 1;

    /// <summary>The initialisers.</summary>
    public InitializationScheme Initialization { get; init; }

    /// <summary>The loss.</summary>
    public LossKind Loss { get; init; }

    /// <summary>
    /// Whether a cross-entropy loss is taken of what the original ends with: the rectified scores of <c>alexnet-same</c>. Otherwise, and in the other networks anyway, of the linear scores.
    /// </summary>
    public bool OriginalHead { get; init; }
}
