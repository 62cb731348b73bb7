namespace AlexNetCuda.IO;

/// <summary>
/// What the pixels of some pictures are on average, of pictures scaled to one shorter side. Sums are whole numbers, so that any number of threads gives the same bits.
/// </summary>
public sealed record DatasetStatistics
{
    private const int PicturesAtOnce = 64;

    private DatasetStatistics(PixelSums sums, int pictures, IReadOnlyList<SkippedPicture> skipped)
    {
        Pictures = pictures;
        Skipped = skipped;
        Mean = [.. Enumerable.Range(0, 3).Select(c => sums.Mean(c))];
        Covariance = sums.Covariance();
        Deviation = [.. Enumerable.Range(0, 3).Select(c => Math.Sqrt(Covariance[c, c]))];
        CentreMeanRgb = sums.CentreMean();
    }

    /// <summary>The number of pictures that were used.</summary>
    public int Pictures { get; }

    /// <summary>The pictures that could not be read, in the order of the indices.</summary>
    public IReadOnlyList<SkippedPicture> Skipped { get; }

    /// <summary>The mean of red, green and blue, of pixels 0 to 255.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>The standard deviation of red, green and blue, of pixels 0 to 255 (over the number of pixels).</summary>
    public IReadOnlyList<double> Deviation { get; }

    /// <summary>The covariance of red, green and blue: 3 x 3, of pixels 0 to 255 (over the number of pixels).</summary>
    public double[,] Covariance { get; }

    /// <summary>Of the square in the middle: the mean of each pixel, 3 planes (red, green, blue), row by row.</summary>
    private float[] CentreMeanRgb { get; }

    /// <summary>Reads pictures and takes their averages.</summary>
    /// <param name="dataset">The pictures.</param>
    /// <param name="indices">Which of them: the training pictures.</param>
    /// <param name="resize">The shorter side they are scaled to, 1 to 4,096; see <see cref="Preprocessing.Resize"/>.</param>
    /// <param name="inputSize">Rows and columns of the square in the middle that a mean image is of, at most <paramref name="resize"/>.</param>
    /// <param name="threads">Pictures read at a time; 0: one a processor.</param>
    /// <param name="progress">Told after every picture, from any thread, one call at a time.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    /// <exception cref="PictureException">None of the pictures can be read.</exception>
    /// <exception cref="TurboJpegNotFoundException">There is a JPEG among them and libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentException">There are no pictures, or a number is out of range.</exception>
    public static DatasetStatistics Compute(
        ImageDataset dataset, IReadOnlyList<int> indices, int resize, int inputSize, int threads = 0, IProgress<PictureProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        new Preprocessing { Resize = resize }.Validate(inputSize);
        if (indices.Count == 0) throw new ArgumentException("There are no pictures to take averages of.", nameof(indices));

        var total = new PixelSums(inputSize);
        var skipped = new List<SkippedPicture>();
        var reader = new ParallelReader(dataset, resize, threads, progress, indices.Count, cancellationToken);
        for (int from = 0; from < indices.Count; from += PicturesAtOnce)
        {
            int[] some = [.. indices.Skip(from).Take(PicturesAtOnce)];
            reader.Read(some, skipped, picture =>
            {
                var sums = new PixelSums(inputSize);
                sums.Add(picture);
                lock (total) total.Add(sums);
            });
        }

        if (skipped.Count == indices.Count) throw dataset.NoneCanBeUsed(skipped);
        return new DatasetStatistics(total, indices.Count - skipped.Count, skipped);
    }

    /// <summary>The mean of each pixel of the square in the middle, ready to be subtracted.</summary>
    /// <param name="preprocessing">Gives the order of the planes, and the factor of the pixels.</param>
    public MeanImage MeanImage(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        int plane = CentreMeanRgb.Length / 3;
        var values = new float[CentreMeanRgb.Length];
        for (int c = 0; c < 3; c++)
        {
            int source = preprocessing.Channels == ChannelOrder.Bgr ? 2 - c : c;
            for (int i = 0; i < plane; i++) values[(c * plane) + i] = preprocessing.Scale * CentreMeanRgb[(source * plane) + i];
        }

        return new MeanImage(values);
    }
}
