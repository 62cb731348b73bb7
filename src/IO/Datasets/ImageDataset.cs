namespace AlexNetCuda.IO;

/// <summary>
/// Pictures with a class each, by index 0 to <see cref="Count"/> - 1. Names, labels and their order never change while it is open, and are the same on every system.
/// All members but <see cref="Dispose()"/> are thread-safe; whoever reads pictures in the background (a <see cref="BatchLoader"/>) is disposed first.
/// </summary>
public abstract class ImageDataset : IDisposable
{
    /// <summary>The names of the classes: at least two, in the order of the labels.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>The number of pictures, at least 1.</summary>
    public abstract int Count { get; }

    /// <summary>Where the pictures are, as messages name it: a path.</summary>
    public abstract string Location { get; }

    /// <summary>The class of a picture, an index of <see cref="ClassNames"/>.</summary>
    /// <param name="index">The picture.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public abstract int LabelOf(int index);

    /// <summary>The name of a picture, which no other has: its path relative to the dataset's folder, with '/'.</summary>
    /// <param name="index">The picture.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public abstract string NameOf(int index);

    /// <summary>Decodes a picture. The bits depend on the file and <paramref name="minimumShorterSide"/> alone.</summary>
    /// <param name="index">The picture.</param>
    /// <param name="minimumShorterSide">0: at full size. Otherwise the caller scales it to a shorter side of so many pixels, and a source that can decode to a smaller size
    /// may give any that is no smaller.</param>
    /// <returns>The upright picture.</returns>
    /// <exception cref="PictureException">It cannot be read, or is damaged.</exception>
    /// <exception cref="TurboJpegNotFoundException">It is a JPEG and libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture, or <paramref name="minimumShorterSide"/> is negative.</exception>
    public abstract Picture Load(int index, int minimumShorterSide);

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The error of whoever got no picture at all.</summary>
    internal PictureException NoneCanBeUsed(IReadOnlyList<SkippedPicture> skipped) =>
        new(Location, $"none of {skipped.Count} pictures can be used; the first, {skipped[0].Path}: {skipped[0].Reason}");

    /// <summary>Gives up what is held.</summary>
    /// <param name="disposing">True: by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing) { }
}
