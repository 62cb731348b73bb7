using System.Numerics;
using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>From pictures of any size to a network's input. All methods are thread-safe, and give the same bits for the same
/// picture.</summary>
public static class PictureTransform
{
    /// <summary>The longer side of what <see cref="ResizeShorterSide"/> gives is at most so many times the shorter side, so that a sliver of a picture
    /// does not become a giant.</summary>
    public const int MostLonger = 4;

    /// <summary>Scales a picture (up or down) so that its shorter side is <paramref name="size"/>, keeping its shape, and cuts out the
    /// square in the middle.</summary>
    /// <remarks>
    /// The filter is a triangle, of two source pixels' width when enlarging (bilinear) and widened by the factor when reducing, so that
    /// fine patterns are averaged rather than aliased. Of an odd remainder, one pixel more is cut off right or below.
    /// </remarks>
    /// <param name="picture">The picture.</param>
    /// <param name="size">Pixels a side of the result, at least 1.</param>
    /// <returns>A picture of <paramref name="size"/> x <paramref name="size"/>; the given one if it has that size already.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is less than 1 or more than 4,096.</exception>
    public static Picture ResizeAndCrop(Picture picture, int size)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, PictureLimits.MaxSize);
        if (picture.Width == size && picture.Height == size)
            return picture;

        (int width, int height) = ScaledSides(picture, size);
        return Scale(picture, FilterTaps.Make(picture.Width, width, size), FilterTaps.Make(picture.Height, height, size));
    }

    /// <summary>Scales a picture (up or down) so that its shorter side is <paramref name="size"/>, keeping its shape. Of a picture longer
    /// than <see cref="MostLonger"/> times its shorter side, the middle part of that length is taken.</summary>
    /// <remarks>The filter is that of <see cref="ResizeAndCrop"/>.</remarks>
    /// <param name="picture">The picture.</param>
    /// <param name="size">Pixels of the shorter side of the result.</param>
    /// <returns>A picture whose shorter side is <paramref name="size"/>; the given one if it is so already.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is less than 1 or more than 4,096.</exception>
    public static Picture ResizeShorterSide(Picture picture, int size)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, PictureLimits.MaxSize);
        (int width, int height) = ScaledSides(picture, size);
        int columns = Math.Min(width, MostLonger * size), rows = Math.Min(height, MostLonger * size);
        if (picture.Width == columns && picture.Height == rows)
            return picture;
        return Scale(picture, FilterTaps.Make(picture.Width, width, columns), FilterTaps.Make(picture.Height, height, rows));
    }

    /// <summary>Writes a picture as three planes of float32 (all red, all green, all blue values, each row by row), a mean
    /// subtracted.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mean">What to subtract.</param>
    /// <param name="destination">Exactly 3 * height * width values: one image of an NCHW tensor.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    public static void ToPlanar(Picture picture, RgbMean mean, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(picture);
        byte[] pixels = picture.Pixels;
        if (destination.Length != pixels.Length)
        {
            throw new ArgumentException(
                $"The destination has {destination.Length} values; the picture needs {pixels.Length}.", nameof(destination));
        }

        int plane = pixels.Length / 3;
        Span<float> red = destination[..plane], green = destination.Slice(plane, plane), blue = destination.Slice(2 * plane, plane);
        for (int i = 0, s = 0; i < plane; i++, s += 3)
        {
            red[i] = pixels[s] - mean.Red;
            green[i] = pixels[s + 1] - mean.Green;
            blue[i] = pixels[s + 2] - mean.Blue;
        }
    }

    private static (int Width, int Height) ScaledSides(Picture picture, int size)
    {
        int shorter = Math.Min(picture.Width, picture.Height);
        return (Of(picture.Width), Of(picture.Height));

        int Of(int side) => (int)((((long)side * size) + (shorter / 2)) / shorter);
    }

    private static Picture Scale(Picture picture, FilterTaps[] columns, FilterTaps[] rows)
    {
        // Each source row that counts is made narrow once; each result row is then a weighted sum of such rows.
        int firstRow = rows[0].First, rowCount = rows[^1].End - firstRow, rowLength = 3 * columns.Length;
        var narrow = new float[rowCount * rowLength];
        for (int y = 0; y < rowCount; y++)
        {
            ReadOnlySpan<byte> row = picture.Pixels.AsSpan(3 * picture.Width * (firstRow + y), 3 * picture.Width);
            NarrowRow(row, columns, narrow.AsSpan(y * rowLength, rowLength));
        }

        var pixels = new byte[rows.Length * rowLength];
        var sum = new float[rowLength];
        for (int y = 0; y < rows.Length; y++)
        {
            Array.Clear(sum);
            for (int k = rows[y].First; k < rows[y].End; k++)
                AddScaled(narrow.AsSpan((k - firstRow) * rowLength, rowLength), rows[y].Weights[k - rows[y].First], sum);
            Span<byte> target = pixels.AsSpan(y * rowLength, rowLength);
            for (int i = 0; i < rowLength; i++)
                target[i] = (byte)(sum[i] + 0.5f);
        }

        return new Picture(columns.Length, rows.Length, pixels);
    }

    private static void NarrowRow(ReadOnlySpan<byte> row, FilterTaps[] columns, Span<float> narrow)
    {
        for (int x = 0, t = 0; x < columns.Length; x++, t += 3)
        {
            float red = 0, green = 0, blue = 0;
            int s = 3 * columns[x].First;
            foreach (float weight in columns[x].Weights)
            {
                red += weight * row[s];
                green += weight * row[s + 1];
                blue += weight * row[s + 2];
                s += 3;
            }

            narrow[t] = red;
            narrow[t + 1] = green;
            narrow[t + 2] = blue;
        }
    }

    /// <summary>sum += weight * values. Not fused, so that machines with and without FMA agree.</summary>
    private static void AddScaled(ReadOnlySpan<float> values, float weight, Span<float> sum)
    {
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (int i = 0; i < from.Length; i++)
            to[i] += from[i] * weight;
        for (int i = from.Length * Vector<float>.Count; i < values.Length; i++)
            sum[i] += values[i] * weight;
    }
}

/// <summary>The source pixels that make one pixel of the result: from First on, with weights whose sum is 1.</summary>
internal readonly record struct FilterTaps(int First, float[] Weights)
{
    public int End => First + Weights.Length;

    /// <summary>The taps of the <paramref name="count"/> pixels in the middle of a line that is scaled from one length to
    /// another.</summary>
    public static FilterTaps[] Make(int sourceLength, long scaledLength, int count)
    {
        double scale = (double)sourceLength / scaledLength;
        double reach = Math.Max(scale, 1);
        long offset = (scaledLength - count) / 2;
        var taps = new FilterTaps[count];
        for (int i = 0; i < count; i++)
        {
            double centre = (offset + i + 0.5) * scale;
            int first = Math.Max(0, (int)(centre - reach + 0.5));
            int end = Math.Min(sourceLength, (int)(centre + reach + 0.5));
            var weights = new double[end - first];
            for (int k = 0; k < weights.Length; k++)
                weights[k] = Math.Max(0, 1 - Math.Abs((first + k + 0.5 - centre) / reach));
            double total = weights.Sum();
            taps[i] = new FilterTaps(first, Array.ConvertAll(weights, w => (float)(w / total)));
        }

        return taps;
    }
}
