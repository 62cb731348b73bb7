using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class PoolTests
{
    private const double NaN = double.NaN;

    private static OperatorResult Max(Window window, Shape shape, double[] x, double[]? dy = null) => Single.Run(new MaxPoolLayer("pool", window), shape, x, dy);

    [Fact]
    public void Padding_never_wins_a_maximum()
    {
        // 5 columns, kernel 3, stride 2, SAME: one column of padding on either side.
        OperatorResult result = Max(Single.Window(1, 3, 2, Padding.Same), new(1, 1, 1, 5), [-5, -4, -3, -2, -1], [1, 10, 100]);
        Assert.Equal([-4, -2, -1], result.Output);
        Assert.Equal([0, 1, 0, 10, 100], result.InputGradient);
    }

    [Fact]
    public void SAME_pads_the_odd_column_to_the_right()
    {
        OperatorResult result = Max(Single.Window(1, 3, 2, Padding.Same), new(1, 1, 1, 4), [1, 2, 3, 9]);
        Assert.Equal([3, 9], result.Output); // windows 0-2 and 2-3; padded to the left they would be 0-1 and 1-3
        result = Max(Single.Window(1, 2, 2, Padding.Same), new(1, 1, 1, 3), [3, 1, 2]);
        Assert.Equal([3, 2], result.Output);
    }

    [Fact]
    public void The_gradient_goes_to_the_first_maximum_in_row_major_order()
    {
        Window all = Single.Window(2, 2, 1, Padding.Valid);
        Assert.Equal([5, 0, 0, 0], Max(all, new(1, 1, 2, 2), [1, 1, 1, 1], [5]).InputGradient);
        Assert.Equal([0, 5, 0, 0], Max(all, new(1, 1, 2, 2), [0, 1, 1, 0], [5]).InputGradient);
        Assert.Equal([0, 0, 5, 0], Max(all, new(1, 1, 2, 2), [0, 0, 1, 1], [5]).InputGradient);
    }

    [Fact]
    public void An_element_that_wins_several_windows_gets_the_sum_of_their_gradients()
    {
        Window window = Single.Window(1, 2, 1, Padding.Valid);
        Assert.Equal([0, 8, 0], Max(window, new(1, 1, 1, 3), [1, 2, 1], [3, 5]).InputGradient);
        Assert.Equal([3, 5, 0], Max(window, new(1, 1, 1, 3), [2, 2, 2], [3, 5]).InputGradient);
    }

    [Fact]
    public void NaN_wins_a_maximum_and_the_first_NaN_gets_the_gradient()
    {
        Window window = Single.Window(1, 4, 1, Padding.Valid);
        OperatorResult result = Max(window, new(1, 1, 1, 4), [1, NaN, double.PositiveInfinity, NaN], [7]);
        Assert.Equal([NaN], result.Output);
        Assert.Equal([0, 7, 0, 0], result.InputGradient);
        result = Max(window, new(1, 1, 1, 4), [NaN, 1, 2, 3], [7]);
        Assert.Equal([NaN], result.Output);
        Assert.Equal([7, 0, 0, 0], result.InputGradient);
    }

    [Fact]
    public void Minus_infinity_everywhere_is_its_own_maximum_and_the_first_gets_the_gradient()
    {
        const double low = double.NegativeInfinity;
        OperatorResult result = Max(Single.Window(1, 3, 2, Padding.Same), new(1, 1, 1, 3), [low, low, low], [1, 10]);
        Assert.Equal([low, low], result.Output);
        Assert.Equal([1, 10, 0], result.InputGradient);
    }

    [Fact]
    public void A_size_rounded_up_adds_a_window_only_if_it_begins_within_the_input()
    {
        Window up = Single.Window(1, 3, 2, Padding.Explicit(0), SizeRounding.Ceiling);
        Assert.Equal([3, 5, 6], Max(up, new(1, 1, 1, 6), [1, 2, 3, 4, 5, 6]).Output);
        Assert.Equal([3, 5], Max(up with { Rounding = SizeRounding.Floor }, new(1, 1, 1, 6), [1, 2, 3, 4, 5, 6]).Output);
        // Kernel 2, stride 4, a column of padding on the right: a second window would begin beyond the 4 pixels.
        Window beyond = new(1, 2, 1, 4, Padding.Explicit(0, 0, 0, 1), SizeRounding.Ceiling);
        Assert.Equal([2], Max(beyond, new(1, 1, 1, 4), [1, 2, 3, 4]).Output);
    }

    [Fact]
    public void A_stride_larger_than_the_kernel_skips_pixels()
    {
        OperatorResult result = Max(Single.Window(1, 1, 3, Padding.Valid), new(1, 1, 1, 5), [1, 9, 9, 2, 9], [4, 5]);
        Assert.Equal([1, 2], result.Output);
        Assert.Equal([4, 0, 0, 5, 0], result.InputGradient);
    }

    [Fact]
    public void An_average_divides_by_the_pixels_or_by_the_window_within_the_padded_input()
    {
        // 6 columns with one of padding on either side; windows of 3 begin at -1, 1, 3 and, rounded up, 5: that one reaches beyond the padding.
        Window window = Single.Window(1, 3, 2, Padding.Explicit(0, 1, 0, 1), SizeRounding.Ceiling);
        double[] x = [1, 2, 3, 4, 5, 6], dy = [6, 6, 6, 6];
        OperatorResult pixels = Single.Run(new AveragePoolLayer("pool", window, CountPadding: false), new(1, 1, 1, 6), x, dy);
        Assert.Equal([1.5, 3, 5, 6], pixels.Output);
        Assert.Equal([3, 5, 2, 4, 2, 8], pixels.InputGradient);
        OperatorResult padded = Single.Run(new AveragePoolLayer("pool", window, CountPadding: true), new(1, 1, 1, 6), x, dy);
        Assert.Equal([1, 3, 5, 3], padded.Output);
        Assert.Equal([2, 4, 2, 4, 2, 5], padded.InputGradient);
    }

    [Fact]
    public void Channels_and_images_are_pooled_each_by_itself()
    {
        double[] x = [1, 2, 3, 4, 50, 60, 70, 80]; // [2, 2, 1, 2]
        Window window = Single.Window(1, 2, 1, Padding.Valid);
        Assert.Equal([2, 4, 60, 80], Max(window, new(2, 2, 1, 2), x).Output);
        Assert.Equal([1.5, 3.5, 55, 75], Single.Run(new AveragePoolLayer("pool", window, CountPadding: false), new(2, 2, 1, 2), x).Output);
    }
}
