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
        { 1, 150, 3, 63, 0.75f },     // the largest radius of the unspecialised backward kernel
        { 1, 256, 3, 64, 0.75f },     // and what lies beyond: sums of squares of blocks of channels
        { 2, 256, 2, 100, 1.3f },
        { 1, 256, 1, 191, 0.75f },    // the largest radius of the unspecialised forward kernel
        { 1, 256, 3, 200, 0.6f },
        { 1, 450, 1, 199, 8f },       // several windows side by side, the last one cut off
    };

    /// <summary>What 16-bit storage is tested with: fewer shapes, and channels that are no multiple of eight.</summary>
    public static TheoryData<Storage, Layout, int, int, int, int, float> NarrowShapes
    {
        get
        {
            (int Images, int Channels, int Plane, int Radius, float Beta)[] shapes =
            [
                (1, 1, 1, 2, 0.75f), (1, 3, 1, 5, 0.75f), (2, 16, 49, 5, 0.75f), (3, 14, 10, 4, 0.75f), (1, 96, 9, 2, 0.75f), (1, 128, 5, 5, 0.75f),
                (1, 264, 3, 5, 0.75f), (1, 301, 2, 4, 0.75f), (1, 520, 2, 2, 0.75f), (2, 9, 10, 0, 0.75f), (1, 40, 7, 3, 0.5f), (1, 250, 3, 80, 8f),
            ];
            var data = new TheoryData<Storage, Layout, int, int, int, int, float>();
            foreach (var (storage, layout) in Elements.Variants.Skip(1))
            {
                foreach (var one in shapes)
                {
                    data.Add(storage, layout, one.Images, one.Channels, one.Plane, one.Radius, one.Beta);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_agrees_with_double_precision(int images, int channels, int plane, int radius, float beta) =>
        Forward(Storage.Float32, Layout.Nchw, new ImageShape(images, channels, plane), radius, beta);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_agrees_with_double_precision(int images, int channels, int plane, int radius, float beta) =>
        Backward(Storage.Float32, Layout.Nchw, new ImageShape(images, channels, plane), radius, beta);

    [Theory]
    [MemberData(nameof(NarrowShapes))]
    public void In_16_bits_both_agree_with_double_precision(Storage storage, Layout layout, int images, int channels, int plane, int radius, float beta)
    {
        Forward(storage, layout, new ImageShape(images, channels, plane), radius, beta);
        Backward(storage, layout, new ImageShape(images, channels, plane), radius, beta);
    }

    [Fact]
    public void Blocks_of_channels_may_be_longer_than_a_window()
    {
        // The host makes them so long from 24,577 channels on; the fourth argument after the pointers is the logarithm of their length.
        var shape = new ImageShape(1, 450, 2);
        var lrn = new LrnParameters(199, 1.5f, 0.05f, 0.75f);
        var x = Samples.Uniform(shape.Count, 7, 4);
        Devices.ForEach(device =>
        {
            var (from, y, dx) = (device.Upload(x, "x"), device.Output<float>(x.Length, "y"), device.Output<float>(x.Length, "dx"));
            device.Run(Long(LrnKernels.Forward(from, y, shape, lrn), 2));
            device.Run(Long(LrnKernels.Backward(from, y, dx, shape, lrn), 3));
            Compare.Close(LrnReference.Forward(x, shape, lrn), device.Download<float>(y, x.Length), Bound(199, 1), Absolute);
            Compare.Close(LrnReference.Backward(x, device.Download<float>(y, x.Length), shape, lrn), device.Download<float>(dx, x.Length), Bound(199, 1), AbsoluteBackward);
        });

        static KernelLaunch Long(KernelLaunch launch, int pointers)
        {
            KernelArgument[] arguments = [.. launch.Arguments];
            arguments[pointers + 3] = KernelArgument.Value(9);
            return launch with { Arguments = arguments };
        }
    }

    [Theory]
    [InlineData(Layout.Nchw, 1)]
    [InlineData(Layout.Nhwc, 1)]     // no vector is aligned
    [InlineData(Layout.Nhwc, 4)]
    public void In_16_bits_any_alignment_will_do(Layout layout, int skip)
    {
        Forward(Storage.Float16, layout, new ImageShape(1, 24, 7), 5, 0.75f, skip);
        Backward(Storage.BFloat16, layout, new ImageShape(1, 24, 7), 4, 0.75f, skip);
        Backward(Storage.Float16, layout, new ImageShape(1, 24, 7), 3, 0.75f, skip);
    }

    [Fact]
    public void Both_layouts_give_the_same_bits()
    {
        var shape = new ImageShape(2, 44, 6);
        var lrn = new LrnParameters(5, 1, 0.1f, 0.75f);
        var x = Elements.Rounded(Samples.Uniform(shape.Count, 6, 4), Storage.Float16);
        Devices.ForEach(device =>
        {
            float[] Run(Layout layout)
            {
                var (g, dx) = (Elements.Output(device, shape.Count, "g", Storage.Float16), Elements.Output(device, shape.Count, "dx", Storage.Float16));
                var from = Elements.Upload(device, x, "x", Storage.Float16, layout, shape);
                device.Run(LrnKernels.Forward(from, g, shape, lrn, Storage.Float16, layout));
                device.Run(LrnKernels.Backward(from, g, dx, shape, lrn, Storage.Float16, layout));
                return Elements.Download(device, dx, Storage.Float16, layout, shape);
            }

            Compare.Same(Run(Layout.Nchw), Run(Layout.Nhwc));
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

    [Theory]
    [InlineData(Storage.Float16, Layout.Nchw, 4, 0.75f)]
    [InlineData(Storage.BFloat16, Layout.Nchw, 3, 0.75f)]
    [InlineData(Storage.Float16, Layout.Nhwc, 5, 0.75f)]
    [InlineData(Storage.BFloat16, Layout.Nhwc, 2, 0.75f)]
    [InlineData(Storage.BFloat16, Layout.Nhwc, 3, 0.75f)]
    [InlineData(Storage.Float32, Layout.Nchw, 70, 0.75f)]
    public void So_it_is_in_16_bits_and_with_wide_windows(Storage storage, Layout layout, int radius, float beta)
    {
        var shape = new ImageShape(1, 3 * radius, 20);
        var lrn = new LrnParameters(radius, 1f, 0.01f, beta);

        // A wide window is seldom without one.
        var x = Elements.Rounded(radius < 10 ? Samples.Extreme(shape.Count, 4) : Samples.Uniform(shape.Count, 4), storage);
        (x[45], x[46], x[67], x[88]) = (float.NaN, float.PositiveInfinity, 65504, 1e-7f);
        x = Elements.Rounded(x, storage);
        var g = Elements.Rounded(Samples.Uniform(shape.Count, 5), storage);
        var (forward, backward) = (LrnReference.Forward(x, shape, lrn), LrnReference.Backward(x, g, shape, lrn));
        Devices.ForEach(device =>
        {
            var from = Elements.Upload(device, x, "x", storage, layout, shape);
            var (y, dx) = (Elements.Output(device, x.Length, "y", storage), Elements.Output(device, x.Length, "dx", storage));
            device.Run(LrnKernels.Forward(from, y, shape, lrn, storage, layout));
            device.Run(LrnKernels.Backward(from, Elements.Upload(device, g, "g", storage, layout, shape), dx, shape, lrn, storage, layout));
            Elements.Close(forward, Elements.Download(device, y, storage, layout, shape), Relative, Absolute, storage);
            Elements.Close(backward, Elements.Download(device, dx, storage, layout, shape), Relative, AbsoluteBackward + Absolute, storage);
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
    public void A_radius_or_exponent_out_of_range_is_refused(int radius, float beta) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LrnKernels.Forward(8, 8, new ImageShape(1, 200, 1), new LrnParameters(radius, 1, 1, beta))
            .SharedBytes + LrnKernels.Backward(8, 8, 8, new ImageShape(1, 200, 1), new LrnParameters(radius, 1, 1, beta)).SharedBytes);

    [Fact]
    public void What_has_no_kernel_is_refused()
    {
        var lrn = new LrnParameters(2, 1, 1, 0.75f);
        var shape = new ImageShape(1, 5000, 1);
        Assert.Throws<ArgumentException>(() => LrnKernels.Forward(8, 8, shape, lrn, Storage.Float32, Layout.Nhwc));
        Assert.Throws<ArgumentOutOfRangeException>(() => LrnKernels.Backward(8, 8, 8, shape, lrn with { Radius = 3 }, Storage.Float16, Layout.Nhwc));
        Assert.Throws<ArgumentOutOfRangeException>(() => LrnKernels.Backward(8, 8, 8, shape, lrn with { Radius = 2048 }, Storage.Float16));

        // But these have one.
        Assert.Equal("lrn_backward_2_f16_nhwc", LrnKernels.Backward(8, 8, 8, shape, lrn, Storage.Float16, Layout.Nhwc).Kernel);
        Assert.Equal("lrn_backward_any_f16", LrnKernels.Backward(8, 8, 8, shape, lrn with { Radius = 2047 }, Storage.Float16).Kernel);
        Assert.Equal("lrn_backward_wide", LrnKernels.Backward(8, 8, 8, new ImageShape(1, 1 << 20, 1), lrn with { Radius = int.MaxValue }).Kernel);
    }

    // Wide windows have more roundings, whose errors mostly cancel; an exponent above 1 multiplies what is left.
    private static double Bound(int radius, float beta) => Relative * Math.Max(1, radius / 63.0) * Math.Max(1, beta);

    private static void Forward(Storage storage, Layout layout, ImageShape shape, int radius, float beta, int skip = 0)
    {
        var lrn = new LrnParameters(radius, 1.5f, 0.05f, beta);
        var x = Elements.Rounded(Samples.Uniform(shape.Count, 1, 4), storage);
        var expected = LrnReference.Forward(x, shape, lrn);
        Devices.ForEach(device =>
        {
            var y = Elements.Output(device, x.Length, "y", storage, skip);
            device.Run(LrnKernels.Forward(Elements.Upload(device, x, "x", storage, layout, shape, skip), y, shape, lrn, storage, layout));
            Elements.Close(expected, Elements.Download(device, y, storage, layout, shape), Bound(radius, beta), Absolute, storage);
        });
    }

    private static void Backward(Storage storage, Layout layout, ImageShape shape, int radius, float beta, int skip = 0)
    {
        var lrn = new LrnParameters(radius, 1.5f, 0.05f, beta);
        var x = Elements.Rounded(Samples.Uniform(shape.Count, 2, 4), storage);
        var g = Elements.Rounded(Samples.Uniform(shape.Count, 3), storage);
        var expected = LrnReference.Backward(x, g, shape, lrn);
        Devices.ForEach(device =>
        {
            var dx = Elements.Output(device, x.Length, "dx", storage, skip);
            device.Run(LrnKernels.Backward(
                Elements.Upload(device, x, "x", storage, layout, shape, skip), Elements.Upload(device, g, "g", storage, layout, shape, skip), dx, shape, lrn, storage, layout));
            Elements.Close(expected, Elements.Download(device, dx, storage, layout, shape), Bound(radius, beta), AbsoluteBackward, storage);
        });
    }
}
