using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class LayerTests
{
    private const double NaN = double.NaN, Infinity = double.PositiveInfinity;

    [Fact]
    public void A_rectifier_passes_NaN_and_its_gradient_is_0_at_0()
    {
        OperatorResult result = Single.Run(new ReluLayer("relu"), new(1, 7), [-1, -0.0, 0, 2, NaN, Infinity, -Infinity], [1, 2, 3, 4, 5, 6, 7]);
        Assert.Equal([0, 0, 0, 2, NaN, Infinity, 0], result.Output);
        Assert.Equal([0, 0, 0, 4, 5, 6, 0], result.InputGradient);
    }

    [Fact]
    public void Lrn_follows_the_formula_and_does_not_divide_alpha()
    {
        // s = 2 + 0.5 * sums of squares: 2 + 0.5 * 5, 2 + 0.5 * 14, 2 + 0.5 * 13.
        OperatorResult result = Single.Run(new LrnLayer("lrn", 1, 2, 0.5f, 1), new(1, 3, 1, 1), [1, 2, 3], [1, 0, 0]);
        Single.Near([1 / 4.5, 2 / 9.0, 3 / 8.5], result.Output);
        // dy is 1 at channel 0 alone: its own derivative, and what x[1] does to s[0]; channel 2 is not in the window.
        Single.Near([(1 / 4.5) - (1 / 20.25), -2 / 20.25, 0], result.InputGradient);
    }

    [Fact]
    public void Lrn_raises_to_the_power_beta()
    {
        Single.Near([0.125], Single.Run(new LrnLayer("lrn", 2, 1, 15, 0.75f), new(1, 1, 1, 1), [1]).Output); // 16 ^ -0.75
        Single.Near([0.5], Single.Run(new LrnLayer("lrn", 0, 4, 0, 0.5f), new(1, 1, 1, 1), [1]).Output);
    }

    [Fact]
    public void An_lrn_window_wider_than_the_channels_sums_them_all_at_each_pixel()
    {
        // Two pixels: (1, 2) and (3, 4); s = 1 + 5 and 1 + 25.
        foreach (int radius in new[] { 1, 5, int.MaxValue })
        {
            OperatorResult result = Single.Run(new LrnLayer("lrn", radius, 1, 1, 1), new(1, 2, 1, 2), [1, 3, 2, 4]);
            Single.Near([1 / 6.0, 3 / 26.0, 2 / 6.0, 4 / 26.0], result.Output);
        }
    }

    [Fact]
    public void Softmax_is_right_for_small_and_for_huge_scores()
    {
        OperatorResult result = Single.Run(new SoftmaxLayer("softmax"), new(1, 3), [0, Math.Log(2), Math.Log(5)], [1, 0, 0]);
        Single.Near([1 / 8.0, 2 / 8.0, 5 / 8.0], result.Output);
        Single.Near([7 / 64.0, -2 / 64.0, -5 / 64.0], result.InputGradient);
        Single.Near([0.5, 0.5, 0, 0, 1, 0], Single.Run(new SoftmaxLayer("softmax"), new(2, 3), [1e300, 1e300, 0, -1e300, 5, -1e300]).Output);
    }

    [Fact]
    public void A_row_with_NaN_has_a_softmax_of_NaN_and_other_rows_are_right()
    {
        Single.Near([NaN, NaN, 0.5, 0.5], Single.Run(new SoftmaxLayer("softmax"), new(2, 2), [1, NaN, 3, 3]).Output);
    }

    [Fact]
    public void Argmax_is_the_first_largest_and_NaN_is_larger_than_any_number()
    {
        double[] x = [1, 3, 3, NaN, 5, Infinity, 5, NaN, NaN, -Infinity, -Infinity, -Infinity, -2, -3, -1];
        Assert.Equal([1, 0, 1, 0, 2], Single.Run(new ArgMaxLayer("argmax"), new(5, 3), x).Output);
    }

    [Fact]
    public void Flatten_keeps_the_order_of_channels_rows_and_columns()
    {
        double[] x = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        OperatorResult result = Single.Run(new FlattenLayer("flatten"), new(2, 3, 2, 2), x, [.. x.Reverse()]);
        Assert.Equal(x, result.Output);
        Assert.Equal(x.Reverse(), result.InputGradient);
    }

    [Fact]
    public void The_l2_loss_is_half_the_sum_of_squares_over_the_batch_and_its_gradient_the_input()
    {
        OperatorResult result = Single.Run(new L2LossLayer("loss"), new(3, 1), [1, 2, -3]);
        Assert.Equal([7], result.Output);
        Assert.Equal([1, 2, -3], result.InputGradient);
    }

    [Fact]
    public void Cross_entropy_is_the_mean_over_the_batch()
    {
        // Softmax: (1/4, 3/4) with label 1, (1/2, 1/2) with label 0.
        OperatorResult result = Single.Run(new SoftmaxCrossEntropyLayer("loss"), new(2, 2), [0, Math.Log(3), 7, 7], labels: [1, 0]);
        Single.Near([(Math.Log(4 / 3.0) + Math.Log(2)) / 2], result.Output);
        Single.Near([0.125, -0.125, -0.25, 0.25], result.InputGradient);
    }

    [Fact]
    public void Cross_entropy_of_huge_scores_neither_overflows_nor_loses_the_loss()
    {
        OperatorResult result = Single.Run(new SoftmaxCrossEntropyLayer("loss"), new(1, 2), [1e5, -1e5], labels: [1]);
        Assert.Equal([2e5], result.Output);
        Assert.Equal([1, -1], result.InputGradient);
    }

    [Fact]
    public void A_concatenation_puts_channels_behind_each_other_in_each_image()
    {
        Network network = new NetworkBuilder("join", 2, 1, 2).Relu("a").Concat("join", "a", Network.InputName).Build();
        using var device = new ReferenceDevice(1);
        double[] x = [-1, 2, 3, -4, 5, -6, -7, 8]; // two images of two channels of two pixels
        NetworkResult result = NetworkRunner.Run(network, device, network.CreateParameters(), new CompileOptions { Batch = 2 }, x);
        Assert.Equal(new Shape(2, 4, 1, 2), result.OutputShape);
        Assert.Equal([0, 2, 3, 0, -1, 2, 3, -4, 5, 0, 0, 8, 5, -6, -7, 8], result.Output);
    }

    [Fact]
    public void A_gradient_that_would_be_a_sum_over_branches_is_refused()
    {
        Network network = new NetworkBuilder("join", 1, 1, 2).FullyConnected("fc", 2).Concat("join", "fc", "fc").L2Loss().Build();
        using var device = new ReferenceDevice(1);
        var error = Assert.Throws<NotSupportedException>(
            () => network.Compile(device, network.CreateParameters(), new CompileOptions { Mode = ExecutionMode.Gradients }));
        Assert.Contains("'fc' is read by more than one layer", error.Message, StringComparison.Ordinal);
    }
}
