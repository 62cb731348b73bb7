using System.Runtime.InteropServices;
using AlexNetCuda.Initialization;

namespace AlexNetCuda.IO;

/// <summary>A picture of the endless run.</summary>
/// <param name="Index">Its index in the dataset; -1 in the places that fill the last batch up.</param>
/// <param name="Epoch">The epoch.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PlacedPicture(int Index, long Epoch);

/// <summary>Which picture comes where, and what is written for it. <see cref="At"/> is called under the loader's lock; all else is thread-safe.</summary>
internal sealed class BatchFiller
{
    private static readonly uint Substitutes = Philox.Hash("substitute");

    private readonly ImageDataset _dataset;
    private readonly int[] _indices;
    private readonly LoaderOptions _options;
    private readonly EpochOrder _order;
    private readonly PictureSource _source;
    private readonly Augmenter? _augmenter; // of one view
    private readonly EvaluationViews? _views; // of several

    public BatchFiller(ImageDataset dataset, int[] indices, LoaderOptions options)
    {
        _dataset = dataset;
        _indices = indices;
        _options = options;
        _order = new EpochOrder(indices.Length, options.Shuffle, options.Seed);
        _source = new PictureSource(dataset, options.Preprocessing.Resize, options.CacheBytes);
        if (options.Views == 1) _augmenter = new Augmenter(options.Augmentation, new PixelWriter(options.Preprocessing, options.InputSize), options.Seed);
        else _views = new EvaluationViews(options.Views, options.InputSize, options.Preprocessing);
        PictureLength = options.Views * 3 * options.InputSize * options.InputSize;
        StepsPerEpoch = (indices.Length + (options.Shuffle ? 0 : options.Batch - 1)) / options.Batch;
    }

    /// <summary>Values of a picture, all its views together.</summary>
    public int PictureLength { get; }

    public long StepsPerEpoch { get; }

    public IReadOnlyList<SkippedPicture> Skipped => _source.Skipped;

    /// <summary>The picture at a place of a step's batch.</summary>
    public PlacedPicture At(long step, int place)
    {
        (long epoch, long stepOfEpoch) = Math.DivRem(step, StepsPerEpoch);
        long position = (stepOfEpoch * _options.Batch) + place;
        return new PlacedPicture(position < _indices.Length ? _indices[_order.At(epoch, (int)position)] : -1, epoch);
    }

    /// <summary>Writes a picture; for one that cannot be read, another (training), or that it is missing (evaluation).</summary>
    public void Fill(LoadedBatch batch, int place, in PlacedPicture picture)
    {
        bool filled = (picture.Index >= 0 && TryFill(batch, place, picture.Index, picture.Epoch)) || (_options.Shuffle && TrySubstitute(batch, place, picture));
        if (!filled) batch.SetMissing(place);
        if (_source.SkippedCount == _indices.Length) throw _dataset.NoneCanBeUsed(Skipped);
    }

    private bool TryFill(LoadedBatch batch, int place, int index, long epoch)
    {
        if (!_source.TryGet(index, out ScaledPixels pixels)) return false;
        using (pixels)
        {
            if (_views is not null) _views.Write(pixels, batch.ImagesOf(place));
            else _augmenter!.Write(pixels, epoch, index, batch.ImagesOf(place));
        }

        batch.Set(place, index, _dataset.LabelOf(index));
        return true;
    }

    /// <summary>The first good picture from a place that (seed, epoch, bad picture) draws: the same one whoever looks, and whenever.</summary>
    private bool TrySubstitute(LoadedBatch batch, int place, in PlacedPicture bad)
    {
        (uint word, _, _, _) = Philox.Block(_options.Seed, bad.Index, Substitutes, (uint)bad.Epoch);
        int from = (int)(((ulong)word * (uint)_indices.Length) >> 32);
        for (int i = 0; i < _indices.Length; i++)
        {
            if (TryFill(batch, place, _indices[(int)(((long)from + i) % _indices.Length)], bad.Epoch)) return true;
        }

        return false;
    }
}
