namespace AlexNetCuda.IO.Tests.Datasets;

/// <summary>Pictures in memory; those that are null cannot be read. Counts the readings of each.</summary>
internal sealed class MemoryDataset(IReadOnlyList<Picture?> pictures, int classes = 2) : ImageDataset
{
    private readonly int[] _loads = new int[pictures.Count];

    public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, classes).Select(c => $"class{c}")];

    public override int Count => pictures.Count;

    public override string Location => "memory";

    public IReadOnlyList<int> Loads => _loads;

    /// <summary>Called at the beginning of every reading.</summary>
    public Action<int>? OnLoad { get; init; }

    public override int LabelOf(int index) => index % ClassNames.Count;

    public override string NameOf(int index) => $"class{LabelOf(index)}/{index}.png";

    public override Picture Load(int index, int minimumShorterSide)
    {
        Interlocked.Increment(ref _loads[index]);
        OnLoad?.Invoke(index);
        return pictures[index] ?? throw new PictureException(NameOf(index), "it is damaged.");
    }

    /// <summary>One-coloured pictures whose red is their index, which must be below 256.</summary>
    public static MemoryDataset Numbered(int count, int side = 8, params int[] bad) =>
        new([.. Enumerable.Range(0, count).Select(i => bad.Contains(i) ? null : TestPictures.Make(side, side, (_, _) => (i, 0, 0)))]);
}
