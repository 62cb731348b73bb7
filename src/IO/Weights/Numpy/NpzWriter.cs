using System.IO.Compression;

namespace AlexNetCuda.IO;

/// <summary>Writes files as numpy's <c>savez</c> and <c>savez_compressed</c> do: a zip archive of npy files.</summary>
public static class NpzWriter
{
    /// <summary>The time stamp of every entry, as numpy's zip files have it, so that the same arrays make the same file.</summary>
    private static readonly DateTimeOffset Time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes a file: whole under its name, or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensors">The arrays, each name once.</param>
    /// <param name="compress">Whether entries are deflated.</param>
    /// <param name="cancellation">Stops the work; nothing is left behind.</param>
    /// <exception cref="ArgumentException">A name occurs twice, is empty or has control characters.</exception>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, bool compress = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var names = new HashSet<string>();
        foreach (TensorToWrite tensor in tensors)
        {
            if (tensor.Name.Length == 0 || tensor.Name.Any(char.IsControl))
                throw new ArgumentException($"The name of a tensor, {TensorShapes.Show(tensor.Name)}, is empty or has control characters.", nameof(tensors));
            if (!names.Add(tensor.Name)) throw new ArgumentException($"There are two tensors {TensorShapes.Show(tensor.Name)}.", nameof(tensors));
        }

        CompressionLevel level = compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression;
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            foreach (TensorToWrite tensor in tensors)
            {
                ZipArchiveEntry entry = archive.CreateEntry(tensor.Name + ".npy", level);
                entry.LastWriteTime = Time;
                using Stream content = entry.Open();
                NpyFile.WriteTo(content, tensor, cancellation);
            }
        });
    }
}
