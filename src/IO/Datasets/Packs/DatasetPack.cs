using System.Text;

namespace AlexNetCuda.IO;

/// <summary>What came of packing.</summary>
/// <param name="Written">Pictures in the pack.</param>
/// <param name="Skipped">Pictures that could not be read and are not in it, in the order of the dataset.</param>
/// <param name="Bytes">The file's length.</param>
public sealed record PackReport(int Written, IReadOnlyList<SkippedPicture> Skipped, long Bytes);

/// <summary>Writes the pictures of a dataset, scaled and not compressed, into one file: loading them takes no decoding then. See <see cref="PackedDataset"/>.</summary>
public static class DatasetPack
{
    private const int PicturesAtOnce = 64; // decoded in parallel, then written in order

    /// <summary>Writes a pack: whole under its name, or not at all. The bytes depend on the pictures and the size alone.</summary>
    /// <param name="source">The pictures. Classes and names are kept.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="shorterSide">What the shorter side of each picture is scaled to, 1 to 4,096 (<see cref="PictureTransform.ResizeShorterSide"/>): training with
    /// a <see cref="Preprocessing.Resize"/> of that size has the very pixels it has without the pack.</param>
    /// <param name="progress">Told after every picture, from any thread, one call at a time.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <exception cref="PictureException">None of the pictures can be read, a name is no valid Unicode, or the file cannot be written.</exception>
    /// <exception cref="TurboJpegNotFoundException">There is a JPEG among them and libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    public static PackReport Write(
        ImageDataset source, string path, int shorterSide, IProgress<PictureProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(shorterSide, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shorterSide, PictureLimits.MaxSize);
        var entries = new List<PackEntry>();
        var skipped = new List<SkippedPicture>();
        long bytes = 0;
        AtomicFile.Write(path, stream =>
        {
            var reader = new ParallelReader(source, shorterSide, threads: 0, progress, source.Count, cancellationToken);
            for (int from = 0; from < source.Count; from += PicturesAtOnce)
            {
                int[] some = [.. Enumerable.Range(from, Math.Min(PicturesAtOnce, source.Count - from))];
                var pictures = new Picture?[some.Length];
                reader.Read(some, skipped, (i, picture) => pictures[i] = picture);
                for (int i = 0; i < some.Length; i++)
                {
                    if (pictures[i] is { } picture) entries.Add(WritePicture(stream, picture, source.LabelOf(some[i]), source.NameOf(some[i])));
                }
            }

            if (entries.Count == 0) throw source.NoneCanBeUsed(skipped);
            WriteIndex(stream, new PackIndex([.. source.ClassNames], [.. entries]), shorterSide, source.Location);
            bytes = stream.Length;
        }, (reason, cause) => new PictureException(path, reason, cause));
        return new PackReport(entries.Count, skipped, bytes);
    }

    private static PackEntry WritePicture(FileStream stream, Picture picture, int label, string name)
    {
        long offset = Math.Max(PackFormat.HeaderBytes, (stream.Position + PackFormat.Alignment - 1) / PackFormat.Alignment * PackFormat.Alignment);
        stream.Position = offset; // what is passed over is zeros
        stream.Write(picture.Pixels);
        return new PackEntry(offset, picture.Width, picture.Height, label, Crc32C.Of(picture.Pixels), name);
    }

    private static void WriteIndex(FileStream stream, PackIndex index, int shorterSide, string location)
    {
        byte[] bytes;
        try
        {
            bytes = index.ToBytes();
        }
        catch (EncoderFallbackException e)
        {
            throw new PictureException(location, "the name of a class or a picture is no valid Unicode: rename it.", e);
        }

        long offset = stream.Position;
        stream.Write(bytes);
        stream.Position = 0;
        stream.Write(PackFormat.Header(shorterSide, offset, bytes));
    }
}
