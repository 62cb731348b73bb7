using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class BiasReluTests
{
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        // images, channels, plane, elements in front that take alignment away
        { 1, 1, 1, 0 },
        { 3, 5, 1, 0 },
        { 2, 7, 9, 0 },        // images whose size is no multiple of four
        { 2, 8, 49, 0 },       // conv1, scaled down
        { 2, 12, 25, 1 },
        { 2, 16, 36, 0 },
        { 17, 3, 169, 0 },     // conv3 to conv5: splits of the images
        { 33, 4, 16, 3 },
        { 16, 100, 1, 0 },     // fully connected
        { 33, 70, 1, 1 },
        { 1, 2, 3136, 0 },
        { 1, 3, 1500, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(int images, int channels, int plane, int skip)
    {
        var shape = new ImageShape(images, channels, plane);
        var x = Samples.Uniform(shape.Count, 31);
        var bias = Samples.Uniform(channels, 32);
        Devices.ForEach(device =>
        {
            foreach (var (hasBias, relu) in new[] { (true, true), (true, false), (false, true) })
            {
                var y = device.Output<float>(x.Length, "y", skip);
                var from = device.Upload(x, "x", skip);
                var b = hasBias ? device.Upload(bias, "bias") : 0;
                device.Run(BiasReluKernels.Forward(from, b, y, shape, relu));
                var expected = Expected(x, hasBias ? bias : null, plane, relu);
                Compare.Same(expected, device.Download<float>(y, x.Length));
                device.Run(BiasReluKernels.Forward(from, b, from, shape, relu));   // in place
                Compare.Same(expected, device.Download<float>(from, x.Length));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_masks_the_gradient_and_sums_it_by_channel(int images, int channels, int plane, int skip)
    {
        var shape = new ImageShape(images, channels, plane);
        var y = Expected(Samples.Uniform(shape.Count, 33), null, plane, relu: true);
        var dy = Samples.Uniform(shape.Count, 34);
        Devices.ForEach(device =>
        {
            foreach (var relu in new[] { true, false })
            {
                var gradients = device.Upload(dy, "dy", skip);
                var dx = device.Output<float>(dy.Length, "dx", skip);
                var sums = device.Output<float>(channels, "db");
                var workspace = device.Output<float>((int)BiasReluKernels.WorkspaceFloats(shape) + 1, "workspace");
                device.Run(BiasReluKernels.Backward(relu ? device.Upload(y, "y", skip) : 0, gradients, dx, sums, workspace, shape));
                var masked = dy.Select((g, i) => relu && y[i] <= 0 ? 0 : g).ToArray();
                if (relu)
                {
                    Compare.Same(masked, device.Download<float>(dx, dy.Length));
                }

                // A sum of n values below 1, added in a tree: its error is far below n * 6e-8.
                Compare.Close(ChannelSums(masked, shape), device.Download<float>(sums, channels), 0, 1e-7 * images * plane);
            }
        });
    }

    [Fact]
    public void Backward_may_overwrite_the_gradient_it_reads()
    {
        foreach (var plane in new[] { 1, 16, 13 })
        {
            var shape = new ImageShape(9, 4, plane);
            var y = Samples.Uniform(shape.Count, 35);
            var dy = Samples.Uniform(shape.Count, 36);
            Devices.ForEach(device =>
            {
                var gradients = device.Upload(dy, "dy");
                var sums = device.Output<float>(4, "db");
                var workspace = device.Output<float>((int)BiasReluKernels.WorkspaceFloats(shape) + 1, "workspace");
                device.Run(BiasReluKernels.Backward(device.Upload(y, "y"), gradients, gradients, sums, workspace, shape));
                Compare.Same(dy.Select((g, i) => y[i] <= 0 ? 0 : g).ToArray(), device.Download<float>(gradients, dy.Length));
            });
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(1023, 0)]
    [InlineData(2050, 0)]
    [InlineData(2050, 1)]
    [InlineData(777, 3)]
    public void Relu_alone_masks_every_element_at_any_alignment(int count, int skip)
    {
        var y = Samples.Extreme(count, 37);
        var dy = Samples.Extreme(count, 38);
        Devices.ForEach(device =>
        {
            var (values, gradients, dx) = (device.Upload(y, "y", skip), device.Upload(dy, "dy", skip), device.Output<float>(count, "dx", skip));
            device.Run(BiasReluKernels.ReluBackward(values, gradients, dx, count));
            var expected = dy.Select((g, i) => y[i] <= 0 ? 0 : g).ToArray();
            Compare.Same(expected, device.Download<float>(dx, count));
            device.Run(BiasReluKernels.ReluBackward(values, gradients, gradients, count));
            Compare.Same(expected, device.Download<float>(gradients, count));
        });
    }

    [Fact]
    public void NaN_and_infinities_pass_and_negative_zero_is_not_negative()
    {
        var shape = new ImageShape(3, 4, 21);
        var x = Samples.Extreme(shape.Count, 39);
        float[] bias = [0, 1, float.NaN, float.PositiveInfinity];
        Devices.ForEach(device =>
        {
            var y = device.Output<float>(x.Length, "y");
            device.Run(BiasReluKernels.Forward(device.Upload(x, "x"), device.Upload(bias, "bias"), y, shape, relu: true));
            Compare.Same(Expected(x, bias, 21, relu: true), device.Download<float>(y, x.Length));
        });
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
