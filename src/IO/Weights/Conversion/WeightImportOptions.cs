namespace AlexNetCuda.IO;

/// <summary>How <see cref="WeightImport"/> reads a file.</summary>
public sealed record WeightImportOptions
{
    /// <summary>The names and layouts of the file.</summary>
    public WeightConvention Convention { get; init; }

    /// <summary>Layers or parameters to leave as they are, by name (<c>fc8</c>, <c>fc8/biases</c>) with * and ?: for example a last layer that has another number of classes.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Whether the order of the image's channels is turned around, RGB for BGR: the input channels of the first convolution's filters are.</summary>
    public bool ReverseChannels { get; init; }

    /// <summary>Whether parameters that the file lacks stay as they are; else a file that lacks some is an error.</summary>
    public bool AllowMissing { get; init; }
}

/// <summary>What became of a file's tensors and a network's parameters.</summary>
/// <param name="Read">Parameters that were read.</param>
/// <param name="Skipped">Parameters left as they are because the options say so.</param>
/// <param name="Missing">Parameters left as they are because the file lacks them.</param>
/// <param name="Unused">Tensors of the file that belong to no parameter.</param>
public sealed record WeightImportReport(
    IReadOnlyList<string> Read, IReadOnlyList<string> Skipped, IReadOnlyList<string> Missing, IReadOnlyList<string> Unused);
