using AlexNetCuda.Diagnostics;
using Xunit;

namespace AlexNetCuda.Core.Tests.Diagnostics;

public sealed class SampleStatisticsTests
{
    [Fact]
    public void A_sample_has_the_statistics_worked_out_by_hand()
    {
        // Mean 5; squared distances 9 1 1 1 0 0 4 16 sum to 32; 32 / 7 under the root.
        SampleStatistics statistics = SampleStatistics.Of([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(8, statistics.Count);
        Assert.Equal(5, statistics.Mean, 12);
        Assert.Equal(Math.Sqrt(32.0 / 7), statistics.StandardDeviation, 12);
        Assert.Equal(4.5, statistics.Median);
        Assert.Equal(2, statistics.Minimum);
        Assert.Equal(9, statistics.Maximum);
    }

    [Fact]
    public void The_median_of_an_odd_number_is_the_middle_one_of_the_sorted() => Assert.Equal(3, SampleStatistics.Of([9, 1, 3]).Median);

    [Fact]
    public void A_single_value_has_no_spread()
    {
        SampleStatistics statistics = SampleStatistics.Of([0.25]);
        Assert.Equal((0.25, 0.0, 0.25), (statistics.Mean, statistics.StandardDeviation, statistics.Median));
    }

    [Fact]
    public void A_small_spread_around_a_large_mean_is_not_lost()
    {
        SampleStatistics statistics = SampleStatistics.Of([1e9 + 1, 1e9 + 2, 1e9 + 3]);
        Assert.Equal(1, statistics.StandardDeviation, 9);
    }

    [Fact]
    public void No_values_are_an_error() => Assert.Throws<ArgumentException>(() => SampleStatistics.Of([]));
}
