using static System.FormattableString;

namespace AlexNetCuda.IO;

/// <summary>The order of an image's three planes.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue: TensorFlow's and torchvision's networks.</summary>
    Rgb,

    /// <summary>Blue, green, red: Caffe's networks.</summary>
    Bgr,
}

/// <summary>
/// From a picture's pixels to a network's input: the shorter side is scaled to <see cref="Resize"/>, a square of the network's input size is cut out, and channel c of
/// the input, in <see cref="Channels"/>' order, is (<see cref="Scale"/> * pixel - <see cref="Mean"/>[c]) / <see cref="Deviation"/>[c], of pixels 0 to 255; with a
/// <see cref="MeanImage"/>, that is subtracted in place of <see cref="Mean"/>.
/// It is kept in checkpoints: a network is only right with the preprocessing it was trained with.
/// </summary>
public sealed record Preprocessing
{
    private const int OriginalResize = 256;

    /// <summary>What Caffe's networks are used with: shorter side 256, blue, green, red, ImageNet's mean colour subtracted (the mean of Caffe's
    /// ilsvrc_2012_mean.npy), no division.</summary>
    public static Preprocessing Caffe { get; } = new()
    {
        Resize = OriginalResize, Channels = ChannelOrder.Bgr, Mean = [104.00698793f, 116.66876762f, 122.67891434f],
    };

    /// <summary>What torchvision's networks are used with: shorter side 256, red, green, blue, pixels of 0 to 1 less the mean (0.485, 0.456, 0.406), over the standard
    /// deviation (0.229, 0.224, 0.225) of ImageNet.</summary>
    public static Preprocessing Torchvision { get; } = new()
    {
        Resize = OriginalResize, Scale = 1f / 255, Mean = [0.485f, 0.456f, 0.406f], Deviation = [0.229f, 0.224f, 0.225f],
    };

    /// <summary>The shorter side in pixels before the square is cut out, at least the network's input size.</summary>
    public required int Resize { get; init; }

    /// <summary>The order of the planes.</summary>
    public ChannelOrder Channels { get; init; }

    /// <summary>What pixels are multiplied by first: 1, or 1/255.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>What is then subtracted of each channel, in the order of <see cref="Channels"/>.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0, 0, 0];

    /// <summary>What is divided by last, in the order of <see cref="Channels"/>.</summary>
    public IReadOnlyList<float> Deviation { get; init; } = [1, 1, 1];

    /// <summary>Subtracted pixel by pixel in place of <see cref="Mean"/>, in units of Scale * pixel; null: there is none.</summary>
    public MeanImage? MeanImage { get; init; }

    /// <summary>The mean and the standard deviation of the training pictures themselves, channel by channel: red, green, blue.</summary>
    /// <param name="statistics">Of the training pictures.</param>
    /// <param name="resize">The shorter side in pixels before the square is cut out.</param>
    /// <remarks>A channel that never changes is divided by 1.</remarks>
    public static Preprocessing Plain(DatasetStatistics statistics, int resize)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return new Preprocessing
        {
            Resize = resize,
            Mean = [.. statistics.Mean.Select(m => (float)m)],
            Deviation = [.. statistics.Deviation.Select(d => d > 0 ? (float)d : 1)],
        };
    }

    /// <summary>Refuses what makes no sense, as a damaged file may have it.</summary>
    /// <param name="inputSize">Rows and columns of the network's input.</param>
    /// <exception cref="ArgumentException">The size, <see cref="Resize"/>, a number of values or a value is wrong; the message says which.</exception>
    public void Validate(int inputSize)
    {
        if (inputSize is < 1 or > PictureLimits.MaxSize) throw Wrong(Invariant($"an input size of {inputSize}: it must be 1 to {PictureLimits.MaxSize}"));
        if (Resize < inputSize || Resize > PictureLimits.MaxSize)
            throw Wrong(Invariant($"a resize of {Resize}: it must be at least the input size of {inputSize}, and at most {PictureLimits.MaxSize}"));
        if (!Enum.IsDefined(Channels)) throw Wrong("an unknown order of channels");
        if (!float.IsFinite(Scale) || Scale <= 0) throw Wrong(Invariant($"a scale of {Scale}: it must be finite and above 0"));
        if (Mean is not { Count: 3 } || Mean.Any(m => !float.IsFinite(m))) throw Wrong("a mean that is not three finite numbers");
        if (Deviation is not { Count: 3 } || Deviation.Any(d => !float.IsFinite(d) || d <= 0)) throw Wrong("a deviation that is not three finite numbers above 0");
        if (MeanImage is { } image && image.Size != inputSize) throw Wrong(Invariant($"a mean image of {image.Size} x {image.Size} for an input of {inputSize} x {inputSize}"));

        static ArgumentException Wrong(string what) => new($"The preprocessing has {what}.");
    }
}
