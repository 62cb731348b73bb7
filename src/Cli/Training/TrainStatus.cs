using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>Pictures on the status line.</summary>
internal sealed class PictureStatus(StatusLine status, string what) : IProgress<PictureProgress>
{
    public void Report(PictureProgress value) => status.Show($"{what}, {value.Done} of {value.Total}");
}

/// <summary>Batches of an evaluation on the status line.</summary>
internal sealed class MeasureStatus(StatusLine status) : IProgress<(long Done, long Total)>
{
    public void Report((long Done, long Total) value) => status.Show($"measuring, {value.Done} of {value.Total} batches");
}
