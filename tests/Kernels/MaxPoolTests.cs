using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class MaxPoolTests
{
    public static TheoryData<int, int, int, int, int, int, int, int> Shapes => new()
    {
        // planes, height, width, output height, output width, kernel, stride, padding (top and left)
        { 1, 1, 1, 1, 1, 1, 1, 0 },
        { 1, 1, 1, 1, 1, 2, 2, 0 },          // SAME: the window reaches past the right and bottom
        { 3, 3, 3, 1, 1, 3, 2, 0 },
        { 5, 56, 56, 27, 27, 3, 2, 0 },      // pool1 of alexnet-same: the last row and column are not covered
        { 7, 27, 27, 13, 13, 3, 2, 0 },      // pool2
        { 40, 13, 13, 6, 6, 3, 2, 0 },       // pool5
        { 2, 55, 55, 28, 28, 3, 2, 1 },      // pool1 of alexnet-valid, SAME: padding on every side
        { 3, 28, 28, 13, 13, 3, 2, 0 },      // pool2 of alexnet-valid
        { 2, 112, 112, 56, 56, 2, 2, 0 },    // vgg: several tiles of rows
        { 9, 14, 14, 7, 7, 2, 2, 0 },
        { 2, 15, 9, 8, 5, 2, 2, 0 },         // SAME of odd sizes
        { 3, 10, 37, 10, 37, 3, 1, 1 },
        { 2, 12, 20, 4, 7, 3, 3, 0 },
        { 2, 21, 22, 6, 6, 5, 4, 2 },
        { 1, 300, 5, 149, 2, 3, 2, 0 },
        { 1, 5, 700, 2, 349, 3, 2, 0 },
        { 500, 3, 3, 2, 2, 2, 1, 0 },        // many small planes in a block
        { 451, 5, 5, 2, 2, 3, 2, 0 },        // and a last block that has fewer
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_gives_the_first_maximum_and_its_place(int planes, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding)
    {
        var shape = new PoolShape(planes, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding);
        var x = Samples.WithTies((long)planes * height * width, 11);
        Check(shape, x, 0);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_gathers_each_gradient_at_its_winner(int planes, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding)
    {
        var shape = new PoolShape(planes, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding);
        var x = Samples.WithTies((long)planes * height * width, 12);
        var (_, argmax) = PoolReference.MaxForward(x, shape);
        var dy = Samples.Uniform(argmax.Length, 13);
        var expected = PoolReference.MaxBackward(dy, argmax, shape);
        Devices.ForEach(device =>
        {
            var dx = device.Output<float>(x.Length, "dx");
            device.Run(MaxPoolKernels.Backward(device.Upload(dy, "dy"), device.Upload(argmax, "argmax"), dx, shape));

            // At most nine values below 1 are added.
            Compare.Close(expected, device.Download<float>(dx, x.Length), 0, 1e-6);
        });
    }

    [Fact]
    public void NaN_wins_and_infinities_and_zeros_of_either_sign_are_ordinary()
    {
        foreach (var kernel in new[] { 2, 3, 4 })
        {
            var shape = new PoolShape(6, 20, 21, 9, 9, kernel, kernel, 2, 2, 0, 0);
            Check(shape, Samples.Extreme(6 * 20 * 21, 14), 0);
        }
    }

    [Fact]
    public void A_window_of_negative_infinities_has_its_first_element_as_winner()
    {
        var x = new float[2 * 7 * 7];
        Array.Fill(x, float.NegativeInfinity);
        Check(new PoolShape(2, 7, 7, 4, 4, 3, 3, 2, 2, 1, 1), x, 0);
    }

    [Fact]
    public void Rectangular_windows_with_unequal_strides_work_at_any_alignment()
    {
        var shape = new PoolShape(3, 11, 17, 5, 5, 2, 4, 2, 3, 0, 1);
        for (var skip = 0; skip < 4; skip++)
        {
            Check(shape, Samples.WithTies(3 * 11 * 17, 15), skip);
        }
    }

    [Fact]
    public void Without_argmax_the_maxima_are_the_same()
    {
        var shape = new PoolShape(4, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
        var x = Samples.Uniform(4 * 13 * 13, 16);
        Devices.ForEach(device =>
        {
            var y = device.Output<float>(4 * 36, "y");
            device.Run(MaxPoolKernels.Forward(device.Upload(x, "x"), y, 0, shape));
            Compare.Same(PoolReference.MaxForward(x, shape).Y, device.Download<float>(y, 4 * 36));
        });
    }

    [Fact]
    public void Windows_that_lie_outside_or_are_too_large_for_a_byte_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MaxPoolKernels.Forward(8, 8, 8, new PoolShape(1, 4, 4, 3, 2, 2, 2, 2, 2, 0, 0)));
        Assert.Throws<ArgumentException>(() => MaxPoolKernels.Forward(8, 8, 8, new PoolShape(1, 4, 4, 2, 2, 2, 2, 2, 2, 2, 0)));
        Assert.Throws<ArgumentException>(() => MaxPoolKernels.Forward(8, 8, 8, new PoolShape(1, 20, 20, 1, 1, 17, 17, 1, 1, 0, 0)));
        Assert.Throws<ArgumentException>(() => MaxPoolKernels.Forward(8, 8, 0, new PoolShape(1, 3, 9000, 1, 4499, 3, 3, 2, 2, 0, 0)));
    }

    private static void Check(PoolShape shape, float[] x, int skip)
    {
        var (expected, places) = PoolReference.MaxForward(x, shape);
        Devices.ForEach(device =>
        {
            var (y, argmax) = (device.Output<float>(expected.Length, "y", skip), device.Output<byte>(expected.Length, "argmax", skip));
            device.Run(MaxPoolKernels.Forward(device.Upload(x, "x", skip), y, argmax, shape));
            Compare.Same(expected, device.Download<float>(y, expected.Length));
            Assert.Equal(places, device.Download<byte>(argmax, expected.Length));
        });
    }
}
