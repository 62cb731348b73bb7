namespace AlexNetCuda.IO;

/// <summary>A decoded picture: 8-bit RGB, rows from top to bottom, three bytes (red, green, blue) a pixel, no padding between
/// rows.</summary>
/// <remarks>The class itself never changes its pixels, so a picture that nobody writes to may be read by any number of threads.</remarks>
public sealed class Picture
{
    /// <summary>Wraps pixels that the caller already has; the array is kept, not copied.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">Exactly 3 * <paramref name="width"/> * <paramref name="height"/> bytes, interleaved RGB.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another length than the sides ask for.</exception>
    public Picture(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != 3L * width * height)
        {
            throw new ArgumentException(
                $"{width}x{height} RGB pixels are {3L * width * height} bytes, not {pixels.Length}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The pixels: red, green, blue of the pixel in column x and row y start at 3 * (y * Width + x).</summary>
    public byte[] Pixels { get; }
}
