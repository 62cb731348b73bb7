namespace AlexNetCuda.Diagnostics;

/// <summary>What a sample of measurements says.</summary>
/// <param name="Count">How many values there are.</param>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">The sample standard deviation (divisor n - 1); 0 for a single value.</param>
/// <param name="Median">The median; the mean of the middle two where their number is even.</param>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Maximum">The largest value.</param>
public sealed record SampleStatistics(int Count, double Mean, double StandardDeviation, double Median, double Minimum, double Maximum)
{
    /// <summary>The statistics of a sample.</summary>
    /// <param name="values">At least one value.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static SampleStatistics Of(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0) throw new ArgumentException("Statistics need at least one value.", nameof(values));
        double[] sorted = [.. values.Order()];
        int n = sorted.Length, middle = n / 2;
        double mean = sorted.Sum() / n;
        // Two passes: the sum of squares less the square of the sum cancels where the spread is small.
        double squares = sorted.Sum(v => (v - mean) * (v - mean));
        double median = n % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new SampleStatistics(n, mean, n > 1 ? Math.Sqrt(squares / (n - 1)) : 0, median, sorted[0], sorted[^1]);
    }
}
