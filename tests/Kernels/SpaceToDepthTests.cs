using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>Blocks are copies and zeros: results are compared for equality.</summary>
public sealed class SpaceToDepthTests
{
    public static TheoryData<int, int, int, Margin> Shapes => new()
    {
        { 2, 3, 4, new Margin(21, 25, 3, 3, 4, 4) },     // as conv1's SAME padding
        { 5, 3, 4, new Margin(11, 11, 0, 0, 1, 1) },     // as its filters
        { 1, 1, 2, new Margin(1, 1, 1, 1, 0, 0) },
        { 3, 2, 3, new Margin(7, 70, 1, 0, 1, 2) },
        { 2, 4, 2, new Margin(8, 6, 0, 0, 0, 0) },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Blocks_become_channels_and_channels_blocks(int images, int channels, int block, Margin margin) =>
        Assert.All(Stored.Formats, format => Check(images, channels, block, margin, format.Storage, format.Layout));

    [Fact]
    public void Values_are_rounded_to_nearest_on_the_way()
    {
        var x = Stored.Extreme(48, 9, Storage.Float32);
        foreach (var storage in new[] { Storage.Float16, Storage.BFloat16 })
        {
            Devices.ForEach(device =>
            {
                var (y, back) = (device.Output(48, storage, "y"), device.Output<float>(48, "back"));
                device.Run(SpaceToDepthKernels.ToDepth(device.Upload(x, "x"), y, 1, 3, new Margin(4, 4, 0, 0, 0, 0), 2, storage));
                device.Run(SpaceToDepthKernels.ToSpace(y, back, 1, 3, new Margin(4, 4, 0, 0, 0, 0), 2, storage));
                Assert.Equal(Stored.Round(x, storage), device.Download<float>(back, 48));
            });
        }
    }

    [Fact]
    public void More_planes_than_a_grid_has_rows_are_taken_in_turns() => Check(1, 65_537, 2, new Margin(2, 2, 0, 0, 0, 0), Storage.Float32, Layout.Nchw);

    [Fact]
    public void Sizes_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SpaceToDepthKernels.ToDepth(1, 1, 1, 3, new Margin(4, 4, 0, 0, 0, 0), 2, Storage.Float32, Layout.Nhwc));
        Assert.ThrowsAny<ArgumentException>(() => SpaceToDepthKernels.ToDepth(1, 1, 1, 3, new Margin(5, 4, 0, 0, 0, 0), 2));
        Assert.ThrowsAny<ArgumentException>(() => SpaceToDepthKernels.ToDepth(1, 1, 1, 3, new Margin(5, 4, -1, 0, 0, 0), 2));
        Assert.ThrowsAny<ArgumentException>(() => SpaceToDepthKernels.ToSpace(1, 1, 0, 3, new Margin(4, 4, 0, 0, 0, 0), 2));
        Assert.ThrowsAny<ArgumentException>(() => SpaceToDepthKernels.ToSpace(1, 1, 1, 3, new Margin(65536, 65536, 0, 0, 0, 0), 2));
    }

    /// <summary>There and back, against the definition: pixel by pixel, each to its place in NCHW, then to the layout.</summary>
    internal static void Check(int images, int channels, int block, Margin margin, Storage storage, Layout layout)
    {
        var x = Stored.Round(Samples.Uniform((long)images * channels * margin.Height * margin.Width, 81), storage);
        var (rows, columns, parts) = (margin.PaddedHeight / block, margin.PaddedWidth / block, block * block * channels);
        var nchw = new float[images * parts * rows * columns];
        for (var i = 0; i < x.Length; i++)
        {
            var (row, column) = (i / margin.Width % margin.Height + margin.Top, i % margin.Width + margin.Left);
            var (image, channel) = (i / (margin.Height * margin.Width) / channels, i / (margin.Height * margin.Width) % channels);
            var part = ((((row % block) * block) + (column % block)) * channels) + channel;
            nchw[(((((image * parts) + part) * rows) + (row / block)) * columns) + (column / block)] = x[i];
        }

        var expected = Stored.Ordered(nchw, new ImageShape(images, parts, rows * columns), layout);
        Devices.Any(device =>
        {
            var (y, back) = (device.Output(expected.Length, storage, "y"), device.Output<float>(x.Length, "back"));
            device.Run(SpaceToDepthKernels.ToDepth(device.Upload(x, "x", 1), y, images, channels, margin, block, storage, layout));
            Assert.Equal(expected, device.Download(y, expected.Length, storage));
            device.Run(SpaceToDepthKernels.ToSpace(y, back, images, channels, margin, block, storage, layout));
            Assert.Equal(x, device.Download<float>(back, x.Length));
        });
    }
}
