using AlexNetCuda.Diagnostics;
using Xunit;

namespace AlexNetCuda.Core.Tests.Diagnostics;

public sealed class MeasureTextTests
{
    [Theory]
    [InlineData(12.3456, "12.346")]
    [InlineData(0.1952, "0.195")]
    [InlineData(0.1, "0.100")]
    [InlineData(0.09996, "0.09996")]
    [InlineData(0.0123456, "0.01235")]
    [InlineData(0.001406, "0.001406")]
    [InlineData(0.0000123456, "0.00001235")]
    [InlineData(1e-12, "0.000000000")]
    [InlineData(0, "0.000")]
    public void Seconds_have_three_decimals_or_four_significant_digits(double seconds, string text) => Assert.Equal(text, MeasureText.Seconds(seconds));

    [Fact]
    public void Median_least_and_most_are_in_ms_where_the_median_is_short()
    {
        Assert.Equal("median 0.1932 s, min 0.1874 s, max 0.2174 s", MeasureText.Spread(SampleStatistics.Of([0.1932, 0.1874, 0.21739])));
        Assert.Equal("median 1.406 ms, min 1.400 ms, max 12.000 ms", MeasureText.Spread(SampleStatistics.Of([0.001406, 0.0014, 0.012])));
        Assert.Equal("median 50.00 ms, min 0.00 ms, max 200.00 ms", MeasureText.Spread(SampleStatistics.Of([0.05, 0, 0.2])));
        Assert.Equal("median 0.01235 ms, min 0.01235 ms, max 0.01235 ms", MeasureText.Spread(SampleStatistics.Of([0.0000123456])));
    }

    [Theory]
    [InlineData(374.42, "374.4 GFLOP/s")]
    [InlineData(9999.9, "9999.9 GFLOP/s")]
    [InlineData(48_123, "48.12 TFLOP/s")]
    [InlineData(0, "0.0 GFLOP/s")]
    public void Rates_change_to_the_larger_unit(double billions, string text) => Assert.Equal(text, MeasureText.Rate(billions, "FLOP/s"));
}
