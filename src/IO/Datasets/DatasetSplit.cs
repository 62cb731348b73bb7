using AlexNetCuda.Initialization;

namespace AlexNetCuda.IO;

/// <summary>Which pictures of a dataset are trained on, and which only measure: indices, rising.</summary>
/// <param name="Training">The pictures to train on.</param>
/// <param name="Validation">The pictures to measure with.</param>
public sealed record DatasetSplit(IReadOnlyList<int> Training, IReadOnlyList<int> Validation)
{
    private static readonly uint Stream = Philox.Hash("split");

    /// <summary>
    /// Takes a share of each class for validation, by chance. A picture's lot depends on the seed and its name alone, so that the split is the same on every system, and
    /// a picture more changes that of few others.
    /// </summary>
    /// <param name="dataset">The pictures.</param>
    /// <param name="validationShare">Above 0 and below 1; of each class, rounded to whole pictures, but at least one and not all (a class of one picture is trained on).</param>
    /// <param name="seed">Another seed, another split.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not above 0 and below 1.</exception>
    public static DatasetSplit ByRatio(ImageDataset dataset, double validationShare, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (!(validationShare > 0 && validationShare < 1))
            throw new ArgumentOutOfRangeException(nameof(validationShare), validationShare, "The share for validation must be above 0 and below 1.");
        List<int> training = [], validation = [];
        foreach (IGrouping<int, int> pictures in Enumerable.Range(0, dataset.Count).GroupBy(dataset.LabelOf))
        {
            int[] drawn = [.. pictures.OrderBy(i => Lot(dataset.NameOf(i), seed)).ThenBy(dataset.NameOf, StringComparer.Ordinal)];
            int taken = Math.Clamp((int)Math.Round(validationShare * drawn.Length, MidpointRounding.AwayFromZero), Math.Min(1, drawn.Length - 1), Math.Max(0, drawn.Length - 1));
            validation.AddRange(drawn[..taken]);
            training.AddRange(drawn[taken..]);
        }

        training.Sort();
        validation.Sort();
        return new DatasetSplit(training, validation);
    }

    /// <summary>The split that the folders <c>train/</c> and <c>val/</c> make (see <see cref="FolderDataset.Open"/>; a pack keeps the names).</summary>
    /// <param name="dataset">The pictures.</param>
    /// <returns>The split; null where the names do not begin with these folders and the class.</returns>
    public static DatasetSplit? ByFolders(ImageDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        List<int> training = [], validation = [];
        for (int i = 0; i < dataset.Count; i++)
        {
            string name = dataset.NameOf(i), className = dataset.ClassNames[dataset.LabelOf(i)];
            List<int>? part = IsIn(name, FolderDataset.TrainingFolder, className) ? training : IsIn(name, FolderDataset.ValidationFolder, className) ? validation : null;
            if (part is null) return null;
            part.Add(i);
        }

        return training.Count > 0 && validation.Count > 0 ? new DatasetSplit(training, validation) : null;
    }

    private static bool IsIn(string name, string folder, string className) => name.StartsWith($"{folder}/{className}/", StringComparison.Ordinal);

    private static ulong Lot(string name, ulong seed)
    {
        (uint high, uint low, _, _) = Philox.Block(seed, Philox.Hash(name), Stream, number: 0);
        return ((ulong)high << 32) | low;
    }
}
