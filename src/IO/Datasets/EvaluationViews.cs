namespace AlexNetCuda.IO;

/// <summary>
/// The squares of a picture that a network's scores are averaged over. 1: the middle. 5: the middle, then top left, top right, bottom left, bottom right of the scaled
/// picture. 10: these, then each mirrored left to right, as the 2012 paper does it (section 4.1). Thread-safe.
/// </summary>
public sealed class EvaluationViews
{
    private readonly Preprocessing _preprocessing;
    private readonly PixelWriter _writer;

    /// <summary>Prepares writing.</summary>
    /// <param name="count">1, 5 or 10.</param>
    /// <param name="inputSize">Rows and columns of a view, 1 to 4,096.</param>
    /// <param name="preprocessing">From pixels to values.</param>
    /// <exception cref="ArgumentException">There is no such number of views, or the preprocessing makes no sense.</exception>
    public EvaluationViews(int count, int inputSize, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        Check(count);
        preprocessing.Validate(inputSize);
        Count = count;
        _preprocessing = preprocessing;
        _writer = new PixelWriter(preprocessing, inputSize);
    }

    /// <summary>The number of views.</summary>
    public int Count { get; }

    /// <summary>Values of a picture: Count * 3 * inputSize * inputSize.</summary>
    public int Length => Count * _writer.ImageLength;

    /// <summary>Scales a picture and writes its views.</summary>
    /// <param name="picture">A picture of any size.</param>
    /// <param name="destination">Exactly <see cref="Length"/> values: [Count, 3, inputSize, inputSize].</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    public void Write(Picture picture, Span<float> destination)
    {
        if (destination.Length != Length) throw new ArgumentException($"The destination has {destination.Length} values; {Count} views are {Length}.", nameof(destination));
        using ScaledPixels pixels = ScaledPixels.Of(PictureTransform.ResizeShorterSide(picture, _preprocessing.Resize));
        Write(pixels, destination);
    }

    internal static void Check(int count)
    {
        if (count is not (1 or 5 or 10)) throw new ArgumentException(FormattableString.Invariant($"There are 1, 5 or 10 views of a picture, not {count}."), nameof(count));
    }

    internal void Write(in ScaledPixels pixels, Span<float> destination)
    {
        int right = pixels.Width - _writer.Size, bottom = pixels.Height - _writer.Size;
        ReadOnlySpan<(int Left, int Top)> places = [(right / 2, bottom / 2), (0, 0), (right, 0), (0, bottom), (right, bottom)];
        for (int v = 0; v < Count; v++)
        {
            (int left, int top) = places[v % places.Length];
            _writer.Write(pixels, left, top, mirror: v >= places.Length, default, destination.Slice(v * _writer.ImageLength, _writer.ImageLength));
        }
    }
}
