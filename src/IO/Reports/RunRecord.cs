namespace AlexNetCuda.IO;

/// <summary>What is known of a training run: plain data for <see cref="HtmlReport"/>. What is empty or null is left out of the report.</summary>
public sealed record RunRecord
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>What to tell first, in order: a name and a text each (network, data, device, duration).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>The lines of metrics.csv, by rising steps.</summary>
    public IReadOnlyList<MetricsRow> Metrics { get; init; } = [];

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Images of class [row] that were taken for class [column]: classes x classes.</summary>
    public int[,]? Confusion { get; init; }

    /// <summary>The worst mistakes, worst first.</summary>
    public IReadOnlyList<RunMistake> Mistakes { get; init; } = [];

    /// <summary>The filters of the first convolution.</summary>
    public FilterBank? Filters { get; init; }
}

/// <summary>An image that was taken for another class.</summary>
/// <param name="Name">The picture's name.</param>
/// <param name="True">Its class, an index of the classes' names.</param>
/// <param name="Predicted">The class with the highest score.</param>
/// <param name="Probability">The probability of that class, 0 to 1.</param>
/// <param name="Picture">The picture to show, at any size; a small one keeps the page small.</param>
public sealed record RunMistake(string Name, int True, int Predicted, double Probability, Picture Picture);

/// <summary>Filters of a convolution.</summary>
/// <param name="Values">count * channels * height * width values, [count, channels, height, width], row-major.</param>
/// <param name="Count">Filters.</param>
/// <param name="Channels">Input channels.</param>
/// <param name="Height">Rows of a filter.</param>
/// <param name="Width">Columns of a filter.</param>
/// <param name="Order">Of three channels, which is red.</param>
public sealed record FilterBank(float[] Values, int Count, int Channels, int Height, int Width, ChannelOrder Order = ChannelOrder.Rgb)
{
    private const int Gap = 1;
    private const byte GapShade = 128;

    /// <summary>
    /// All filters in one picture, row by row in a grid that is about square. Each is stretched to 0..255 by its own least and greatest value; three channels are
    /// colours, any other number is averaged to grey. What is not finite is black.
    /// </summary>
    /// <exception cref="ArgumentException">The numbers are not those of a bank of filters.</exception>
    public Picture ToPicture()
    {
        if (Count < 1 || Channels < 1 || Height < 1 || Width < 1 || Values.LongLength != (long)Count * Channels * Height * Width)
            throw new ArgumentException(FormattableString.Invariant($"{Values.Length} values are not {Count} filters of {Channels} x {Height} x {Width}."));
        int columns = (int)Math.Ceiling(Math.Sqrt(Count)), rows = (Count + columns - 1) / columns;
        int width = (columns * (Width + Gap)) + Gap, height = (rows * (Height + Gap)) + Gap;
        var pixels = new byte[3 * width * height];
        Array.Fill(pixels, GapShade);
        for (int f = 0; f < Count; f++)
        {
            int left = Gap + (f % columns * (Width + Gap)), top = Gap + (f / columns * (Height + Gap));
            float[] planes = Colours(f);
            float least = planes.Where(float.IsFinite).DefaultIfEmpty(0).Min(), range = planes.Where(float.IsFinite).DefaultIfEmpty(0).Max() - least;
            for (int i = 0; i < Height * Width; i++)
            {
                int at = 3 * (((top + (i / Width)) * width) + left + (i % Width));
                for (int c = 0; c < 3; c++) pixels[at + c] = Shade(planes[(c * Height * Width) + i], least, range);
            }
        }

        return new Picture(width, height, pixels);
    }

    private static byte Shade(float value, float least, float range)
    {
        if (!float.IsFinite(value)) return 0;
        return range > 0 ? (byte)Math.Round(255.0 * (value - least) / range) : GapShade;
    }

    /// <summary>The red, green and blue plane of a filter.</summary>
    private float[] Colours(int filter)
    {
        int plane = Height * Width;
        ReadOnlySpan<float> values = Values.AsSpan(filter * Channels * plane, Channels * plane);
        var colours = new float[3 * plane];
        for (int c = 0; c < 3; c++)
        {
            for (int i = 0; i < plane; i++)
            {
                if (Channels == 3)
                {
                    colours[(c * plane) + i] = values[((Order == ChannelOrder.Bgr ? 2 - c : c) * plane) + i];
                    continue;
                }

                for (int k = 0; k < Channels; k++) colours[(c * plane) + i] += values[(k * plane) + i] / Channels;
            }
        }

        return colours;
    }
}
