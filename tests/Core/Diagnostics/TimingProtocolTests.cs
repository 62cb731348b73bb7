using System.Globalization;
using AlexNetCuda.Diagnostics;
using Xunit;

namespace AlexNetCuda.Core.Tests.Diagnostics;

public sealed class TimingProtocolTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);

    private string[] Lines => _output.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => _output.Dispose();

    [Fact]
    public void The_lines_are_those_of_the_articles()
    {
        int step = 0;
        Protocol(new TimingOptions { Steps = 21, BurnIn = 2 }).Run("Forward", () => _clock.Advance(step++ < 2 ? 100 : 0.5));
        Assert.Equal(
            [
                "2017-11-07 12:03:20.500000: step 0, duration = 0.500",
                "2017-11-07 12:03:25.500000: step 10, duration = 0.500",
                "2017-11-07 12:03:30.500000: step 20, duration = 0.500",
                "2017-11-07 12:03:30.500000: Forward across 21 steps, 0.500 +/- 0.000 sec / batch",
            ],
            Lines);
    }

    [Fact]
    public void Short_steps_have_the_digits_they_need()
    {
        int step = 0;
        double[] durations = [0.001406, 0.0013125];
        Protocol(new TimingOptions { Steps = 2, BurnIn = 0, ReportEvery = 1 }).Run("Forward", () => _clock.Advance(durations[step++]));
        Assert.Equal(
            ["step 0, duration = 0.001406", "step 1, duration = 0.001313", "Forward across 2 steps, 0.001359 +/- 0.000066 sec / batch"],
            Lines.Select(l => l[(l.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    [Fact]
    public void Burn_in_steps_count_nowhere()
    {
        int step = 0, after = 0;
        double[] durations = [50, 60, 1, 2, 3];
        TimingResult result = Protocol(new TimingOptions { Steps = 3, BurnIn = 2 })
            .Run("Forward-backward", () => _clock.Advance(durations[step++]), after: () => after++);
        Assert.Equal([1.0, 2.0, 3.0], result.StepSeconds);
        Assert.Equal((2.0, 1.0), (result.Statistics.Mean, result.Statistics.StandardDeviation));
        Assert.Equal(3, after);
        Assert.EndsWith(": Forward-backward across 3 steps, 2.000 +/- 1.000 sec / batch", Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_step_itself_is_timed()
    {
        TimingResult result = Protocol(new TimingOptions { Steps = 4, BurnIn = 1 })
            .Run("Forward", () => _clock.Advance(0.25), before: () => _clock.Advance(7), after: () => _clock.Advance(9));
        Assert.Equal([0.25, 0.25, 0.25, 0.25], result.StepSeconds);
    }

    [Fact]
    public void Progress_is_told_before_every_step_with_the_burn_in_below_zero()
    {
        var steps = new List<int>();
        var progress = new Recorder(steps);
        new TimingProtocol(new TimingOptions { Steps = 2, BurnIn = 2 }, _output, _clock, progress).Run("Forward", () => _clock.Advance(1));
        Assert.Equal([-2, -1, 0, 1], steps);
    }

    [Fact]
    public void Cancellation_ends_it_between_two_steps_and_prints_no_result()
    {
        using var stop = new CancellationTokenSource();
        int step = 0;
        Assert.Throws<OperationCanceledException>(() => Protocol(new TimingOptions { Steps = 100, BurnIn = 0 }).Run(
            "Forward",
            () =>
            {
                if (++step == 3) stop.Cancel();
            },
            cancellation: stop.Token));
        Assert.Equal(3, step);
        Assert.DoesNotContain("across", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 10)]
    [InlineData(1, -1, 10)]
    [InlineData(1, 0, 0)]
    public void Numbers_out_of_range_are_errors(int steps, int burnIn, int every) =>
        Assert.Throws<ArgumentException>(() =>
            Protocol(new TimingOptions { Steps = steps, BurnIn = burnIn, ReportEvery = every }).Run("Forward", () => { }));

    [Fact]
    public void Activations_are_listed_channels_last_without_what_belongs_to_a_layer()
    {
        Protocol(new TimingOptions()).WriteActivations(NetworkZoo.Create("alexnet-same"), 32);
        Assert.Equal(
            [
                "conv1 [32, 56, 56, 96]", "lrn1 [32, 56, 56, 96]", "pool1 [32, 27, 27, 96]", "conv2 [32, 27, 27, 256]", "lrn2 [32, 27, 27, 256]",
                "pool2 [32, 13, 13, 256]", "conv3 [32, 13, 13, 384]", "conv4 [32, 13, 13, 384]", "conv5 [32, 13, 13, 256]", "pool5 [32, 6, 6, 256]",
                "fc6 [32, 4096]", "fc7 [32, 4096]", "fc8 [32, 1000]",
            ],
            Lines);
    }

    private TimingProtocol Protocol(TimingOptions options) => new(options, _output, _clock);

    private sealed class Recorder(List<int> steps) : IProgress<TimingProgress>
    {
        public void Report(TimingProgress value) => steps.Add(value.Step);
    }
}
