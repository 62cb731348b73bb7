namespace AlexNetCuda;

/// <summary>A network of the zoo.</summary>
public sealed class ZooEntry
{
    private const double MostWidth = 16;
    private readonly Func<ZooEntry, NetworkOptions, Network> _build;

    internal ZooEntry(string name, int inputSize, int? classes, bool hasDropout, string description, Func<ZooEntry, NetworkOptions, Network> build)
    {
        (Name, InputSize, Classes, HasDropout, Description) = (name, inputSize, classes, hasDropout, description);
        _build = build;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The original's rows and columns of an image.</summary>
    public int InputSize { get; }

    /// <summary>The original's number of outputs; null where there is no fully connected layer.</summary>
    public int? Classes { get; }

    /// <summary>Whether it has dropout.</summary>
    public bool HasDropout { get; }

    /// <summary>What it is, in a line.</summary>
    public string Description { get; }

    /// <summary>Builds the network.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or does not apply to this network.</exception>
    /// <exception cref="Layers.ShapeException">The layers do not admit the input size.</exception>
    public Network Create(NetworkOptions? options = null)
    {
        options ??= new NetworkOptions();
        if (options.InputSize is < 1) throw new ArgumentException($"The input size is at least 1, not {options.InputSize}.");
        if (options.Classes is < 1) throw new ArgumentException($"The number of classes is at least 1, not {options.Classes}.");
        if (!(options.Width is > 0 and <= MostWidth)) throw new ArgumentException($"The width is above 0 and at most {MostWidth}, not {options.Width}.");
        if (options.Classes is not null && Classes is null) throw new ArgumentException($"Network '{Name}' has no classes: it ends with a pooling.");
        if (options.KeepProbability is not null && !HasDropout) throw new ArgumentException($"Network '{Name}' has no dropout.");
        if (options.KeepProbability is <= 0 or > 1 or float.NaN)
            throw new ArgumentException($"The probability to keep is above 0 and at most 1, not {options.KeepProbability}.");
        if (options.Loss == LossKind.SoftmaxCrossEntropy && Classes is null)
            throw new ArgumentException($"Network '{Name}' has no classes: it cannot have a cross-entropy loss.");
        return _build(this, options);
    }
}
