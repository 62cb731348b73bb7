using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class BiasReluTests
{
    public static TheoryData<int, int, int, int, Storage, Layout> Shapes
    {
        get
        {
            (int Images, int Channels, int Plane, int Skip)[] shapes =
            [
                // images, channels, plane, elements in front that take alignment away
                (1, 1, 1, 0),
                (3, 5, 1, 0),
                (2, 7, 9, 0),        // images whose size is no multiple of four
                (2, 8, 49, 0),       // conv1, scaled down
                (2, 9, 2, 0),        // a thread's elements lie in more than two planes
                (3, 6, 3, 0),
                (2, 12, 25, 1),
                (2, 16, 36, 0),
                (17, 3, 169, 0),     // conv3 to conv5: splits of the images
                (33, 4, 16, 3),
                (16, 100, 1, 0),     // fully connected
                (33, 70, 1, 1),
                (200, 10, 1, 0),     // several splits of the images
                (130, 128, 1, 0),
                (1, 2, 3136, 0),
                (1, 3, 1500, 2),
            ];
            (int Images, int Channels, int Plane, int Skip)[] wide =
            [
                // what only elements of two bytes tell apart
                (5, 64, 128, 0),     // NHWC: five splits of the rows
                (5, 16, 127, 1),
                (2, 264, 6, 0),      // NHWC: five groups of channels, the last one smaller
                (1, 300, 5, 0),
                (3, 2104, 1, 0),
            ];
            var data = new TheoryData<int, int, int, int, Storage, Layout>();
            foreach (var (storage, layout) in Stored.Formats)
            {
                foreach (var (images, channels, plane, skip) in storage == Storage.Float32 ? shapes : [.. shapes, .. wide])
                {
                    data.Add(images, channels, plane, skip, storage, layout);
                }
            }

            data.Add(1, 264, 520, 0, Storage.BFloat16, Layout.Nhwc);   // groups of more than 64 channels: 136 and 128
            return data;
        }
    }

    public static TheoryData<Storage, Layout> Formats => [.. Stored.Formats];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(
        int images, int channels, int plane, int skip, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var shape = new ImageShape(images, channels, plane);
        var x = Stored.Round(Samples.Uniform(shape.Count, 31), storage);
        var bias = Samples.Uniform(channels, 32);
        Devices.ForEach(device =>
        {
            foreach (var (hasBias, relu) in new[] { (true, true), (true, false), (false, true) })
            {
                var y = device.Output(x.Length, storage, "y", skip);
                var from = device.Upload(Stored.Ordered(x, shape, layout), storage, "x", skip);
                var b = hasBias ? device.Upload(bias, "bias") : 0;
                device.Run(BiasReluKernels.Forward(from, b, y, shape, relu, storage, layout));

                // A sum of floats, rounded to the storage: the same in C#.
                var expected = Stored.Ordered(Stored.Round(Expected(x, hasBias ? bias : null, plane, relu), storage), shape, layout);
                Compare.Same(expected, device.Download(y, x.Length, storage));
                device.Run(BiasReluKernels.Forward(from, b, from, shape, relu, storage, layout));   // in place
                Compare.Same(expected, device.Download(from, x.Length, storage));
            }
        });
    }

    [Fact]
    public void A_bias_may_lie_anywhere()
    {
        var shape = new ImageShape(3, 8, 1);
        var (x, bias) = (Samples.Uniform(shape.Count, 35), Samples.Uniform(8, 36));
        Devices.ForEach(device =>
        {
            var y = device.Output<float>(x.Length, "y");
            device.Run(BiasReluKernels.Forward(device.Upload(x, "x"), device.Upload(bias, "bias", skip: 1), y, shape, relu: true));
            Compare.Same(Expected(x, bias, 1, relu: true), device.Download<float>(y, x.Length));
        });
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_masks_the_gradient_and_sums_it_by_channel(
        int images, int channels, int plane, int skip, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var shape = new ImageShape(images, channels, plane);
        var y = Expected(Stored.Round(Samples.Uniform(shape.Count, 33), storage), null, plane, relu: true);
        var dy = Stored.Round(Samples.Uniform(shape.Count, 34), storage);
        Devices.ForEach(device =>
        {
            foreach (var relu in new[] { true, false })
            {
                var gradients = device.Upload(Stored.Ordered(dy, shape, layout), storage, "dy", skip);
                var values = relu ? device.Upload(Stored.Ordered(y, shape, layout), storage, "y", skip) : 0;
                var dx = device.Output(dy.Length, storage, "dx", skip);
                var sums = device.Output<float>(channels, "db");
                var workspace = device.Output<float>((int)BiasReluKernels.WorkspaceFloats(shape, storage, layout) + 1, "workspace");
                device.Run(BiasReluKernels.Backward(values, gradients, dx, sums, workspace, shape, storage, layout));
                var masked = dy.Select((g, i) => relu && y[i] <= 0 ? 0 : g).ToArray();
                if (relu)
                {
                    Compare.Same(Stored.Ordered(masked, shape, layout), device.Download(dx, dy.Length, storage));
                }

                // A sum of n values below 1, added in a tree: its error is far below n * 6e-8. It is float32 in every storage.
                Compare.Close(ChannelSums(masked, shape), device.Download<float>(sums, channels), 0, 1e-7 * images * plane);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Tensors_that_lie_differently_within_words_are_handled(Storage storage, Layout layout)
    {
        var shape = new ImageShape(3, 8, 15);
        var y = Stored.Round(Samples.Uniform(shape.Count, 35), storage);
        var dy = Stored.Round(Samples.Uniform(shape.Count, 36), storage);
        var expected = Stored.Ordered(dy.Select((g, i) => y[i] <= 0 ? 0 : g).ToArray(), shape, layout);
        Devices.ForEach(device =>
        {
            for (var odd = 0; odd < 3; odd++)
            {
                var values = device.Upload(Stored.Ordered(y, shape, layout), storage, "y", odd == 0 ? 1 : 0);
                var gradients = device.Upload(Stored.Ordered(dy, shape, layout), storage, "dy", odd == 1 ? 1 : 0);
                var dx = device.Output(dy.Length, storage, "dx", odd == 2 ? 1 : 0);
                var workspace = device.Output<float>((int)BiasReluKernels.WorkspaceFloats(shape, storage, layout) + 1, "workspace");
                device.Run(BiasReluKernels.Backward(values, gradients, dx, device.Output<float>(8, "db"), workspace, shape, storage, layout));
                Compare.Same(expected, device.Download(dx, dy.Length, storage));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Backward_may_overwrite_the_gradient_it_reads(Storage storage, Layout layout)
    {
        foreach (var plane in new[] { 1, 16, 13 })
        {
            var shape = new ImageShape(9, 4, plane);
            var y = Stored.Round(Samples.Uniform(shape.Count, 35), storage);
            var dy = Stored.Round(Samples.Uniform(shape.Count, 36), storage);
            Devices.ForEach(device =>
            {
                var gradients = device.Upload(dy, storage, "dy");
                var sums = device.Output<float>(4, "db");
                var workspace = device.Output<float>((int)BiasReluKernels.WorkspaceFloats(shape, storage, layout) + 1, "workspace");
                device.Run(BiasReluKernels.Backward(device.Upload(y, storage, "y"), gradients, gradients, sums, workspace, shape, storage, layout));
                Compare.Same(dy.Select((g, i) => y[i] <= 0 ? 0 : g).ToArray(), device.Download(gradients, dy.Length, storage));
            });
        }
    }

    public static TheoryData<int, int, Storage> Sizes
    {
        get
        {
            var data = new TheoryData<int, int, Storage>();
            foreach (var storage in Enum.GetValues<Storage>())
            {
                foreach (var (count, skip) in new[] { (1, 0), (4, 0), (1023, 0), (2050, 0), (2050, 1), (777, 3), (4107, 0) })
                {
                    data.Add(count, skip, storage);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Relu_alone_masks_every_element_at_any_alignment(int count, int skip, Storage storage = Storage.Float32)
    {
        var y = Stored.Extreme(count, 37, storage);
        var dy = Stored.Extreme(count, 38, storage);
        Devices.ForEach(device =>
        {
            var (values, gradients) = (device.Upload(y, storage, "y", skip), device.Upload(dy, storage, "dy", skip));
            var dx = device.Output(count, storage, "dx", skip);
            device.Run(BiasReluKernels.ReluBackward(values, gradients, dx, count, storage));
            var expected = dy.Select((g, i) => y[i] <= 0 ? 0 : g).ToArray();
            Compare.Same(expected, device.Download(dx, count, storage));
            device.Run(BiasReluKernels.ReluBackward(values, gradients, gradients, count, storage));
            Compare.Same(expected, device.Download(gradients, count, storage));
        });
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void NaN_and_infinities_pass_and_negative_zero_is_not_negative(Storage storage, Layout layout)
    {
        foreach (var channels in new[] { 4, 8 })
        {
            var shape = new ImageShape(3, channels, 24);
            var x = Stored.Extreme(shape.Count, 39, storage);
            float[] bias = [0, 1, float.NaN, float.PositiveInfinity, -0f, 65504, 1e-7f, 3e38f];
            bias = bias[..channels];
            Devices.ForEach(device =>
            {
                var y = device.Output(x.Length, storage, "y");
                var from = device.Upload(Stored.Ordered(x, shape, layout), storage, "x");
                device.Run(BiasReluKernels.Forward(from, device.Upload(bias, "bias"), y, shape, relu: true, storage, layout));
                var expected = Stored.Ordered(Stored.Round(Expected(x, bias, 24, relu: true), storage), shape, layout);
                Compare.Same(expected, device.Download(y, x.Length, storage));
            });
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_bias_gradient_may_exceed_the_storages_range_and_shows_infinities_and_NaN(Storage storage, Layout layout)
    {
        var shape = new ImageShape(2, 8, 50);
        var dy = Enumerable.Repeat(Stored.Round(60_000, storage), (int)shape.Count).ToArray();
        (dy[3 * 50], dy[(5 * 50) + 49], dy[7 * 50]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        var expected = ChannelSums(dy, shape);
        Devices.ForEach(device =>
        {
            var sums = device.Output<float>(8, "db");
            var workspace = device.Output<float>((int)BiasReluKernels.WorkspaceFloats(shape, storage, layout) + 1, "workspace");
            var gradients = device.Upload(Stored.Ordered(dy, shape, layout), storage, "dy");
            device.Run(BiasReluKernels.Backward(0, gradients, 0, sums, workspace, shape, storage, layout));
            Compare.Close(expected, device.Download<float>(sums, 8), 1e-5, 0);
        });
    }

    [Fact]
    public void Float32_is_NCHW_alone()
    {
        var shape = new ImageShape(1, 8, 4);
        Assert.Throws<ArgumentException>(() => BiasReluKernels.Forward(16, 0, 16, shape, true, Storage.Float32, Layout.Nhwc));
        Assert.Throws<ArgumentException>(() => BiasReluKernels.Backward(16, 16, 16, 16, 16, shape, Storage.Float32, Layout.Nhwc));
        Assert.Throws<ArgumentException>(() => BiasReluKernels.WorkspaceFloats(shape, Storage.Float32, Layout.Nhwc));
    }

    [Fact]
    public void Rows_of_a_matrix_are_summed_by_column()
    {
        var matrix = Samples.Uniform(7 * 130, 40);
        var expected = Enumerable.Range(0, 130).Select(c => Enumerable.Range(0, 7).Sum(r => (double)matrix[(r * 130) + c])).ToArray();
        Devices.ForEach(device =>
        {
            var sums = device.Output<float>(130, "sums");
            device.Run(BiasReluKernels.SumRows(device.Upload(matrix, "matrix"), sums, 7, 130));
            Compare.Close(expected, device.Download<float>(sums, 130), 0, 1e-6);   // seven values below 1
        });
    }

    [Theory]
    [InlineData(3, 33)]
    [InlineData(430, 50)]
    public void Many_rows_of_a_matrix_are_summed_by_column(int rows, int columns)
    {
        var matrix = Samples.Uniform(rows * columns, 40);
        var expected = Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, rows).Sum(r => (double)matrix[(r * columns) + c])).ToArray();
        Devices.ForEach(device =>
        {
            var sums = device.Output<float>(columns, "sums");
            device.Run(BiasReluKernels.SumManyRows(device.Upload(matrix, "matrix"), sums, rows, columns));
            Compare.Close(expected, device.Download<float>(sums, columns), 0, 1e-7 * rows);   // values below 1
        });
    }

    private static float[] Expected(float[] x, float[]? bias, int plane, bool relu) =>
        [.. x.Select((v, i) =>
        {
            v = bias is null ? v : v + bias[i / plane % bias.Length];
            return relu && v < 0 ? 0 : v;
        })];

    private static double[] ChannelSums(float[] values, ImageShape shape)
    {
        var sums = new double[shape.Channels];
        for (var i = 0; i < values.Length; i++)
        {
            sums[i / shape.Plane % shape.Channels] += values[i];
        }

        return sums;
    }
}
