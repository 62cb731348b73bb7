using System.Numerics;

namespace AlexNetCuda.IO;

/// <summary>The pictures of a folder tree, decoded once, scaled and cropped to squares, and handed out as batches of network
/// input.</summary>
/// <remarks>A set takes 3 * size * size bytes of memory a picture. It never changes after loading: any number of threads may use it at
/// once.</remarks>
public sealed class PictureSet
{
    private readonly byte[][] _planes; // of each picture: all red, all green, all blue bytes
    private readonly RgbMean _mean;

    private PictureSet(int size, byte[][] planes, IReadOnlyList<string> paths, IReadOnlyList<SkippedPicture> skipped, RgbMean mean)
    {
        Size = size;
        Paths = paths;
        Skipped = skipped;
        _planes = planes;
        _mean = mean;
    }

    /// <summary>Pixels a side of every picture.</summary>
    public int Size { get; }

    /// <summary>Pictures in the set: at least 1.</summary>
    public int Count => _planes.Length;

    /// <summary>The file of each picture, in the order of <see cref="PictureFolder.Enumerate"/>.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>The files that could not be used, in the same order.</summary>
    public IReadOnlyList<SkippedPicture> Skipped { get; }

    /// <summary>Loads the pictures below a folder; see <see cref="PictureTransform.ResizeAndCrop"/> for what is done to each.</summary>
    /// <param name="directory">The folder; see <see cref="PictureFolder.Enumerate"/>.</param>
    /// <param name="size">Pixels a side of the network's input, 1 to 4,096.</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="progress">Told after every picture, from any thread, one call at a time, with rising numbers.</param>
    /// <param name="cancellationToken">Stops loading between pictures.</param>
    /// <returns>The set. Pictures that cannot be decoded are left out of it and listed in <see cref="Skipped"/>.</returns>
    /// <exception cref="PictureException">The folder is missing, cannot be read or has no pictures, or every picture is bad.</exception>
    /// <exception cref="TurboJpegNotFoundException">There is a JPEG among the pictures and libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public static PictureSet Load(
        string directory, int size, PictureSetOptions? options = null, IProgress<PictureProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, PictureLimits.MaxSize);
        options ??= new PictureSetOptions();
        if (options.MaxPictures is < 1)
            throw new ArgumentOutOfRangeException(nameof(options), "MaxPictures must be at least 1.");
        if (options.Threads < 0)
            throw new ArgumentOutOfRangeException(nameof(options), "Threads must not be negative.");

        IReadOnlyList<string> paths = Choose(PictureFolder.Enumerate(directory), options.MaxPictures);
        var planes = new byte[paths.Count][];
        int done = 0;
        string?[] reasons = PictureWork.ForEach(
            paths.Count,
            options.Threads,
            i => planes[i] = ToPlanes(PictureTransform.ResizeAndCrop(PictureDecoder.Decode(paths[i], size), size)),
            () => progress?.Report(new PictureProgress(++done, paths.Count)),
            cancellationToken);

        int[] good = [.. Enumerable.Range(0, paths.Count).Where(i => reasons[i] is null)];
        int[] bad = [.. Enumerable.Range(0, paths.Count).Where(i => reasons[i] is not null)];
        SkippedPicture[] skipped = [.. bad.Select(i => new SkippedPicture(paths[i], reasons[i]!))];
        if (good.Length == 0)
        {
            string first = $"{Path.GetRelativePath(directory, skipped[0].Path)}: {skipped[0].Reason}";
            throw new PictureException(directory, $"none of its {skipped.Length} pictures can be used; the first, {first}");
        }

        return new PictureSet(size, [.. good.Select(i => planes[i])], [.. good.Select(i => paths[i])], skipped, options.Mean);
    }

    /// <summary>Writes pictures <paramref name="firstIndex"/>, firstIndex + 1, ... as an NCHW batch of float32 (RGB planes, mean
    /// subtracted);
    /// after the last picture comes the first again. Allocates nothing.</summary>
    /// <param name="firstIndex">At least 0; may lie beyond the last picture.</param>
    /// <param name="batch">Pictures, at least 1.</param>
    /// <param name="destination">Exactly batch * 3 * <see cref="Size"/> * <see cref="Size"/> values.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstIndex"/> or <paramref name="batch"/> is too small.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    public void CopyBatch(long firstIndex, int batch, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstIndex);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        int plane = Size * Size;
        if (destination.Length != 3L * batch * plane)
        {
            throw new ArgumentException(
                $"The destination has {destination.Length} values; {batch} pictures of 3 x {Size} x {Size} are {3L * batch * plane}.",
                nameof(destination));
        }

        int index = (int)(firstIndex % Count);
        for (int n = 0; n < batch; n++)
        {
            ReadOnlySpan<byte> from = _planes[index];
            Span<float> to = destination.Slice(3 * plane * n, 3 * plane);
            Subtract(from[..plane], _mean.Red, to);
            Subtract(from.Slice(plane, plane), _mean.Green, to[plane..]);
            Subtract(from[(2 * plane)..], _mean.Blue, to[(2 * plane)..]);
            index = index + 1 == Count ? 0 : index + 1;
        }
    }

    private static IReadOnlyList<string> Choose(IReadOnlyList<string> paths, int? most) =>
        most is not { } n || n >= paths.Count ? paths : [.. Enumerable.Range(0, n).Select(i => paths[(int)((long)i * paths.Count / n)])];

    private static byte[] ToPlanes(Picture picture)
    {
        int plane = picture.Pixels.Length / 3;
        var planes = new byte[3 * plane];
        for (int i = 0; i < plane; i++)
        {
            planes[i] = picture.Pixels[3 * i];
            planes[plane + i] = picture.Pixels[(3 * i) + 1];
            planes[(2 * plane) + i] = picture.Pixels[(3 * i) + 2];
        }

        return planes;
    }

    private static void Subtract(ReadOnlySpan<byte> from, float mean, Span<float> to)
    {
        var means = new Vector<float>(mean);
        int i = 0;
        for (; i <= from.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(from[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Span<float> target = to.Slice(i, Vector<byte>.Count);
            WriteHalf(low, means, target);
            WriteHalf(high, means, target[(Vector<byte>.Count / 2)..]);
        }

        for (; i < from.Length; i++)
            to[i] = from[i] - mean;
    }

    private static void WriteHalf(Vector<ushort> values, Vector<float> means, Span<float> to)
    {
        Vector.Widen(values, out Vector<uint> low, out Vector<uint> high);
        (Vector.ConvertToSingle(low) - means).CopyTo(to);
        (Vector.ConvertToSingle(high) - means).CopyTo(to[Vector<float>.Count..]);
    }
}
