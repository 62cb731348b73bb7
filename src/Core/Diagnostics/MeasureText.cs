using System.Globalization;

namespace AlexNetCuda.Diagnostics;

/// <summary>Durations and rates as reports write them: with as many digits as they need, whether a step takes seconds or a thousandth of one.</summary>
public static class MeasureText
{
    private const double Short = 0.1; // seconds
    private const int Fewest = 3, Most = 9, Significant = 4;
    private const double Thousands = 10_000;

    /// <summary>The decimals of seconds: the articles' three, and below a tenth of a second enough for four significant digits.</summary>
    /// <param name="seconds">At least 0.</param>
    public static int Decimals(double seconds) =>
        seconds >= Short || !(seconds > 0) ? Fewest : Math.Min(Most, Significant - 1 - (int)Math.Floor(Math.Log10(seconds)));

    /// <summary>Seconds without the unit: <c>0.195</c>, <c>0.001406</c>.</summary>
    /// <param name="seconds">The duration.</param>
    /// <param name="decimals">How many decimals; null: as <see cref="Decimals"/> has it.</param>
    public static string Seconds(double seconds, int? decimals = null) =>
        seconds.ToString("F" + (decimals ?? Decimals(seconds)).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Median, least and most with their unit: <c>median 0.1932 s, min 0.1874 s, max 0.2174 s</c>, below a tenth of a second in ms.</summary>
    /// <param name="statistics">Of seconds.</param>
    public static string Spread(SampleStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        bool isShort = statistics.Median < Short;
        int decimals = isShort ? Math.Max(1, Decimals(statistics.Median) - 3) : Significant;
        string Text(double seconds) => Seconds(isShort ? seconds * 1000 : seconds, decimals) + (isShort ? " ms" : " s");
        return $"median {Text(statistics.Median)}, min {Text(statistics.Minimum)}, max {Text(statistics.Maximum)}";
    }

    /// <summary>A rate with its unit: <c>374.4 GFLOP/s</c>, from 10,000 on <c>48.12 TFLOP/s</c>.</summary>
    /// <param name="billions">Billions a second.</param>
    /// <param name="unit">What a second: <c>FLOP/s</c>.</param>
    public static string Rate(double billions, string unit) => billions < Thousands
        ? string.Create(CultureInfo.InvariantCulture, $"{billions:F1} G{unit}")
        : string.Create(CultureInfo.InvariantCulture, $"{billions / 1000:F2} T{unit}");
}
