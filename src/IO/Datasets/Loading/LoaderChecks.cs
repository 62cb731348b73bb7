namespace AlexNetCuda.IO;

/// <summary>Refuses what a loader cannot do, before it begins.</summary>
internal static class LoaderChecks
{
    private const int MostThreads = 1024, MostAhead = 1024;

    public static void Check(ImageDataset dataset, IReadOnlyList<int> indices, LoaderOptions options)
    {
        options.Preprocessing.Validate(options.InputSize);
        options.Augmentation.Validate();
        Range(options.Batch, 1, int.MaxValue, nameof(options.Batch));
        Range(options.Threads, 0, MostThreads, nameof(options.Threads));
        Range(options.Ahead, 1, MostAhead, nameof(options.Ahead));
        if (options.CacheBytes < 0) throw Wrong($"{nameof(options.CacheBytes)} is {options.CacheBytes}: it must not be negative");
        EvaluationViews.Check(options.Views);
        if (options.Views > 1 && (options.Shuffle || options.Augmentation != Augmentation.None))
            throw Wrong($"{options.Views} views are for evaluation: without shuffling, and without augmentation");

        long values = 3L * options.InputSize * options.InputSize * options.Views * options.Batch;
        if (values > Array.MaxLength) throw Wrong($"a batch of {options.Batch} has {values} values: more than an array can hold ({Array.MaxLength})");
        if (indices.Count == 0) throw Wrong($"there are no pictures to load");
        if (options.Shuffle && indices.Count < options.Batch)
            throw Wrong($"there are {indices.Count} pictures to train on, which do not fill one batch of {options.Batch}: take a smaller batch");
        var seen = new bool[dataset.Count];
        foreach (int index in indices)
        {
            if (index < 0 || index >= dataset.Count) throw Wrong($"picture {index} is not one of the dataset's {dataset.Count}");
            if (seen[index]) throw Wrong($"picture {index} is listed twice");
            seen[index] = true;
        }
    }

    private static void Range(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw Wrong($"{name} is {value}: it must be {least} to {most}");
    }

    private static ArgumentException Wrong(FormattableString what) => new("Loading: " + FormattableString.Invariant(what) + ".");
}
