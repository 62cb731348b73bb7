using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>Margins are copies and zeros: results are compared for equality.</summary>
public sealed class PadTests
{
    public static TheoryData<int, int, Margin> Shapes => new()
    {
        { 2, 3, new Margin(7, 5, 0, 0, 1, 1) },
        { 1, 1, new Margin(1, 1, 2, 3, 0, 0) },
        { 3, 4, new Margin(9, 31, 1, 2, 3, 4) },
        { 2, 5, new Margin(8, 8, 0, 0, 0, 0) },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Planes_get_their_margin_and_lose_it_again(int images, int channels, Margin margin)
    {
        var planes = images * channels;
        var x = Samples.Uniform(planes * margin.Height * margin.Width, 71);
        var expected = Padded(x, planes, margin, 0f);
        Devices.ForEach(device =>
        {
            var (y, back) = (device.Output<float>(expected.Length, "y"), device.Output<float>(x.Length, "back"));
            device.Run(PadKernels.FromFloat(device.Upload(x, "x", 1), y, images, channels, margin));
            Assert.Equal(expected, device.Download<float>(y, expected.Length));
            device.Run(PadKernels.Crop(y, back, planes, margin, 1, Storage.Float32));
            Assert.Equal(x, device.Download<float>(back, x.Length));
        });
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Planes_of_16_bits_of_any_value_are_moved_as_they_are_in_either_layout(int images, int channels, Margin margin)
    {
        // In NHWC a pixel is as many elements as there are channels. All patterns: NaN, infinite, denormal.
        var x = Enumerable.Range(0, images * margin.Height * margin.Width * channels).Select(i => (ushort)(i * 40503)).ToArray();
        var wide = margin with { Width = margin.Width * channels, Left = margin.Left * channels, Right = margin.Right * channels };
        var expected = Padded(x, images, wide, (ushort)0);
        Devices.ForEach(device =>
        {
            var (y, back) = (device.Output<ushort>(expected.Length, "y"), device.Output<ushort>(x.Length, "back"));
            device.Run(PadKernels.Pad(device.Upload(x, "x", 1), y, images, margin, channels, Storage.BFloat16));
            device.Run(PadKernels.Crop(y, back, images, margin, channels, Storage.Float16));
            Assert.Equal(expected, Raw(device, y, expected.Length));
            Assert.Equal(x, Raw(device, back, x.Length));
        });
    }

    [Theory]
    [InlineData(Storage.Float16, Layout.Nchw)]
    [InlineData(Storage.BFloat16, Layout.Nchw)]
    [InlineData(Storage.Float16, Layout.Nhwc)]
    [InlineData(Storage.BFloat16, Layout.Nhwc)]
    public void Pictures_are_rounded_and_reordered_on_the_way(Storage storage, Layout layout)
    {
        foreach (var row in Shapes)
        {
            var (images, channels, margin) = row.Data;
            var x = Samples.Uniform(images * channels * margin.Height * margin.Width, 72);
            var rounded = x.Select(v => Stored.Bits(v, storage)).ToArray();
            var expected = Stored.Ordered(Padded(rounded, images * channels, margin, (ushort)0), new ImageShape(images, channels, margin.PaddedHeight * margin.PaddedWidth), layout);
            Devices.ForEach(device =>
            {
                var y = device.Output<ushort>(expected.Length, "y");
                device.Run(PadKernels.FromFloat(device.Upload(x, "x"), y, images, channels, margin, storage, layout));
                Assert.Equal(expected, device.Download<ushort>(y, expected.Length));
            });
        }
    }

    [Fact]
    public void Sizes_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PadKernels.FromFloat(1, 1, 1, 1, new Margin(2, 2, 0, 0, 1, 1), Storage.Float32, Layout.Nhwc));
        Assert.ThrowsAny<ArgumentException>(() => PadKernels.FromFloat(1, 1, 1, 1, new Margin(2, 2, -1, 0, 1, 1)));
        Assert.ThrowsAny<ArgumentException>(() => PadKernels.Pad(1, 1, 0, new Margin(2, 2, 0, 0, 1, 1), 1, Storage.Float32));
        Assert.ThrowsAny<ArgumentException>(() => PadKernels.Crop(1, 1, 1, new Margin(65536, 65536, 0, 0, 0, 0), 1, Storage.Float32));
    }

    // Download takes the pattern of all ones for "not written", which is a value here.
    private static ushort[] Raw(KernelDevice device, ulong address, int count)
    {
        var values = new ushort[count];
        device.Peek(address, values);
        return values;
    }

    private static T[] Padded<T>(T[] x, int planes, Margin m, T zero)
    {
        var y = new T[planes * m.PaddedHeight * m.PaddedWidth];
        Array.Fill(y, zero);
        for (var i = 0; i < x.Length; i++)
        {
            var (plane, row, column) = (i / (m.Height * m.Width), i / m.Width % m.Height, i % m.Width);
            y[(((plane * m.PaddedHeight) + row + m.Top) * m.PaddedWidth) + column + m.Left] = x[i];
        }

        return y;
    }
}
