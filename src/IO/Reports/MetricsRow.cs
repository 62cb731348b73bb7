using System.Globalization;

namespace AlexNetCuda.IO;

/// <summary>What a line of metrics is of.</summary>
public enum MetricsPhase
{
    /// <summary>Training: <c>train</c>.</summary>
    Training,

    /// <summary>Validation: <c>val</c>.</summary>
    Validation,
}

/// <summary>A line of metrics.csv. A number that is null is left empty; numbers are written so that they are read back exactly.</summary>
/// <param name="Step">The steps that had been taken.</param>
/// <param name="Epoch">Likewise in epochs, with fractions.</param>
/// <param name="Phase">What it is of.</param>
public sealed record MetricsRow(long Step, double Epoch, MetricsPhase Phase)
{
    internal const string Header = "step,epoch,phase,loss,top1,top5,learning_rate,images_per_second,data_wait_share";
    private const int Columns = 9;

    /// <summary>The mean loss of an image.</summary>
    public double? Loss { get; init; }

    /// <summary>The share of images whose class had the highest score, 0 to 1.</summary>
    public double? Top1 { get; init; }

    /// <summary>The share of images whose class was among the five highest scores, 0 to 1.</summary>
    public double? Top5 { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Images a second.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>The share of the time that was spent waiting for data, 0 to 1.</summary>
    public double? DataWaitShare { get; init; }

    internal string ToLine() => string.Join(',',
        Step.ToString(CultureInfo.InvariantCulture), Text(Epoch), Phase == MetricsPhase.Training ? "train" : "val",
        Text(Loss), Text(Top1), Text(Top5), Text(LearningRate), Text(ImagesPerSecond), Text(DataWaitShare));

    /// <summary>Null: the line is not one of metrics.</summary>
    internal static MetricsRow? Parse(string line)
    {
        string[] parts = line.Split(',');
        if (parts.Length != Columns) return null;
        var numbers = new double?[Columns];
        for (int i = 0; i < Columns; i++)
        {
            if (i is 0 or 2 || parts[i].Length == 0) continue;
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) return null;
            numbers[i] = number;
        }

        bool isStep = long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step);
        if (!isStep || numbers[1] is not { } epoch || parts[2] is not ("train" or "val")) return null;
        return new MetricsRow(step, epoch, parts[2] == "train" ? MetricsPhase.Training : MetricsPhase.Validation)
        {
            Loss = numbers[3], Top1 = numbers[4], Top5 = numbers[5], LearningRate = numbers[6], ImagesPerSecond = numbers[7], DataWaitShare = numbers[8],
        };
    }

    private static string Text(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
