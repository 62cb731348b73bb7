using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>
/// A pack that <see cref="DatasetPack"/> wrote, mapped into memory: pictures are read where they lie. The index is checked when it is opened, a picture when it is first
/// used. The file must not be changed while it is open.
/// </summary>
public sealed class PackedDataset : ImageDataset
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly PackIndex _index;
    private readonly bool[] _checked; // each picture is checked once, or by two threads twice

    private PackedDataset(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, PackIndex index, int shorterSide)
    {
        Location = path;
        ShorterSide = shorterSide;
        _file = file;
        _view = view;
        _handle = view.SafeMemoryMappedViewHandle;
        _index = index;
        _checked = new bool[index.Pictures.Length];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _index.ClassNames;

    /// <inheritdoc/>
    public override int Count => _index.Pictures.Length;

    /// <inheritdoc/>
    public override string Location { get; }

    /// <summary>The shorter side of every picture.</summary>
    public int ShorterSide { get; }

    /// <summary>Opens a pack.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PictureException">There is no such file, it cannot be read, or is no undamaged pack.</exception>
    public static PackedDataset Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            long length;
            using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1))
            {
                length = stream.Length;
                if (length < PackFormat.HeaderBytes) throw new PictureException(path, "it is too short to be a pack of pictures.");
                file = MemoryMappedFile.CreateFromFile(stream, mapName: null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            }

            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            PackIndex index = ReadIndex(view.SafeMemoryMappedViewHandle, length, path, out int shorterSide);
            var dataset = new PackedDataset(path, file, view, index, shorterSide);
            (file, view) = (null, null);
            return dataset;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PictureException(path, e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
                UnauthorizedAccessException => "it is a folder, or may not be read.",
                _ => $"it cannot be read: {e.Message}",
            }, e);
        }
        finally
        {
            view?.Dispose();
            file?.Dispose();
        }
    }

    /// <inheritdoc/>
    public override int LabelOf(int index) => Entry(index).Label;

    /// <inheritdoc/>
    public override string NameOf(int index) => Entry(index).Name;

    /// <summary>Copies a picture out of the pack, at the size it has there.</summary>
    /// <inheritdoc/>
    public override Picture Load(int index, int minimumShorterSide)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumShorterSide);
        using ScaledPixels pixels = Borrow(index);
        return new Picture(pixels.Width, pixels.Height, pixels.Bytes.ToArray());
    }

    /// <summary>A picture where it lies; it stays mapped until it is disposed. Throws as <see cref="Load"/> does.</summary>
    internal unsafe ScaledPixels Borrow(int index)
    {
        PackEntry entry = Entry(index);
        bool held = false;
        _handle.DangerousAddRef(ref held); // throws where this was disposed
        var bytes = new ReadOnlySpan<byte>((byte*)_handle.DangerousGetHandle() + _view.PointerOffset + entry.Offset, entry.Bytes);
        if (!_checked[index])
        {
            if (Crc32C.Of(bytes) != entry.Crc)
            {
                _handle.DangerousRelease();
                throw new PictureException($"{Location}, {entry.Name}", "its checksum is wrong: the pack is damaged.");
            }

            _checked[index] = true;
        }

        return new ScaledPixels(bytes, entry.Width, entry.Height, _handle);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _view.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private static unsafe PackIndex ReadIndex(SafeMemoryMappedViewHandle handle, long length, string path, out int shorterSide)
    {
        byte* first = null;
        handle.AcquirePointer(ref first);
        try
        {
            (shorterSide, long offset, int bytes) = PackFormat.ReadHeader(new ReadOnlySpan<byte>(first, PackFormat.HeaderBytes), length, path);
            var index = new ReadOnlySpan<byte>(first + offset, bytes);
            if (Crc32C.Of(index) != PackFormat.IndexCrc(new ReadOnlySpan<byte>(first, PackFormat.HeaderBytes))) throw PackFormat.Damaged(path, $"the checksum of its index is wrong");
            return PackIndex.Read(index, offset, shorterSide, path);
        }
        finally
        {
            handle.ReleasePointer();
        }
    }

    private PackEntry Entry(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _index.Pictures[index];
    }
}
