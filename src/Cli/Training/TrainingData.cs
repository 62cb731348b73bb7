using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>Opens datasets, and says how their pictures become a network's input.</summary>
internal static class TrainingData
{
    private const int Sampled = 64, Step = 32, LeastSize = 64;

    /// <summary>Opens a folder of folders, or a file that <c>alexnet pack</c> made.</summary>
    /// <exception cref="PictureException">It is neither, or damaged; the message says what is wrong.</exception>
    public static ImageDataset Open(string path) => File.Exists(path) ? PackedDataset.Open(path) : FolderDataset.Open(path);

    /// <summary>The pictures to train on and those to measure with: the folders' own split, else a share of each class.</summary>
    public static DatasetSplit Split(ImageDataset dataset, TrainSettings settings) =>
        DatasetSplit.ByFolders(dataset) ?? DatasetSplit.ByRatio(dataset, settings.Validation, settings.Seed);

    /// <summary>
    /// A suitable input size: the network's own, unless the pictures are smaller than that: then the nearest multiple of 32 to 7/8 of their shorter side (as 224 is to 256), at least 64.
    /// </summary>
    /// <param name="dataset">The pictures, of which some are looked at.</param>
    /// <param name="own">The network's own size.</param>
    public static int InputSizeFor(ImageDataset dataset, int own)
    {
        var sides = new List<int>();
        for (int i = 0; i < Math.Min(Sampled, dataset.Count); i++)
        {
            try
            {
                Picture picture = dataset.Load((int)((long)i * dataset.Count / Math.Min(Sampled, dataset.Count)), 0);
                sides.Add(Math.Min(picture.Width, picture.Height));
            }
            catch (PictureException)
            {
                // The loader names and counts it.
            }
        }

        if (sides.Count == 0) return own;
        sides.Sort();
        int median = sides[sides.Count / 2];
        if (median >= ResizeFor(own)) return own;
        return Math.Min(own, Math.Max(LeastSize, (((median * 7 / 8) + (Step / 2)) / Step) * Step));
    }

    /// <summary>The shorter side that pictures are scaled to for an input size: as 256 is to 224.</summary>
    public static int ResizeFor(int inputSize) => inputSize * 8 / 7;

    /// <summary>A text that changes with the classes, the names or the labels of a dataset, or with which of them are trained on.</summary>
    public static string Fingerprint(ImageDataset dataset, DatasetSplit split)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        foreach (string name in dataset.ClassNames) Add(name);
        foreach (IReadOnlyList<int> part in new[] { split.Training, split.Validation })
        {
            Add(part.Count.ToString(CultureInfo.InvariantCulture));
            foreach (int index in part) Add(string.Create(CultureInfo.InvariantCulture, $"{dataset.LabelOf(index)} {dataset.NameOf(index)}"));
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>Says on the error output which pictures were skipped, each once.</summary>
    /// <param name="skipped">Those of a loader or of statistics.</param>
    /// <param name="known">The paths named before; added to.</param>
    /// <param name="context">Where to.</param>
    public static void Name(IEnumerable<SkippedPicture> skipped, HashSet<string> known, CommandContext context)
    {
        foreach (SkippedPicture one in skipped.Where(s => known.Add(s.Path))) context.Error.WriteLine($"alexnet: {one.Path}: {one.Reason} It is skipped.");
    }
}
