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
        { 40, 13, 13, 6, 6, 3, 2, 0 },       // pool5: 30 lanes of a warp have outputs
        { 9, 21, 21, 10, 10, 3, 2, 1 },      // the same, with padding
        { 2, 30, 31, 13, 13, 5, 2, 0 },
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

    /// <summary>What 16-bit storage is tested with: storage, layout, images, channels, and the rest as above.</summary>
    public static TheoryData<Storage, Layout, int, int, int, int, int, int, int, int, int> NarrowShapes
    {
        get
        {
            (int Images, int Channels, int Height, int Width, int OutHeight, int OutWidth, int Kernel, int Stride, int Padding)[] shapes =
            [
                (1, 1, 1, 1, 1, 1, 1, 1, 0),
                (1, 3, 1, 1, 1, 1, 2, 2, 0),
                (2, 24, 13, 13, 6, 6, 3, 2, 0),      // pool5, scaled down
                (1, 12, 27, 27, 13, 13, 3, 2, 0),    // pool2; channels that are no multiple of eight
                (1, 6, 55, 55, 28, 28, 3, 2, 1),     // padding on every side; several tiles of rows
                (1, 70, 14, 14, 7, 7, 2, 2, 0),      // three groups of channels, the last one with a part of a vector
                (1, 9, 10, 37, 10, 37, 3, 1, 1),
                (1, 5, 12, 20, 4, 7, 3, 3, 0),
                (1, 4, 21, 22, 6, 6, 5, 4, 2),
                (1, 2, 300, 5, 149, 2, 3, 2, 0),
                (33, 10, 5, 5, 2, 2, 3, 2, 0),
            ];
            var data = new TheoryData<Storage, Layout, int, int, int, int, int, int, int, int, int>();
            foreach (var (storage, layout) in Elements.Variants.Skip(1))
            {
                foreach (var one in shapes)
                {
                    data.Add(storage, layout, one.Images, one.Channels, one.Height, one.Width, one.OutHeight, one.OutWidth, one.Kernel, one.Stride, one.Padding);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(NarrowShapes))]
    public void In_16_bits_the_maxima_are_exact_and_the_gradients_round_once(
        Storage storage, Layout layout, int images, int channels, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding)
    {
        var shape = new PoolShape(images * channels, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding);
        Check(shape, Samples.WithTies((long)shape.Planes * height * width, 17), 0, storage, layout, images);
        CheckBackward(shape, 0, storage, layout, images);
    }

    [Theory]
    [InlineData(Storage.Float16, Layout.Nchw)]
    [InlineData(Storage.BFloat16, Layout.Nhwc)]
    [InlineData(Storage.Float16, Layout.Nhwc)]
    public void In_16_bits_any_alignment_will_do_and_NaN_wins(Storage storage, Layout layout)
    {
        var shape = new PoolShape(32, 11, 17, 5, 5, 2, 4, 2, 3, 0, 1);
        foreach (var skip in new[] { 1, 4, 6 })
        {
            Check(shape, Samples.Extreme(32 * 11 * 17, 18 + skip), skip, storage, layout, 2);
            CheckBackward(shape, skip, storage, layout, 2);
        }
    }

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
    public void Backward_gathers_each_gradient_at_its_winner(int planes, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding) =>
        CheckBackward(new PoolShape(planes, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding), 0);

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

    [Fact]
    public void NHWC_is_refused_in_float32_and_without_the_number_of_images()
    {
        var shape = new PoolShape(6, 4, 4, 2, 2, 2, 2, 2, 2, 0, 0);
        Assert.Throws<ArgumentException>(() => MaxPoolKernels.Forward(8, 8, 8, shape, Storage.Float32, Layout.Nhwc, 2));
        Assert.Throws<ArgumentException>(() => MaxPoolKernels.Backward(8, 8, 8, shape, Storage.Float32, Layout.Nhwc, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaxPoolKernels.Forward(8, 8, 8, shape, Storage.Float16, Layout.Nhwc));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaxPoolKernels.Backward(8, 8, 8, shape, Storage.Float16, Layout.Nhwc, 4));
        Assert.Equal((6 * 16 * 2, 6 * 4 * 3), MaxPoolKernels.Forward(8, 8, 8, shape, Storage.BFloat16, Layout.Nhwc, 2) is var launch ? (launch.LeastRead, launch.LeastWritten) : default);
    }

    private static void Check(PoolShape shape, float[] values, int skip, Storage storage = Storage.Float32, Layout layout = Layout.Nchw, int images = 1)
    {
        var x = Elements.Rounded(values, storage);
        var (expected, places) = PoolReference.MaxForward(x, shape);
        var (inputs, outputs) = Tensors(shape, images);
        Devices.ForEach(device =>
        {
            var (y, argmax) = (Elements.Output(device, expected.Length, "y", storage, skip), device.Output<byte>(expected.Length, "argmax", skip));
            device.Run(MaxPoolKernels.Forward(Elements.Upload(device, x, "x", storage, layout, inputs, skip), y, argmax, shape, storage, layout, images));
            Compare.Same(expected, Elements.Download(device, y, storage, layout, outputs));
            Assert.Equal(places, Elements.Reorder(device.Download<byte>(argmax, expected.Length), layout, outputs, toNchw: true));
        });
    }

    private static void CheckBackward(PoolShape shape, int skip, Storage storage = Storage.Float32, Layout layout = Layout.Nchw, int images = 1)
    {
        var (inputs, outputs) = Tensors(shape, images);
        var (_, places) = PoolReference.MaxForward(Samples.WithTies(inputs.Count, 12), shape);
        var dy = Elements.Rounded(Samples.Uniform(places.Length, 13), storage);
        var expected = PoolReference.MaxBackward(dy, places, shape);
        Devices.ForEach(device =>
        {
            var (from, dx) = (Elements.Upload(device, dy, "dy", storage, layout, outputs, skip), Elements.Output(device, expected.Length, "dx", storage, skip));
            var argmax = device.Upload(Elements.Reorder(places, layout, outputs, toNchw: false), "argmax", skip);
            device.Run(MaxPoolKernels.Backward(from, argmax, dx, shape, storage, layout, images));

            // At most nine values below 1 are added, and the sum is rounded to the storage.
            Elements.Close(expected, Elements.Download(device, dx, storage, layout, inputs), 0, 1e-6, storage);
        });
    }

    private static (ImageShape Inputs, ImageShape Outputs) Tensors(PoolShape shape, int images) =>
        (new(images, shape.Planes / images, shape.Height * shape.Width), new(images, shape.Planes / images, shape.OutHeight * shape.OutWidth));
}
