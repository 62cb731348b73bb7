namespace AlexNetCuda.IO;

/// <summary>
/// What has to be known beside the weights to use them: the network of the zoo and its options, the names of the classes, the preprocessing. It is kept as JSON in the
/// metadata of our safetensors files, under <see cref="MetadataKey"/>.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The key of the metadata of a safetensors file under which the description is kept.</summary>
    public const string MetadataKey = "alexnetcuda.model";

    /// <summary>The network's name in <see cref="NetworkZoo"/>.</summary>
    public required string Network { get; init; }

    /// <summary>Rows and columns of an image.</summary>
    public required int InputSize { get; init; }

    /// <summary>Outputs of the last layer; null where the network has none.</summary>
    public int? Classes { get; init; }

    /// <summary>The loss the network is built with.</summary>
    public LossKind Loss { get; init; } = LossKind.SoftmaxCrossEntropy;

    /// <summary>As <see cref="NetworkOptions.Width"/>.</summary>
    public double Width { get; init; } = 1;

    /// <summary>As <see cref="NetworkOptions.OriginalHead"/>.</summary>
    public bool OriginalHead { get; init; }

    /// <summary>The names of the classes, in the order of the outputs; empty where they are not known.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The preprocessing; null where it is not known.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>Builds the network that is described.</summary>
    /// <param name="options">What else is asked for; name, input size, classes, width, loss and head are the description's.</param>
    /// <exception cref="ArgumentException">There is no such network, or it does not admit what is described.</exception>
    /// <exception cref="Layers.ShapeException">The layers do not admit the input size.</exception>
    public Network CreateNetwork(NetworkOptions? options = null) =>
        NetworkZoo.Create(Network, (options ?? new NetworkOptions()) with { InputSize = InputSize, Classes = Classes, Width = Width, Loss = Loss, OriginalHead = OriginalHead });

    /// <summary>The description as the JSON that is kept in a file.</summary>
    public string ToJson() => ModelJson.Write(this);

    /// <summary>The description that a file keeps; null where it keeps none.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="WeightFileException">It keeps something else under the key.</exception>
    public static ModelDescription? Of(SafetensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Metadata.TryGetValue(MetadataKey, out string? json) ? ModelJson.Read<ModelDescription>(json, file.Path, MetadataKey) : null;
    }
}
