using System.Globalization;
using AlexNetCuda.Training;

namespace AlexNetCuda.IO;

/// <summary>
/// The checkpoints of a run in a folder: <c>step-00001240.safetensors</c>, one an update number. A checkpoint is written under another name, flushed to the disk and then renamed, and
/// only then older ones are deleted: whenever the process ends, the folder holds the last one that was complete.
/// </summary>
public sealed class CheckpointFolder
{
    private const string Prefix = "step-", Suffix = ".safetensors";
    private readonly int _keep;

    /// <summary>The checkpoints of a folder.</summary>
    /// <param name="path">The folder; made when the first checkpoint is written.</param>
    /// <param name="keep">How many are kept, the newest; at least 1.</param>
    public CheckpointFolder(string path, int keep = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        (Path, _keep) = (path, keep);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The checkpoints, the newest first.</summary>
    /// <exception cref="WeightFileException">The folder cannot be read.</exception>
    public IReadOnlyList<string> Files
    {
        get
        {
            if (!Directory.Exists(Path)) return [];
            return Guarded(() => Directory.EnumerateFiles(Path, Prefix + "*" + Suffix).Select(f => (File: f, Number: NumberOf(f))).Where(f => f.Number >= 0)
                .OrderByDescending(f => f.Number).Select(f => f.File).ToArray());
        }
    }

    /// <summary>Writes a checkpoint, and deletes those that are too many and what writers that were killed have left.</summary>
    /// <exception cref="WeightFileException">It cannot be written.</exception>
    public string Write(ModelDescription model, Parameters parameters, Trainer trainer, object settings)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Guarded(() => Directory.CreateDirectory(Path));
        string file = System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{trainer.Updates:d8}{Suffix}"));
        Checkpoint.Write(file, model, parameters, trainer, settings);
        Guarded(() =>
        {
            foreach (string old in Files.Skip(_keep)) File.Delete(old);
            foreach (string left in Directory.EnumerateFiles(Path, $".{Prefix}*{Suffix}.*")) File.Delete(left);
            return 0;
        });
        return file;
    }

    /// <summary>Opens the newest checkpoint that is whole.</summary>
    /// <param name="damaged">Takes the newer ones that are not, and why.</param>
    /// <exception cref="WeightFileException">There is none; the message says what is wrong with the newest.</exception>
    public Checkpoint OpenNewest(ICollection<WeightFileException>? damaged = null)
    {
        WeightFileException? first = null;
        foreach (string file in Files)
        {
            try
            {
                return Checkpoint.Open(file);
            }
            catch (WeightFileException e)
            {
                damaged?.Add(e);
                first ??= e;
            }
        }

        throw first ?? new WeightFileException(Path, "there is no checkpoint in this folder.");
    }

    private static long NumberOf(string file)
    {
        ReadOnlySpan<char> name = System.IO.Path.GetFileName(file.AsSpan());
        return long.TryParse(name[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;
    }

    private T Guarded<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(Path, e.Message, e);
        }
    }
}
