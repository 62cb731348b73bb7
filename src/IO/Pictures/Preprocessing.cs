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
/// the input, in <see cref="Channels"/>' order, is (<see cref="Scale"/> * pixel - <see cref="Mean"/>[c]) / <see cref="Deviation"/>[c], of pixels 0 to 255.
/// It is kept in checkpoints: a network is only right with the preprocessing it was trained with.
/// </summary>
public sealed record Preprocessing
{
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
}
