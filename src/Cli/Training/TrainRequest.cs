namespace AlexNetCuda.Cli;

/// <summary>What <c>alexnet train</c> is asked for.</summary>
internal sealed record TrainRequest
{
    public required string Dataset { get; init; }

    /// <summary>The folder of the run: checkpoints, metrics, events.</summary>
    public required string Folder { get; init; }

    public required DeviceRequest Device { get; init; }

    /// <summary>Whether the run in the folder goes on; then only <see cref="Epochs"/> is looked at of what follows.</summary>
    public required bool Resume { get; init; }

    /// <summary>Epochs of a resumed run; null: those it began with.</summary>
    public int? Epochs { get; init; }

    public required TrainSettings Settings { get; init; }

    public required string Network { get; init; }

    /// <summary>Null: one that suits the pictures.</summary>
    public int? InputSize { get; init; }

    /// <summary>As <see cref="NetworkOptions.Width"/>.</summary>
    public required double Width { get; init; }

    public required InitializationScheme Initialization { get; init; }

    public required bool OriginalHead { get; init; }

    public required PreprocessingPreset Preset { get; init; }

    /// <summary>A file of weights to begin with, and what of it is left out.</summary>
    public string? From { get; init; }

    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Updates between two checkpoints; null: one at the end of each epoch.</summary>
    public int? SaveEvery { get; init; }

    /// <summary>Checkpoints that are kept.</summary>
    public required int KeepLast { get; init; }
}

/// <summary>Where the preprocessing comes from.</summary>
internal enum PreprocessingPreset
{
    /// <summary>Mean and deviation of the training pictures, channel by channel.</summary>
    Plain,

    /// <summary>The mean picture of the training pictures, as the 2012 paper subtracts it.</summary>
    MeanImage,

    /// <summary>Caffe's: BGR, ImageNet's mean.</summary>
    Caffe,

    /// <summary>torchvision's: RGB from 0 to 1, ImageNet's mean and deviation.</summary>
    Torchvision,
}
