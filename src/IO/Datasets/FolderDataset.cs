namespace AlexNetCuda.IO;

/// <summary>
/// A folder of folders: each folder is a class, the pictures in and below it are of that class. Or a folder of two such, <c>train</c> and <c>val</c>
/// (<see cref="DatasetSplit.ByFolders"/>). Classes are in the ordinal order of their names, and so are the pictures of a class.
/// </summary>
public sealed class FolderDataset : ImageDataset
{
    internal const string TrainingFolder = "train", ValidationFolder = "val";

    private readonly string[] _names, _classNames;
    private readonly int[] _labels;

    private FolderDataset(string directory, string[] classNames, (string Name, int Label)[] pictures)
    {
        Location = directory;
        _classNames = classNames;
        _names = Array.ConvertAll(pictures, p => p.Name);
        _labels = Array.ConvertAll(pictures, p => p.Label);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <inheritdoc/>
    public override int Count => _names.Length;

    /// <inheritdoc/>
    public override string Location { get; }

    /// <summary>Lists the pictures of a folder; none is read. What counts as a picture, and that hidden files, hidden folders and links to folders are passed over, is told
    /// at <see cref="PictureFolder.Enumerate"/>. Pictures beside the class folders belong to no class and are passed over too.</summary>
    /// <param name="directory">The folder: one folder a class; or exactly the folders <c>train</c> and <c>val</c> with one folder a class each, where every class of
    /// <c>val</c> is in <c>train</c> too.</param>
    /// <returns>The dataset. Names are relative to <paramref name="directory"/>, with '/'.</returns>
    /// <exception cref="PictureException">There is no such folder, it cannot be read, has fewer than two classes, a class has no pictures, or a class of <c>val</c> is not
    /// in <c>train</c>.</exception>
    public static FolderDataset Open(string directory)
    {
        IReadOnlyList<string> paths = PictureFolder.Enumerate(directory);
        IReadOnlyList<string> top = PictureFolder.Folders(directory);
        bool split = top is [TrainingFolder, ValidationFolder]
            && top.All(part => PictureFolder.Folders(Path.Combine(directory, part)).Count > 0);
        string[] parts = split ? [.. top.Select(p => p + "/")] : [""];

        string[] classNames = [.. PictureFolder.Folders(Path.Combine(directory, parts[0]))];
        if (classNames.Length < 2)
        {
            string found = classNames is [var single] ? $"only one class folder, '{single}'" : "no class folders";
            throw new PictureException(Path.Combine(directory, parts[0]), $"it has {found}: put the pictures of each class, of which there are at least two, in a folder of its own.");
        }

        Dictionary<string, int> labels = classNames.Select((name, label) => (name, label)).ToDictionary(c => c.name, c => c.label, StringComparer.Ordinal);
        ILookup<string, string> names = paths.Select(p => RelativeName(directory, p)).ToLookup(n => FirstParts(n, split ? 2 : 1), StringComparer.Ordinal);
        var pictures = new List<(string Name, int Label)>();
        foreach (string part in parts)
        {
            foreach (string className in PictureFolder.Folders(Path.Combine(directory, part)))
            {
                if (!labels.TryGetValue(className, out int label))
                    throw new PictureException(Path.Combine(directory, part, className), $"there is no folder of that name in {TrainingFolder}: a class is trained before it is measured.");
                int before = pictures.Count;
                pictures.AddRange(names[part + className].Select(n => (n, label)));
                if (pictures.Count == before)
                    throw new PictureException(Path.Combine(directory, part, className), "the class folder has no pictures: add some, or take the folder away.");
            }
        }

        return new FolderDataset(directory, classNames, [.. pictures]);
    }

    /// <inheritdoc/>
    public override int LabelOf(int index) => _labels[Checked(index)];

    /// <inheritdoc/>
    public override string NameOf(int index) => _names[Checked(index)];

    /// <inheritdoc/>
    public override Picture Load(int index, int minimumShorterSide) => PictureDecoder.Decode(Path.Combine(Location, NameOf(index)), minimumShorterSide);

    private static string RelativeName(string directory, string path)
    {
        string name = Path.GetRelativePath(directory, path);
        return Path.DirectorySeparatorChar == '/' ? name : name.Replace(Path.DirectorySeparatorChar, '/');
    }

    /// <summary>The folders of the first levels of a name; of a name with fewer levels, all of it, which is no class folder.</summary>
    private static string FirstParts(string name, int levels)
    {
        int end = -1;
        for (int i = 0; i < levels && (i == 0 || end >= 0); i++) end = name.IndexOf('/', end + 1);
        return end < 0 ? name : name[..end];
    }

    private int Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return index;
    }
}
