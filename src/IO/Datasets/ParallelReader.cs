using System.Runtime.ExceptionServices;

namespace AlexNetCuda.IO;

/// <summary>Reads pictures of a dataset, scaled to a shorter side, several at a time; names those that cannot be read.</summary>
internal sealed class ParallelReader(
    ImageDataset dataset, int shorterSide, int threads, IProgress<PictureProgress>? progress, int total, CancellationToken cancellation)
{
    private readonly Lock _lock = new();
    private int _done;

    /// <summary>Gives pictures to <paramref name="use"/>, on any thread and in any order. The bad ones are added to <paramref name="skipped"/> in order.</summary>
    public void Read(IReadOnlyList<int> indices, List<SkippedPicture> skipped, Action<Picture> use) => Read(indices, skipped, (_, picture) => use(picture));

    /// <summary>As above; the first argument of <paramref name="use"/> is the position in <paramref name="indices"/>.</summary>
    public void Read(IReadOnlyList<int> indices, List<SkippedPicture> skipped, Action<int, Picture> use)
    {
        var reasons = new string?[indices.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = cancellation };
        try
        {
            Parallel.For(0, indices.Count, parallel, i =>
            {
                try
                {
                    use(i, PictureTransform.ResizeShorterSide(dataset.Load(indices[i], shorterSide), shorterSide));
                }
                catch (PictureException e)
                {
                    reasons[i] = e.Reason;
                }

                lock (_lock) progress?.Report(new PictureProgress(++_done, total));
            });
        }
        catch (AggregateException e)
        {
            // Of several, the one that says what to install tells the most.
            ExceptionDispatchInfo.Throw(e.InnerExceptions.FirstOrDefault(x => x is TurboJpegNotFoundException) ?? e.InnerExceptions[0]);
        }

        for (int i = 0; i < reasons.Length; i++)
        {
            if (reasons[i] is { } reason) skipped.Add(new SkippedPicture(dataset.NameOf(indices[i]), reason));
        }
    }
}
