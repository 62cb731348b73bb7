using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class AveragePoolTests
{
    // At most 25 values below 1 are added, each rounding at most 25 * 6e-8.
    private const double Absolute = 1e-6;

    public static TheoryData<int, int, int, int, int, int, int, int, bool, Storage, Layout> Shapes
    {
        get
        {
            (int Channels, int Height, int Width, int OutHeight, int OutWidth, int Kernel, int Stride, int Padding, bool Count)[] shapes =
            [
                (1, 1, 1, 1, 1, 1, 1, 0, false),
                (3, 13, 13, 6, 6, 3, 2, 0, false),
                (2, 7, 7, 1, 1, 7, 1, 0, false),
                (2, 15, 9, 8, 5, 2, 2, 0, false),
                (2, 15, 9, 8, 5, 2, 2, 0, true),
                (2, 11, 20, 6, 10, 3, 2, 1, false),
                (2, 11, 20, 6, 10, 3, 2, 1, true),
                (1, 21, 22, 6, 6, 5, 4, 2, false),
                (2, 8, 7, 4, 3, 3, 2, 0, true),
                (1, 6, 9, 4, 5, 3, 2, 1, true),
            ];
            var data = new TheoryData<int, int, int, int, int, int, int, int, bool, Storage, Layout>();
            foreach (var (storage, layout) in Stored.Formats)
            {
                foreach (var s in shapes)
                {
                    data.Add(s.Channels, s.Height, s.Width, s.OutHeight, s.OutWidth, s.Kernel, s.Stride, s.Padding, s.Count, storage, layout);
                }

                if (layout == Layout.Nhwc)
                {
                    data.Add(16, 9, 8, 5, 4, 3, 2, 1, false, storage, layout);   // eight channels a thread
                    data.Add(40, 6, 6, 3, 3, 2, 2, 0, true, storage, layout);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_and_backward_agree_with_double_precision(
        int channels, int height, int width, int outHeight, int outWidth, int kernel, int stride, int padding, bool countPadding, Storage storage, Layout layout)
    {
        const int Images = 2;
        var shape = new PoolShape(Images * channels, height, width, outHeight, outWidth, kernel, kernel, stride, stride, padding, padding, padding, padding);
        var (input, output) = (new ImageShape(Images, channels, height * width), new ImageShape(Images, channels, outHeight * outWidth));
        var x = Stored.Round(Samples.Uniform(input.Count, 21), storage);
        var dy = Stored.Round(Samples.Uniform(output.Count, 22), storage);
        Devices.ForEach(device =>
        {
            foreach (var skip in layout == Layout.Nhwc && channels % 8 == 0 ? new[] { 0, 1 } : [0])
            {
                var (y, dx) = (device.Output(dy.Length, storage, "y", skip), device.Output(x.Length, storage, "dx", skip));
                device.Run(AveragePoolKernels.Forward(
                    device.Upload(Stored.Ordered(x, input, layout), storage, "x", skip), y, shape, countPadding, storage, layout, Images));
                var means = Stored.Ordered(PoolReference.AverageForward(x, shape, countPadding), output, layout);
                Stored.Close(means, device.Download(y, dy.Length, storage), storage, 0, Absolute);
                device.Run(AveragePoolKernels.Backward(
                    device.Upload(Stored.Ordered(dy, output, layout), storage, "dy", skip), dx, shape, countPadding, storage, layout, Images));
                var gradients = Stored.Ordered(PoolReference.AverageBackward(dy, shape, countPadding), input, layout);
                Stored.Close(gradients, device.Download(dx, x.Length, storage), storage, 0, Absolute);
            }
        });
    }

    [Theory]
    [InlineData(Storage.Float16, Layout.Nchw)]
    [InlineData(Storage.Float16, Layout.Nhwc)]
    [InlineData(Storage.BFloat16, Layout.Nchw)]
    [InlineData(Storage.BFloat16, Layout.Nhwc)]
    public void Sums_beyond_the_storages_range_infinities_and_NaN_come_out_right(Storage storage, Layout layout)
    {
        // Windows of four: large numbers whose sum overflows a half and whose mean does not, then an infinity, NaN, denormals.
        float[] plane = [65504, 65504, 1, 2, 65504, 60000, 3, float.PositiveInfinity, 6e-8f, 6e-8f, float.NaN, 0, 1.2e-7f, 6e-8f, 0, 0];
        var shape = new PoolShape(8, 4, 4, 2, 2, 2, 2, 2, 2, 0, 0);
        var image = new ImageShape(1, 8, 16);
        var x = Stored.Round([.. Enumerable.Repeat(plane, 8).SelectMany(v => v)], storage);
        var expected = Stored.Ordered(PoolReference.AverageForward(x, shape, false), new ImageShape(1, 8, 4), layout);
        Devices.ForEach(device =>
        {
            var y = device.Output(32, storage, "y");
            device.Run(AveragePoolKernels.Forward(device.Upload(Stored.Ordered(x, image, layout), storage, "x"), y, shape, false, storage, layout));
            Stored.Close(expected, device.Download(y, 32, storage), storage, 1e-6, 0);
        });
    }

    [Fact]
    public void What_has_no_kernel_is_refused()
    {
        var shape = new PoolShape(9, 4, 4, 2, 2, 2, 2, 2, 2, 0, 0);
        Assert.Throws<ArgumentException>(() => AveragePoolKernels.Forward(16, 16, shape, false, Storage.Float32, Layout.Nhwc, 3));
        Assert.Throws<ArgumentException>(() => AveragePoolKernels.Backward(16, 16, shape, false, Storage.Float16, Layout.Nhwc, 2));
    }
}
