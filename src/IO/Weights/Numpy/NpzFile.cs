using System.Globalization;
using System.IO.Compression;

namespace AlexNetCuda.IO;

/// <summary>
/// Reads a file of numpy's <c>savez</c> or <c>savez_compressed</c> (.npz): a zip archive of npy files, stored or deflated. All headers are checked when the file is opened;
/// values are read when they are asked for, and their checksums compared. It is for one thread at a time.
/// </summary>
public sealed class NpzFile : IDisposable
{
    private const string Extension = ".npy";

    /// <summary>An entry may expand to this, or to <see cref="MostExpansion"/> times its compressed size: a few bytes of an archive can ask for gigabytes.</summary>
    private const long AlwaysAllowed = 64L << 20;

    private const long MostExpansion = 100;
    private const int MostEntries = 100_000;
    private readonly ZipArchive _archive;
    private readonly string _path;
    private readonly Dictionary<string, WeightTensor> _byName = [];
    private readonly List<WeightTensor> _tensors = [];

    private NpzFile(ZipArchive archive, string path)
    {
        (_archive, _path) = (archive, path);
        if (archive.Entries.Count > MostEntries)
            throw new WeightFileException(path, string.Create(CultureInfo.InvariantCulture, $"it has {archive.Entries.Count} entries; at most {MostEntries} are allowed."));
        foreach (ZipArchiveEntry entry in archive.Entries) Add(entry);
    }

    /// <summary>The arrays, in the order of the archive, named as they are there without <c>.npy</c>.</summary>
    public IReadOnlyList<WeightTensor> Tensors => _tensors;

    /// <summary>Opens a file and checks all headers.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">
    /// It is not there, may not be read, is no zip archive or a damaged one, or has something in it that is no array of numbers, or one that expands beyond reason.
    /// </exception>
    public static NpzFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream = InputFile.OpenStream(path);
        ZipArchive? archive = null;
        try
        {
            archive = new ZipArchive(stream, ZipArchiveMode.Read);
            return new NpzFile(archive, path);
        }
        catch (Exception e)
        {
            if (archive is null) stream.Dispose();
            else archive.Dispose();
            if (AsDamage(e, path) is { } damage) throw damage;
            throw;
        }
    }

    /// <summary>The array of a name, or null.</summary>
    public WeightTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _archive.Dispose();

    /// <summary>What the archive's reader throws for a damaged file, as our own exception; null for anything else.</summary>
    private static WeightFileException? AsDamage(Exception e, string path) => e switch
    {
        InvalidDataException or NotSupportedException or ArgumentException or EndOfStreamException or OverflowException =>
            new WeightFileException(path, $"it is no zip archive as numpy makes it, or a damaged one: {TensorShapes.Printable(e.Message)}", e),
        IOException => InputFile.CannotRead(path, e),
        _ => null,
    };

    private void Add(ZipArchiveEntry entry)
    {
        var place = new NpyPlace(_path, entry.FullName);
        if (entry.FullName.Any(char.IsControl)) throw place.Error("its name has control characters.");
        if (!entry.FullName.EndsWith(Extension, StringComparison.Ordinal)) throw place.Error($"its name does not end with {Extension}: it is no array.");
        if (entry.IsEncrypted) throw place.Error("it is encrypted, which is not supported.");
        if (entry.Length > AlwaysAllowed && entry.Length / MostExpansion > entry.CompressedLength)
        {
            throw place.Error(string.Create(
                CultureInfo.InvariantCulture,
                $"its {entry.CompressedLength} bytes would expand to {entry.Length}, more than {MostExpansion} times as many: the archive is damaged or made to do harm."));
        }

        string name = entry.FullName[..^Extension.Length];
        NpyHeader header;
        long headerBytes;
        using (var stream = new CheckedEntryStream(entry, place, checkSum: false))
        {
            header = NpyHeader.Read(stream, place);
            headerBytes = stream.Position;
        }

        if (header.Elements is null) throw place.Error("it holds Python objects, not an array of numbers.");
        (int count, long size) = header.Size(place);
        if (size != entry.Length - headerBytes)
        {
            throw place.Error(string.Create(
                CultureInfo.InvariantCulture,
                $"its shape, {TensorShapes.Show(header.Shape)} of {header.Elements.Type}, takes {size} bytes, and {entry.Length - headerBytes} follow the header."));
        }

        var tensor = new NpyTensor(name, place, header, count, () => AtValues(entry, place));
        if (!_byName.TryAdd(name, tensor)) throw place.Error("it is in the archive twice.");
        _tensors.Add(tensor);
    }

    private static CheckedEntryStream AtValues(ZipArchiveEntry entry, NpyPlace place)
    {
        var stream = new CheckedEntryStream(entry, place, checkSum: true);
        try
        {
            NpyHeader.Read(stream, place);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
