using System.Diagnostics;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cli;

/// <summary>Means over some batches of training.</summary>
internal sealed class TrainWindow
{
    private double _loss;
    private long _batches, _images, _top1, _top5, _begin = Stopwatch.GetTimestamp();
    private TimeSpan _waitedBefore;

    public double Loss => _loss / _batches;

    public double Top1 => _top1 / (double)_images;

    public double Top5 => _top5 / (double)_images;

    public float Rate { get; private set; }

    public double ImagesPerSecond => _images / Stopwatch.GetElapsedTime(_begin).TotalSeconds;

    public bool IsEmpty => _batches == 0;

    /// <summary>Adds a batch.</summary>
    public void Add(BatchResult result, int images)
    {
        _loss += result.Loss;
        _top1 += result.Top1;
        _top5 += result.Top5;
        _images += images;
        _batches++;
        Rate = result.LearningRate;
    }

    /// <summary>The share of the time that was spent waiting for data.</summary>
    /// <param name="waited">All the time waited so far.</param>
    public double WaitShare(TimeSpan waited) => (waited - _waitedBefore) / Stopwatch.GetElapsedTime(_begin);

    /// <summary>Begins anew.</summary>
    public void Clear(TimeSpan waited)
    {
        (_loss, _batches, _images, _top1, _top5) = (0, 0, 0, 0, 0);
        (_begin, _waitedBefore) = (Stopwatch.GetTimestamp(), waited);
    }
}
