using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class ConvolutionTests
{
    private static Dictionary<string, double[]> Weights(params double[] weights) => new() { ["conv/weights"] = weights };

    [Fact]
    public void A_kernel_is_not_flipped_and_SAME_pads_an_even_kernel_at_the_bottom_and_right()
    {
        OperatorResult result = Single.Run(
            Single.Convolution(1, Single.Window(2, 2, 1, Padding.Same)), new(1, 1, 2, 2), [1, 2, 3, 4], parameters: Weights(1, 10, 100, 1000));
        Assert.Equal([4321, 402, 43, 4], result.Output);
    }

    [Fact]
    public void SAME_with_a_stride_pads_one_row_less_above_than_below()
    {
        // 4 rows, kernel 3, stride 2: 2 outputs, 1 row of padding in all, which goes below.
        double[] x = [.. Enumerable.Range(1, 16).Select(i => (double)i)];
        OperatorResult result = Single.Run(
            Single.Convolution(1, Single.Window(3, 3, 2, Padding.Same)), new(1, 1, 4, 4), x, parameters: Weights(1, 1, 1, 1, 1, 1, 1, 1, 1));
        Assert.Equal([54, 45, 72, 54], result.Output);
    }

    [Fact]
    public void Explicit_padding_goes_to_the_sides_it_is_stated_for()
    {
        // A row of padding above and two columns to the right; kernel 2x2.
        Window window = Single.Window(2, 2, 1, Padding.Explicit(1, 0, 0, 2));
        OperatorResult result = Single.Run(Single.Convolution(1, window), new(1, 1, 1, 2), [5, 7], parameters: Weights(1, 10, 100, 1000));
        Assert.Equal([7500, 700, 0], result.Output);
    }

    [Fact]
    public void Padding_larger_than_the_kernel_gives_the_bias()
    {
        OperatorResult result = Single.Run(
            Single.Convolution(1, Single.Window(1, 1, 1, Padding.Explicit(1)), bias: true), new(1, 1, 1, 1), [7], [1, 1, 1, 1, 10, 1, 1, 1, 1],
            new Dictionary<string, double[]> { ["conv/weights"] = [2], ["conv/biases"] = [5] });
        Assert.Equal([5, 5, 5, 5, 19, 5, 5, 5, 5], result.Output);
        Assert.Equal([20], result.InputGradient);
        Assert.Equal([70], result.ParameterGradients["conv/weights"]);
        Assert.Equal([18], result.ParameterGradients["conv/biases"]);
    }

    [Fact]
    public void A_size_rounded_up_lets_the_last_window_reach_beyond_the_input()
    {
        Window down = Single.Window(1, 3, 2, Padding.Explicit(0)), up = down with { Rounding = SizeRounding.Ceiling };
        double[] x = [1, 2, 3, 4, 5, 6];
        Assert.Equal([321, 543], Single.Run(Single.Convolution(1, down), new(1, 1, 1, 6), x, parameters: Weights(1, 10, 100)).Output);
        Assert.Equal([321, 543, 65], Single.Run(Single.Convolution(1, up), new(1, 1, 1, 6), x, parameters: Weights(1, 10, 100)).Output);
    }

    [Fact]
    public void Gradients_of_one_output_are_the_kernel_and_the_window()
    {
        ConvolutionLayer layer = Single.Convolution(1, Single.Window(2, 2, 1, Padding.Same));
        OperatorResult first = Single.Run(layer, new(1, 1, 2, 2), [1, 2, 3, 4], [1, 0, 0, 0], Weights(1, 10, 100, 1000));
        Assert.Equal([1, 10, 100, 1000], first.InputGradient);
        Assert.Equal([1, 2, 3, 4], first.ParameterGradients["conv/weights"]);
        OperatorResult second = Single.Run(layer, new(1, 1, 2, 2), [1, 2, 3, 4], [0, 1, 0, 0], Weights(1, 10, 100, 1000));
        Assert.Equal([0, 1, 0, 100], second.InputGradient);
        Assert.Equal([2, 0, 4, 0], second.ParameterGradients["conv/weights"]);
    }

    [Fact]
    public void A_stride_leaves_pixels_without_a_gradient()
    {
        OperatorResult result = Single.Run(
            Single.Convolution(1, Single.Window(1, 1, 2, Padding.Valid)), new(1, 1, 3, 3), [1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4], Weights(10));
        Assert.Equal([10, 30, 70, 90], result.Output);
        Assert.Equal([10, 0, 20, 0, 0, 0, 30, 0, 40], result.InputGradient);
        Assert.Equal([1 + 6 + 21 + 36], result.ParameterGradients["conv/weights"]);
    }

    [Fact]
    public void A_group_reads_its_own_channels_alone()
    {
        // 4 channels of one pixel in 2 groups, 2 filters: the first reads channels 0 and 1, the second 2 and 3.
        OperatorResult result = Single.Run(
            Single.Convolution(2, Single.Window(1, 1, 1, Padding.Valid), groups: 2), new(1, 4, 1, 1), [1, 2, 3, 4], [1, 10], Weights(5, 6, 7, 8));
        Assert.Equal([5 + 12, 21 + 32], result.Output);
        Assert.Equal([5, 6, 70, 80], result.InputGradient);
        Assert.Equal([1, 2, 30, 40], result.ParameterGradients["conv/weights"]);
    }

    [Fact]
    public void Gradients_of_parameters_are_sums_over_the_batch()
    {
        OperatorResult result = Single.Run(
            Single.Convolution(1, Single.Window(1, 1, 1, Padding.Valid), bias: true), new(3, 1, 1, 2), [1, 2, 3, 4, 5, 6], [1, 1, 10, 10, 100, 100],
            new Dictionary<string, double[]> { ["conv/weights"] = [2], ["conv/biases"] = [1] });
        Assert.Equal([3, 5, 7, 9, 11, 13], result.Output);
        Assert.Equal([3 + 70 + 1100], result.ParameterGradients["conv/weights"]);
        Assert.Equal([222], result.ParameterGradients["conv/biases"]);
    }

    [Fact]
    public void Images_are_flattened_for_a_fully_connected_layer_in_the_order_of_channels_rows_and_columns()
    {
        double[] x = [1, 2, 3, 4, 5, 6, 7, 8]; // [2, 2, 1, 2]
        OperatorResult result = Single.Run(Single.FullyConnected(2), new(2, 2, 1, 2), x, [1, 10, 100, 1000],
            new Dictionary<string, double[]> { ["fc/weights"] = [1, 10, 100, 1000, 1, 0, 0, -1], ["fc/biases"] = [0.5, -0.5] });
        Assert.Equal([4321.5, -3.5, 8765.5, -3.5], result.Output);
        Assert.Equal([11, 10, 100, 990, 1100, 1000, 10000, 99000], result.InputGradient);
        Assert.Equal([501, 602, 703, 804, 5010, 6020, 7030, 8040], result.ParameterGradients["fc/weights"]);
        Assert.Equal([101, 1010], result.ParameterGradients["fc/biases"]);
    }
}
