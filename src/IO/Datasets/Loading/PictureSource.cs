namespace AlexNetCuda.IO;

/// <summary>
/// The pictures of a dataset, scaled to one shorter side: straight from a pack of that size, or decoded, scaled and kept in memory up to a limit. Thread-safe.
/// A picture that cannot be read is tried once.
/// </summary>
internal sealed class PictureSource(ImageDataset dataset, int shorterSide, long cacheBytes)
{
    private readonly PackedDataset? _pack = dataset is PackedDataset pack && pack.ShorterSide == shorterSide ? pack : null;
    private readonly Picture?[] _kept = new Picture?[dataset.Count];
    private readonly SortedDictionary<int, SkippedPicture> _skipped = [];
    private long _keptBytes;
    private int _skippedCount;

    /// <summary>The pictures that could not be read so far, in the order of the indices.</summary>
    public IReadOnlyList<SkippedPicture> Skipped
    {
        get
        {
            lock (_skipped) return [.. _skipped.Values];
        }
    }

    /// <summary>The number of these.</summary>
    public int SkippedCount => Volatile.Read(ref _skippedCount);

    /// <summary>Gives a picture, which the caller disposes; false: it cannot be read.</summary>
    public bool TryGet(int index, out ScaledPixels pixels)
    {
        pixels = default;
        if (_kept[index] is { } kept)
        {
            pixels = ScaledPixels.Of(kept);
            return true;
        }

        if (SkippedCount > 0 && IsSkipped(index)) return false;

        try
        {
            pixels = _pack is not null ? _pack.Borrow(index) : ScaledPixels.Of(Decode(index));
            return true;
        }
        catch (PictureException e)
        {
            lock (_skipped)
            {
                _skipped[index] = new SkippedPicture(dataset.NameOf(index), e.Reason);
                Volatile.Write(ref _skippedCount, _skipped.Count);
            }

            return false;
        }
    }

    private bool IsSkipped(int index)
    {
        lock (_skipped) return _skipped.ContainsKey(index);
    }

    private Picture Decode(int index)
    {
        Picture picture = PictureTransform.ResizeShorterSide(dataset.Load(index, shorterSide), shorterSide);
        // Once the limit is reached, what is kept stays: in a random order no choice is better.
        if (Interlocked.Add(ref _keptBytes, picture.Pixels.Length) <= cacheBytes) Volatile.Write(ref _kept[index], picture);
        else Interlocked.Add(ref _keptBytes, -picture.Pixels.Length);
        return picture;
    }
}
