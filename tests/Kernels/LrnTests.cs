using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class LrnTests
{
    // Squares of a window: at most 2r + 1 roundings of 6e-8 each, three quarters of which reach the result, and a few more for
    // roots and division; another exponent adds 1e-6.
    private const double Relative = 4e-6;

    // What a square above float's range hides: x (a x^2)^-0.75 < 1e-9 for x > 1e19.
    private const double Absolute = 1e-9;

    // dx is a difference of terms of order 1 (g is below 1), each with errors as above.
    private const double AbsoluteBackward = 8e-6;

    public static TheoryData<int, int, int, int, float> Shapes => new()
    {
        { 1, 1, 1, 2, 0.75f },        // one element
        { 1, 3, 1, 5, 0.75f },        // fewer channels than the window
        { 3, 4, 1, 4, 0.75f },
        { 2, 12, 49, 5, 0.75f },      // conv1 and conv2 of alexnet-same, scaled down: odd planes
        { 2, 32, 25, 5, 0.75f },
        { 1, 8, 49, 4, 0.75f },       // alexnet-owt-softmax10, alexnet-conv
        { 1, 24, 30, 4, 0.75f },
        { 2, 12, 55, 2, 0.75f },      // alexnet-valid, alexnet-2012, bvlc-alexnet, caffenet
        { 1, 40, 27, 2, 0.75f },
        { 2, 130, 9, 2, 0.75f },      // several chunks of channels, the last one shorter
        { 1, 97, 12, 5, 0.75f },
        { 5, 6, 300, 2, 0.75f },      // a block that spans images
        { 2, 9, 10, 1, 0.75f },       // other radii and exponents
        { 2, 9, 10, 0, 0.75f },
        { 1, 40, 7, 3, 0.5f },
        { 1, 30, 7, 2, 1f },
        { 1, 20, 33, 8, 0.31f },
        { 1, 10, 5, 100, 0.75f },     // a window wider than the channels on both sides
        { 1, 150, 3, 63, 0.75f },     // the largest radius
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_agrees_with_double_precision(int images, int channels, int plane, int radius, float beta)
    {
        var shape = new ImageShape(images, channels, plane);
        var lrn = new LrnParameters(radius, 1.5f, 0.05f, beta);
        var x = Samples.Uniform(shape.Count, 1, 4);
        var expected = LrnReference.Forward(x, shape, lrn);
        Devices.ForEach(device =>
        {
            var y = device.Output<float>(x.Length, "y");
            device.Run(LrnKernels.Forward(device.Upload(x, "x"), y, shape, lrn));
            Compare.Close(expected, device.Download<float>(y, x.Length), Relative, Absolute);
        });
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_agrees_with_double_precision(int images, int channels, int plane, int radius, float beta)
    {
        var shape = new ImageShape(images, channels, plane);
        var lrn = new LrnParameters(radius, 1.5f, 0.05f, beta);
        var x = Samples.Uniform(shape.Count, 2, 4);
        var g = Samples.Uniform(shape.Count, 3);
        var expected = LrnReference.Backward(x, g, shape, lrn);
        Devices.ForEach(device =>
        {
            var dx = device.Output<float>(x.Length, "dx");
            device.Run(LrnKernels.Backward(device.Upload(x, "x"), device.Upload(g, "g"), dx, shape, lrn));
            Compare.Close(expected, device.Download<float>(dx, x.Length), Relative, AbsoluteBackward);
        });
    }

    [Theory]
    [InlineData(2, 0.75f)]
    [InlineData(4, 0.75f)]
    [InlineData(5, 0.75f)]
    [InlineData(3, 0.75f)]
    [InlineData(2, 0.6f)]
    public void An_infinity_or_NaN_spoils_its_window_and_nothing_else(int radius, float beta)
    {
        var shape = new ImageShape(1, 40, 30);
        var lrn = new LrnParameters(radius, 1f, 0.01f, beta);
        var x = Samples.Extreme(shape.Count, 4);
        var g = Samples.Uniform(shape.Count, 5);
        Devices.ForEach(device =>
        {
            var (from, y, dx) = (device.Upload(x, "x"), device.Output<float>(x.Length, "y"), device.Output<float>(x.Length, "dx"));
            device.Run(LrnKernels.Forward(from, y, shape, lrn));
            device.Run(LrnKernels.Backward(from, device.Upload(g, "g"), dx, shape, lrn));

            // With beta 0.6 the results of overflowing squares are larger: x^-0.2 stays above 1e-8 up to 1e38.
            var absolute = beta < 0.75f ? 1e-2 : Absolute;
            Compare.Close(LrnReference.Forward(x, shape, lrn), device.Download<float>(y, x.Length), Relative, absolute);
            Compare.Close(LrnReference.Backward(x, g, shape, lrn), device.Download<float>(dx, x.Length), Relative, AbsoluteBackward + absolute);
        });
    }

    [Fact]
    public void Alpha_is_not_divided_by_the_window()
    {
        Devices.ForEach(device =>
        {
            var y = device.Output<float>(5, "y");
            device.Run(LrnKernels.Forward(device.Upload([1f, 1, 1, 1, 1], "x"), y, new ImageShape(1, 5, 1), new LrnParameters(2, 1, 3, 0.75f)));
            Assert.Equal(0.125f, device.Download<float>(y, 5)[2], 1e-6);   // (1 + 3 * 5)^-0.75
        });
    }

    [Theory]
    [InlineData(-1, 0.75f)]
    [InlineData(2, -1f)]
    [InlineData(2, 9f)]
    [InlineData(2, float.NaN)]
    [InlineData(64, 0.75f)]
    public void A_radius_or_exponent_out_of_range_is_refused(int radius, float beta) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LrnKernels.Forward(8, 8, new ImageShape(1, 200, 1), new LrnParameters(radius, 1, 1, beta))
            .SharedBytes + LrnKernels.Backward(8, 8, 8, new ImageShape(1, 200, 1), new LrnParameters(radius, 1, 1, beta)).SharedBytes);
}
