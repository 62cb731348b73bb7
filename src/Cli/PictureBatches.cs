using AlexNetCuda.Diagnostics;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>The pictures of a folder, decoded once for each input size, as the batches of a timing.</summary>
internal sealed class PictureBatches(string folder, TimeRequest request, CommandContext context)
{
    private const long AlwaysDecoded = 4096; // more are decoded only where there are steps enough to use them
    private readonly Dictionary<int, PictureSet> _sets = [];

    /// <summary>The batches of a network.</summary>
    /// <exception cref="PictureException">There is no such folder, or no picture in it can be used.</exception>
    public BatchSource For(Network network)
    {
        if (!_sets.TryGetValue(network.Height, out PictureSet? set)) _sets[network.Height] = set = Load(network.Height);
        return new Source(set, new RandomBatch(network, request.Seed));
    }

    private PictureSet Load(int size)
    {
        long used = (long)request.Batch * (request.Timing.BurnIn + request.Timing.Steps);
        var options = new PictureSetOptions { MaxPictures = (int)Math.Min(Math.Max(used, AlwaysDecoded), int.MaxValue), Threads = request.Device.Threads };
        PictureSet set = PictureSet.Load(folder, size, options, new PictureStatus(context.Status, "decoding pictures"), context.Cancellation);
        context.Status.Clear();
        foreach (SkippedPicture skipped in set.Skipped) context.Error.WriteLine($"alexnet: {skipped.Path}: {skipped.Reason} It is skipped.");
        context.Output.WriteLine($"Images: {set.Count} pictures of {folder}, {set.Skipped.Count} skipped");
        return set;
    }

    private sealed class Source(PictureSet set, RandomBatch random) : BatchSource
    {
        private long _next;

        public override bool Changes => true;

        public override void Next(Span<float> images, Span<int> labels)
        {
            set.CopyBatch(_next, labels.Length, images);
            _next = (_next + labels.Length) % set.Count;
            random.NextLabels(labels); // a network of another task has no class for these pictures
        }
    }
}
