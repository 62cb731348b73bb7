using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class FusedTests
{
    // Those of LRN (see LrnTests); the gradient gathers up to four values of dy first.
    private const double Relative = 4e-6;
    private const double Absolute = 1e-9;
    private const double AbsoluteBackward = 2e-5;

    public static TheoryData<int, int, int, int, int, int, int, int, int, int, bool, bool> Shapes => new()
    {
        // images, channels, height, width, output height, output width, kernel, stride, padding, radius, bias, ReLU
        { 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, true, true },
        { 1, 3, 5, 5, 2, 2, 3, 2, 0, 5, true, true },       // fewer channels than the window
        { 1, 12, 56, 56, 27, 27, 3, 2, 0, 5, true, true },  // norm1 of alexnet-same, scaled down: several tiles
        { 2, 30, 27, 27, 13, 13, 3, 2, 0, 5, true, true },  // norm2
        { 1, 9, 56, 56, 27, 27, 3, 2, 0, 4, true, true },   // alexnet-owt-softmax10, alexnet-conv
        { 1, 7, 55, 55, 28, 28, 3, 2, 1, 2, false, false }, // alexnet-valid: SAME, no bias, no ReLU
        { 1, 40, 28, 28, 13, 13, 3, 2, 0, 2, false, false },
        { 1, 11, 55, 55, 27, 27, 3, 2, 0, 2, true, true },  // alexnet-2012, bvlc-alexnet
        { 3, 6, 14, 11, 7, 5, 2, 2, 0, 2, true, true },
        { 2, 100, 5, 4, 5, 4, 1, 1, 0, 4, false, true },    // several chunks of channels
        { 1, 24, 9, 9, 9, 9, 2, 1, 0, 2, true, false },
    };

    /// <summary>What 16-bit storage is tested with: storage, layout, and the rest as above.</summary>
    public static TheoryData<Storage, Layout, int, int, int, int, int, int, int, int, int, int, bool> NarrowShapes
    {
        get
        {
            (int Images, int Channels, int Height, int Width, int OutHeight, int OutWidth, int Kernel, int Stride, int Padding, int Radius, bool Relu)[] shapes =
            [
                (1, 1, 1, 1, 1, 1, 1, 1, 0, 2, true),
                (1, 3, 5, 5, 2, 2, 3, 2, 0, 5, true),
                (1, 24, 27, 27, 13, 13, 3, 2, 0, 5, true),
                (2, 30, 9, 13, 4, 6, 3, 2, 0, 4, true),       // channels that are no multiple of eight
                (1, 7, 30, 30, 16, 16, 3, 2, 1, 2, false),    // padding on every side
                (1, 264, 5, 4, 2, 2, 3, 2, 0, 5, true),       // two segments of channels
                (1, 500, 4, 4, 2, 2, 2, 2, 0, 4, true),
                (1, 20, 9, 9, 9, 9, 2, 1, 0, 2, true),
                (32, 6, 11, 11, 5, 5, 3, 2, 0, 2, true),      // tiles that do not divide the output
            ];
            var data = new TheoryData<Storage, Layout, int, int, int, int, int, int, int, int, int, int, bool>();
            foreach (var (storage, layout) in Elements.Variants.Skip(1))
            {
                foreach (var one in shapes)
                {
                    data.Add(
                        storage, layout, one.Images, one.Channels, one.Height, one.Width, one.OutHeight, one.OutWidth, one.Kernel, one.Stride, one.Padding,
                        one.Radius, one.Relu);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(NarrowShapes))]
    public void In_16_bits_one_pass_gives_the_bits_of_the_operations_one_after_the_other_and_better_gradients(
        Storage storage, Layout layout, int images, int channels, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding, int radius, bool relu)
    {
        var pool = new PoolShape(images * channels, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding);
        CheckNarrow(storage, layout, images, pool, radius, relu, extreme: false);
    }

    [Theory]
    [InlineData(Storage.Float16, Layout.Nchw)]
    [InlineData(Storage.BFloat16, Layout.Nchw)]
    [InlineData(Storage.Float16, Layout.Nhwc)]
    [InlineData(Storage.BFloat16, Layout.Nhwc)]
    public void In_16_bits_NaN_and_infinities_pass_through_at_any_alignment(Storage storage, Layout layout)
    {
        foreach (var skipped in new[] { 1, 0 }) // winners that are aligned do not make the rest so
        {
            CheckNarrow(storage, layout, 1, new PoolShape(24, 9, 9, 4, 4, 3, 3, 2, 2, 0, 0), 2, true, extreme: true, skip: 1, skippedWinners: skipped);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void One_pass_agrees_with_the_operations_one_after_the_other(
        int images, int channels, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding, int radius, bool hasBias, bool relu)
    {
        var pool = new PoolShape(images * channels, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding);
        var shape = new ImageShape(images, channels, height * width);
        var lrn = new LrnParameters(radius, 1.5f, 0.05f, 0.75f);
        var x = Samples.Uniform(shape.Count, 101, 4);
        var bias = Samples.Uniform(channels, 102);
        var a = x.Select((v, i) => hasBias ? v + bias[i / (height * width) % channels] : v).Select(v => relu && v < 0 ? 0 : v).ToArray();
        var normalised = LrnReference.Forward(a, shape, lrn);
        var dy = Samples.Uniform((long)images * channels * outHeight * outWidth, 103);
        var expected = PoolReference.MaxForward([.. normalised.Select(v => (float)v)], pool);
        Devices.ForEach(device =>
        {
            var (from, b) = (device.Upload(x, "x"), hasBias ? device.Upload(bias, "bias") : 0);
            var (y, argmax) = (device.Output<float>(dy.Length, "y"), device.Output<byte>(dy.Length, "argmax"));
            device.Run(FusedKernels.Forward(from, b, y, argmax, images, pool, lrn, relu));
            Compare.Close([.. expected.Y.Select(v => (double)v)], device.Download<float>(y, dy.Length), Relative, Absolute);
            var places = device.Download<byte>(argmax, dy.Length);
            CheckWinners(normalised, expected.Y, places, pool);

            var (dx, db) = (device.Output<float>(x.Length, "dx"), device.Output<float>(channels, "db"));
            var workspace = device.Output<float>((int)FusedKernels.WorkspaceFloats(images, pool, lrn), "workspace");
            device.Run(FusedKernels.Backward(from, b, device.Upload(dy, "dy"), argmax, dx, db, workspace, images, pool, lrn, relu));
            var g = PoolReference.MaxBackward(dy, places, pool).Select(v => (float)v).ToArray();
            var gradients = LrnReference.Backward(a, g, shape, lrn).Select((v, i) => relu && a[i] <= 0 ? 0 : v).ToArray();
            Compare.Close(gradients, device.Download<float>(dx, x.Length), Relative, AbsoluteBackward);
            var sums = new double[channels];
            for (var i = 0; i < gradients.Length; i++)
            {
                sums[i / (height * width) % channels] += gradients[i];
            }

            // Errors of the summands of either sign: far less than one of them times their number.
            Compare.Close(sums, device.Download<float>(db, channels), Relative, 1e-6 * images * height * width + AbsoluteBackward);
        });
    }

    [Fact]
    public void NaN_passes_through_every_stage_as_it_does_through_the_single_kernels()
    {
        var pool = new PoolShape(12, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
        var shape = new ImageShape(1, 12, 169);
        var lrn = new LrnParameters(2, 1, 0.01f, 0.75f);
        var x = Samples.Extreme(shape.Count, 104);
        Devices.ForEach(device =>
        {
            var from = device.Upload(x, "x");
            var (y, argmax) = (device.Output<float>(432, "y"), device.Output<byte>(432, "argmax"));
            device.Run(FusedKernels.Forward(from, 0, y, argmax, 1, pool, lrn, relu: true));

            var (a, l) = (device.Output<float>(x.Length, "a"), device.Output<float>(x.Length, "l"));
            var (pooled, places) = (device.Output<float>(432, "pooled"), device.Output<byte>(432, "places"));
            device.Run(BiasReluKernels.Forward(from, 0, a, shape, relu: true));
            device.Run(LrnKernels.Forward(a, l, shape, lrn));
            device.Run(MaxPoolKernels.Forward(l, pooled, places, pool));
            Compare.Same(device.Download<float>(pooled, 432), device.Download<float>(y, 432));
            Assert.Equal(device.Download<byte>(places, 432), device.Download<byte>(argmax, 432));
        });
    }

    [Fact]
    public void What_the_kernels_do_not_take_is_refused_and_said_beforehand()
    {
        var pool = new PoolShape(4, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
        var lrn = new LrnParameters(2, 1, 1, 0.75f);
        Assert.True(FusedKernels.Supports(pool, lrn));
        foreach (var (p, l) in new[]
        {
            (pool, lrn with { Radius = 3 }),
            (pool, lrn with { Beta = 0.5f }),
            (pool with { KernelX = 5, OutWidth = 5 }, lrn),
            (pool with { Width = 400, OutWidth = 199 }, lrn),
        })
        {
            Assert.False(FusedKernels.Supports(p, l));
            Assert.Throws<ArgumentException>(() => FusedKernels.Forward(8, 0, 8, 8, 2, p, l, relu: true));
        }

        Assert.False(FusedKernels.Supports(pool, lrn, Storage.Float32, Layout.Nhwc));
        Assert.Throws<ArgumentException>(() => FusedKernels.Forward(8, 0, 8, 8, 2, pool, lrn, relu: true, Storage.Float32, Layout.Nhwc));
        Assert.True(FusedKernels.Supports(pool with { Width = 400, OutWidth = 199 }, lrn, Storage.Float16, Layout.Nhwc));
        Assert.False(FusedKernels.Supports(new PoolShape(4, 20, 20, 9, 9, 12, 12, 1, 1, 0, 0), lrn, Storage.Float16, Layout.Nhwc));

        Assert.Throws<ArgumentOutOfRangeException>(() => FusedKernels.Forward(8, 0, 8, 8, 3, pool, lrn, relu: true));
    }

    // Forward: the same bits as the single operations in double precision, each rounded to the storage where LRN's result is not too
    // near the middle between two numbers of it; its winners are exact given LRN's results as the storage holds them, which the
    // single LRN kernel gives. Backward: from a as stored and the winners, in double precision, rounded once.
    private static void CheckNarrow(Storage storage, Layout layout, int images, PoolShape pool, int radius, bool relu, bool extreme, int skip = 0, int skippedWinners = 0)
    {
        var channels = pool.Planes / images;
        var (inputs, outputs) = (new ImageShape(images, channels, pool.Height * pool.Width), new ImageShape(images, channels, pool.OutHeight * pool.OutWidth));
        var lrn = new LrnParameters(radius, 1.5f, 0.05f, 0.75f);
        var x = Elements.Rounded(extreme ? Samples.Extreme(inputs.Count, 111) : Samples.Uniform(inputs.Count, 111, 4), storage);
        var bias = Samples.Uniform(channels, 112);
        var a = Elements.Rounded([.. x.Select((v, i) => v + bias[i / inputs.Plane % channels]).Select(v => relu && v < 0 ? 0 : v)], storage);
        var dy = Elements.Rounded(Samples.Uniform(outputs.Count, 113), storage);
        Devices.ForEach(device =>
        {
            var (from, b) = (Elements.Upload(device, x, "x", storage, layout, inputs, skip), device.Upload(bias, "bias", skip));
            var (y, argmax) = (Elements.Output(device, outputs.Count, "y", storage, skip), device.Output<byte>((int)outputs.Count, "argmax", skippedWinners));
            device.Run(FusedKernels.Forward(from, b, y, argmax, images, pool, lrn, relu, storage, layout));

            var normalised = Elements.Output(device, inputs.Count, "normalised", storage);
            device.Run(LrnKernels.Forward(Elements.Upload(device, a, "a", storage, Layout.Nchw, inputs), normalised, inputs, lrn, storage));
            var l = Elements.Download(device, normalised, storage, Layout.Nchw, inputs);
            Elements.Close(LrnReference.Forward(a, inputs, lrn), l, Relative, Absolute, storage);
            var (maxima, winners) = PoolReference.MaxForward(l, pool);
            Compare.Same(maxima, Elements.Download(device, y, storage, layout, outputs));
            var places = Elements.Reorder(device.Download<byte>(argmax, winners.Length), layout, outputs, toNchw: true);
            Assert.Equal(winners, places);

            var (dx, db) = (Elements.Output(device, inputs.Count, "dx", storage, skip), device.Output<float>(channels, "db"));
            var workspace = device.Output<float>((int)FusedKernels.WorkspaceFloats(images, pool, lrn, storage, layout), "workspace");
            var upstream = Elements.Upload(device, dy, "dy", storage, layout, outputs, skip);
            device.Run(FusedKernels.Backward(from, b, upstream, argmax, dx, db, workspace, images, pool, lrn, relu, storage, layout));
            var g = PoolReference.MaxBackward(dy, places, pool).Select(v => (float)v).ToArray();
            var gradients = LrnReference.Backward(a, g, inputs, lrn).Select((v, i) => relu && a[i] <= 0 ? 0 : v).ToArray();
            Elements.Close(gradients, Elements.Download(device, dx, storage, layout, inputs), Relative, AbsoluteBackward, storage);

            // The sums are of the gradients before they are rounded to the storage.
            var sums = new double[channels];
            for (var i = 0; i < gradients.Length; i++)
            {
                sums[i / inputs.Plane % channels] += gradients[i];
            }

            Compare.Close(sums, device.Download<float>(db, channels), Relative, (1e-6 * images * inputs.Plane) + AbsoluteBackward);
        });
    }

    // Two normalised values may be so near that single precision orders them otherwise: the winner is one of the largest.
    private static void CheckWinners(double[] normalised, float[] maxima, byte[] places, PoolShape p)
    {
        for (var o = 0; o < places.Length; o++)
        {
            var (plane, oy, ox) = (o / (p.OutHeight * p.OutWidth), o / p.OutWidth % p.OutHeight, o % p.OutWidth);
            var (y, x) = ((oy * p.StrideY) - p.Top + (places[o] / p.KernelX), (ox * p.StrideX) - p.Left + (places[o] % p.KernelX));
            Assert.InRange(y, 0, p.Height - 1);
            Assert.InRange(x, 0, p.Width - 1);
            Assert.Equal(maxima[o], normalised[(((plane * p.Height) + y) * p.Width) + x], 1e-5);
        }
    }
}
