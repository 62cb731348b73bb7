namespace AlexNetCuda.IO;

/// <summary>A file of weights of any format that can be read; which, its name's extension says.</summary>
public sealed class WeightFile : IDisposable
{
    /// <summary>The key of a safetensors file's metadata under which the convention of its names is kept.</summary>
    public const string ConventionKey = "alexnetcuda.names";

    private readonly IDisposable? _opened;

    internal WeightFile(string path, IReadOnlyList<WeightTensor> tensors, IDisposable? opened = null) => (Path, Tensors, _opened) = (path, tensors, opened);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    public IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>The names and layouts, where the format, the metadata or the names themselves say them; else null.</summary>
    public WeightConvention? Convention { get; internal init; }

    /// <summary>The model, where the file says it; else null.</summary>
    public ModelDescription? Description { get; internal init; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; its extension is one of <see cref="WeightFormats.Readable"/>.</param>
    /// <exception cref="WeightFileException">It is not there, is damaged, or its extension is none that is known.</exception>
    public static WeightFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return WeightFormats.Open(path);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _opened?.Dispose();
}
