namespace AlexNetCuda.IO;

/// <summary>A dataset whose classes are numbered as a model numbers them, by their names.</summary>
public sealed class MappedDataset : ImageDataset
{
    private readonly ImageDataset _inner;
    private readonly int[] _numbers;

    /// <summary>Numbers the classes of a dataset anew.</summary>
    /// <param name="inner">The dataset; disposed with this.</param>
    /// <param name="classNames">The names of the model's classes; of each class of the dataset that of the same name is taken.</param>
    /// <exception cref="ArgumentException">A class of the dataset is none of the model's; the message names it.</exception>
    public MappedDataset(ImageDataset inner, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(classNames);
        (_inner, ClassNames) = (inner, classNames);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < classNames.Count; i++) numbers.TryAdd(classNames[i], i);
        _numbers = [.. inner.ClassNames.Select(name => numbers.TryGetValue(name, out int number)
            ? number
            : throw new ArgumentException($"{inner.Location}: its class '{name}' is none of the model's, which are {string.Join(", ", classNames.Take(20))}{(classNames.Count > 20 ? ", ..." : "")}."))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public override int Count => _inner.Count;

    /// <inheritdoc/>
    public override string Location => _inner.Location;

    /// <inheritdoc/>
    public override int LabelOf(int index) => _numbers[_inner.LabelOf(index)];

    /// <inheritdoc/>
    public override string NameOf(int index) => _inner.NameOf(index);

    /// <inheritdoc/>
    public override Picture Load(int index, int minimumShorterSide) => _inner.Load(index, minimumShorterSide);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
