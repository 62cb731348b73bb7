using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>What a run leaves in its folder beside checkpoints: metrics.csv and TensorBoard's event files. They are begun with the first line.</summary>
internal sealed class RunLog(string folder, long resumedAfter) : IDisposable
{
    /// <summary>The file of the metrics.</summary>
    public const string MetricsName = "metrics.csv";

    private MetricsWriter? _metrics;
    private TensorBoardWriter? _events;

    /// <summary>Writes the means over some batches of training.</summary>
    public void Write(long updates, double epoch, TrainWindow window, TimeSpan waited) => Write(new MetricsRow(updates, epoch, MetricsPhase.Training)
    {
        Loss = window.Loss,
        Top1 = window.Top1,
        Top5 = window.Top5,
        LearningRate = window.Rate,
        ImagesPerSecond = window.ImagesPerSecond,
        DataWaitShare = window.WaitShare(waited),
    });

    /// <summary>Writes what was measured.</summary>
    public void Write(long updates, double epoch, EvaluationResult result) =>
        Write(new MetricsRow(updates, epoch, MetricsPhase.Validation) { Loss = result.Loss, Top1 = result.Top1Share, Top5 = result.Top5Share });

    public void Dispose()
    {
        _metrics?.Dispose();
        _events?.Dispose();
    }

    private void Write(MetricsRow row)
    {
        if (_metrics is null)
        {
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, MetricsName);
            _metrics = resumedAfter > 0 ? MetricsWriter.Resume(path, resumedAfter) : MetricsWriter.Create(path);
            _events = new TensorBoardWriter(folder, resumedAfter > 0 ? resumedAfter : null);
        }

        _metrics.Write(row);
        string phase = row.Phase == MetricsPhase.Training ? "train" : "val";
        foreach ((string name, double? value) in new[]
        {
            ("loss", row.Loss), ("top1", row.Top1), ("top5", row.Top5), ("learning_rate", row.LearningRate), ("images_per_second", row.ImagesPerSecond), ("data_wait_share", row.DataWaitShare),
        })
        {
            if (value is { } number) _events!.AddScalar($"{phase}/{name}", row.Step, number);
        }
    }
}
