namespace AlexNetCuda.IO;

/// <summary>How <see cref="OnnxExport"/> writes a network.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The number of images that the graph takes, at least 1; null leaves it open (a dimension named N).</summary>
    public int? Batch { get; init; }

    /// <summary>The layer whose output the graph gives; null is the network's target.</summary>
    public string? Target { get; init; }
}
