namespace AlexNetCuda.IO;

/// <summary>Reads pictures of a dataset, scaled to a shorter side, several at a time; names those that cannot be read.</summary>
internal sealed class ParallelReader(
    ImageDataset dataset, int shorterSide, int threads, IProgress<PictureProgress>? progress, int total, CancellationToken cancellation)
{
    private int _done;

    /// <summary>Gives pictures to <paramref name="use"/>, on any thread and in any order. The bad ones are added to <paramref name="skipped"/> in order.</summary>
    public void Read(IReadOnlyList<int> indices, List<SkippedPicture> skipped, Action<Picture> use) => Read(indices, skipped, (_, picture) => use(picture));

    /// <summary>As above; the first argument of <paramref name="use"/> is the position in <paramref name="indices"/>.</summary>
    public void Read(IReadOnlyList<int> indices, List<SkippedPicture> skipped, Action<int, Picture> use)
    {
        string?[] reasons = PictureWork.ForEach(
            indices.Count,
            threads,
            i => use(i, PictureTransform.ResizeShorterSide(dataset.Load(indices[i], shorterSide), shorterSide)),
            () => progress?.Report(new PictureProgress(++_done, total)),
            cancellation);
        for (int i = 0; i < reasons.Length; i++)
        {
            if (reasons[i] is { } reason) skipped.Add(new SkippedPicture(dataset.NameOf(indices[i]), reason));
        }
    }
}
