namespace AlexNetCuda.IO;

/// <summary>The formats of weights, by extension: the one place that lists them.</summary>
public static class WeightFormats
{
    /// <summary>The formats. One more is one more row: an extension, how it is opened, how it is written (null: it is not).</summary>
    private static readonly (string Extension, Func<string, WeightFile> Open, WeightWriter? Write)[] All =
    [
        (".safetensors", OpenSafetensors, SafetensorsWriter.Write),
        (".npz", OpenNpz, (path, tensors, _, cancellation) => NpzWriter.Write(path, tensors, compress: false, cancellation)),
        (".npy", path => new WeightFile(path, NpyFile.ReadLayers(path)) { Convention = WeightConvention.TensorFlow }, null),
        (".caffemodel", OpenCaffe, null),
        (".onnx", path => OnnxWeights.Open(path, Guess), null), // a graph is written by OnnxExport
    ];

    /// <summary>The extensions of files that can be read.</summary>
    public static IReadOnlyList<string> Readable => [.. All.Select(f => f.Extension)];

    /// <summary>The extensions of files that can be written.</summary>
    public static IReadOnlyList<string> Writable => [.. All.Where(f => f.Write is not null).Select(f => f.Extension)];

    /// <summary>Writes a file of the format that its extension says: whole under its name, or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="convention">How they are named and laid out; kept in the metadata, where the format has any.</param>
    /// <param name="description">The model, kept in the metadata, where the format has any; null: it is not known.</param>
    /// <param name="cancellation">Stops the work; nothing is left behind.</param>
    /// <exception cref="WeightFileException">The extension is none that can be written, or the file cannot be.</exception>
    public static void Write(
        string path, IReadOnlyList<TensorToWrite> tensors, WeightConvention convention, ModelDescription? description = null, CancellationToken cancellation = default)
    {
        WeightWriter write = All.FirstOrDefault(f => HasExtension(path, f.Extension)).Write
            ?? throw new WeightFileException(path, $"files of its extension are not written. There are: {string.Join(", ", Writable)}.");
        var metadata = new Dictionary<string, string> { [WeightFile.ConventionKey] = convention.ToString() };
        if (description is not null) metadata[ModelDescription.MetadataKey] = description.ToJson();
        write(path, tensors, metadata, cancellation);
    }

    /// <summary>Opens a file of the format that its extension says.</summary>
    internal static WeightFile Open(string path)
    {
        Func<string, WeightFile> open = All.FirstOrDefault(f => HasExtension(path, f.Extension)).Open
            ?? throw new WeightFileException(path, $"files of its extension are not read. There are: {string.Join(", ", Readable)}.");
        return open(path);
    }

    private static bool HasExtension(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static WeightFile OpenSafetensors(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            WeightConvention? convention = null;
            if (file.Metadata.TryGetValue(WeightFile.ConventionKey, out string? name))
            {
                convention = Enum.TryParse(name, out WeightConvention known) && Enum.IsDefined(known)
                    ? known
                    : throw new WeightFileException(path, $"its metadata say that its names are {TensorShapes.Show(name)}, which is not known.");
            }

            return new WeightFile(path, file.Tensors, file) { Description = ModelDescription.Of(file), Convention = convention ?? Guess(file.Tensors) };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static WeightFile OpenNpz(string path)
    {
        NpzFile file = NpzFile.Open(path);
        return new WeightFile(path, file.Tensors, file) { Convention = Guess(file.Tensors) };
    }

    private static WeightFile OpenCaffe(string path)
    {
        CaffeModelFile file = CaffeModelFile.Open(path);
        return new WeightFile(path, file.Tensors, file) { Convention = WeightConvention.Caffe };
    }

    /// <summary>Torchvision's names are like no other's; the rest look alike.</summary>
    private static WeightConvention? Guess(IReadOnlyList<WeightTensor> tensors) =>
        tensors.Any(t => t.Name.StartsWith("features.", StringComparison.Ordinal) || t.Name.StartsWith("classifier.", StringComparison.Ordinal))
            ? WeightConvention.Torchvision
            : null;

    private delegate void WeightWriter(
        string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation);
}
