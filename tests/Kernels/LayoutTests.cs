using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class LayoutTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 3, 49)]
    [InlineData(3, 40, 33)]
    [InlineData(1, 32, 64)]
    [InlineData(2, 65, 31)]
    public void A_transpose_reorders_and_its_inverse_restores(int images, int channels, int plane)
    {
        var shape = new ImageShape(images, channels, plane);
        var x = Samples.Uniform(shape.Count, 91);
        var expected = new float[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var (n, c, p) = (i / (channels * plane), i / plane % channels, i % plane);
            expected[(((n * plane) + p) * channels) + c] = x[i];
        }

        Devices.ForEach(device =>
        {
            var (nhwc, back) = (device.Output<float>(x.Length, "nhwc"), device.Output<float>(x.Length, "back"));
            device.Run(LayoutKernels.ToNhwc(device.Upload(x, "x"), nhwc, shape));
            Assert.Equal(expected, device.Download<float>(nhwc, x.Length));
            device.Run(LayoutKernels.ToNchw(nhwc, back, shape));
            Assert.Equal(x, device.Download<float>(back, x.Length));
        });
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 3, 49)]
    [InlineData(3, 70, 67)]
    [InlineData(1, 64, 128)]
    [InlineData(2, 65, 31)]
    public void Elements_of_two_bytes_are_transposed_whatever_they_mean(int images, int channels, int plane)
    {
        var shape = new ImageShape(images, channels, plane);
        var x = Enumerable.Range(0, (int)shape.Count).Select(i => (ushort)(i * 7)).ToArray();
        Devices.ForEach(device =>
        {
            foreach (var storage in new[] { Storage.Float16, Storage.BFloat16 })
            {
                var (nhwc, back) = (device.Output<ushort>(x.Length, "nhwc"), device.Output<ushort>(x.Length, "back"));
                device.Run(LayoutKernels.ToNhwc(device.Upload(x, "x", 1), nhwc, shape, storage));
                Assert.Equal(Stored.Ordered(x, shape, Layout.Nhwc), device.Download<ushort>(nhwc, x.Length));
                device.Run(LayoutKernels.ToNchw(nhwc, back, shape, storage));
                Assert.Equal(x, device.Download<ushort>(back, x.Length));
            }
        });
    }

    [Theory]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void All_65536_values_of_16_bits_become_the_floats_they_stand_for(Storage format)
    {
        var bits = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var expected = bits.Select(b => format == Storage.Float16 ? (float)BitConverter.UInt16BitsToHalf(b) : BitConverter.Int32BitsToSingle(b << 16)).ToArray();
        Devices.Any(device =>
        {
            var y = device.Output<float>(65536, "y");
            device.Run(LayoutKernels.ToFloat(device.Upload(bits, "x"), y, 65536, format));
            Compare.Same(expected, device.Download<float>(y, 65536));
        });
    }

    [Theory]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void Floats_are_rounded_to_the_nearest_16_bits_with_ties_to_even(Storage format)
    {
        // Every 16-bit value, the middle to its neighbour, and both sides of the middle.
        List<float> values = [float.MaxValue, float.MinValue, float.NaN, 65519.99f, 65520f, float.Epsilon];
        for (var i = 0; i < 65536; i += 5)
        {
            var v = format == Storage.Float16 ? (float)BitConverter.UInt16BitsToHalf((ushort)i) : BitConverter.Int32BitsToSingle(i << 16);
            var next = format == Storage.Float16 ? (float)BitConverter.UInt16BitsToHalf((ushort)(i + 1)) : BitConverter.Int32BitsToSingle((i + 1) << 16);
            var middle = (float)(((double)v + next) / 2);
            values.AddRange(new[] { v, middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle) }.Where(one => !float.IsNaN(one)));
        }

        var x = values.ToArray();
        Devices.Any(device =>
        {
            var y = device.Output<ushort>(x.Length, "y");
            device.Run(LayoutKernels.FromFloat(device.Upload(x, "x"), y, x.Length, format));
            var actual = device.Download<ushort>(y, x.Length);
            for (var i = 0; i < x.Length; i++)
            {
                if (float.IsNaN(x[i]))
                {
                    Assert.True(format == Storage.Float16 ? Half.IsNaN(BitConverter.UInt16BitsToHalf(actual[i])) : float.IsNaN(BitConverter.Int32BitsToSingle(actual[i] << 16)));
                }
                else
                {
                    Assert.Equal(format == Storage.Float16 ? BitConverter.HalfToUInt16Bits((Half)x[i]) : NearestBFloat16(x[i]), actual[i]);
                }
            }
        });
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1027, 1)]
    [InlineData(1030, 0)]
    public void Conversions_handle_tails_and_alignment(int count, int skip)
    {
        var x = Samples.Uniform(count, 92);
        Devices.ForEach(device =>
        {
            var (half, back) = (device.Output<ushort>(count, "half", skip), device.Output<float>(count, "back", skip));
            device.Run(LayoutKernels.FromFloat(device.Upload(x, "x", skip), half, count, Storage.Float16));
            Assert.Equal(x.Select(v => BitConverter.HalfToUInt16Bits((Half)v)), device.Download<ushort>(half, count));
            device.Run(LayoutKernels.ToFloat(half, back, count, Storage.Float16));
            Assert.Equal(x.Select(v => (float)(Half)v), device.Download<float>(back, count));
        });
    }

    public static TheoryData<bool, int, int, Storage, Layout> Pictures
    {
        get
        {
            var data = new TheoryData<bool, int, int, Storage, Layout>();
            foreach (var (storage, layout) in Stored.Formats)
            {
                data.Add(true, 3, 0, storage, layout);
                data.Add(false, 3, 1, storage, layout);
                data.Add(false, 4, 0, storage, layout);
                data.Add(false, 1, 0, storage, layout);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_picture_is_cropped_mirrored_normalised_and_padded_with_zeros(
        bool floats, int channels = 3, int skip = 0, Storage storage = Storage.Float32, Layout layout = Layout.Nchw)
    {
        var shape = new PictureShape(3, channels, 12, 15, 9, 10, 11, 14);
        var random = new Random(93);
        var bytes = Enumerable.Range(0, 3 * 12 * 15 * channels).Select(_ => (byte)random.Next(256)).ToArray();
        int[] crops = [0, 0, 0, 3, 5, 1, 1, 2, 0];
        float[] mean = [100, 110.5f, 120.25f, 0], scale = [1, 0.5f, 0.017f, 1];
        var expected = new float[3 * channels * 11 * 14];
        for (var i = 0; i < expected.Length; i++)
        {
            var (n, c, row, column) = (i / (channels * 11 * 14), i / (11 * 14) % channels, i / 14 % 11, i % 14);
            if (row < 9 && column < 10)
            {
                var (y, x) = (crops[3 * n] + row, crops[(3 * n) + 1] + (crops[(3 * n) + 2] != 0 ? 9 - column : column));
                expected[i] = Stored.Round((bytes[(((((n * 12) + y) * 15) + x) * channels) + c] - mean[c]) * scale[c], storage);
            }
        }

        expected = Stored.Ordered(expected, new ImageShape(3, channels, 11 * 14), layout);
        Devices.ForEach(device =>
        {
            var from = floats ? device.Upload(bytes.Select(b => (float)b).ToArray(), "pictures") : device.Upload(bytes, "pictures");
            var y = device.Output(expected.Length, storage, "y", skip);
            device.Run(LayoutKernels.Picture(
                from, floats, device.Upload(crops, "crops"), device.Upload(mean, "mean"), device.Upload(scale, "scale"), y, shape, storage, layout));
            Assert.Equal(expected, device.Download(y, expected.Length, storage));
        });
    }

    [Fact]
    public void A_picture_of_infinities_NaN_and_numbers_beyond_half_arrives_as_such()
    {
        float[] picture = [float.NaN, float.PositiveInfinity, 65520, -65504, 6e-8f, 1e-30f, 1, 2, 3, 4, 5];
        Devices.ForEach(device =>
        {
            foreach (var (storage, layout) in Stored.Formats)
            {
                var y = device.Output(11, storage, "y");
                device.Run(LayoutKernels.Picture(
                    device.Upload(picture, "picture"), true, 0, device.Upload([0f], "mean"), device.Upload([1f], "scale"), y, new PictureShape(1, 1, 1, 11, 1, 11, 1, 11), storage, layout));
                Compare.Same(Stored.Round(picture, storage), device.Download(y, 11, storage));
            }
        });
    }

    [Fact]
    public void Float32_is_not_converted_to_itself()
    {
        Assert.Throws<ArgumentException>(() => LayoutKernels.FromFloat(8, 8, 1, Storage.Float32));
        Assert.Throws<ArgumentException>(() => LayoutKernels.ToFloat(8, 8, 1, Storage.Float32));
    }

    [Fact]
    public void Float32_pictures_are_NCHW_alone() => Assert.Throws<ArgumentException>(
        () => LayoutKernels.Picture(8, false, 0, 8, 8, 8, new PictureShape(1, 1, 2, 2, 2, 2, 2, 2), Storage.Float32, Layout.Nhwc));

    [Fact]
    public void Without_crops_the_picture_starts_at_its_corner()
    {
        byte[] picture = [1, 2, 3, 4, 5, 6];
        Devices.ForEach(device =>
        {
            var y = device.Output<float>(4, "y");
            device.Run(LayoutKernels.Picture(
                device.Upload(picture, "picture"), false, 0, device.Upload([0f], "mean"), device.Upload([1f], "scale"), y, new PictureShape(1, 1, 2, 3, 2, 2, 2, 2)));
            Assert.Equal([1f, 2, 4, 5], device.Download<float>(y, 4));
        });
    }

    [Fact]
    public void A_crop_larger_than_the_picture_is_refused() =>
        Assert.Throws<ArgumentException>(() => LayoutKernels.Picture(8, false, 0, 8, 8, 8, new PictureShape(1, 1, 2, 2, 3, 2, 3, 3)));

    // The nearer one of the two neighbours, by distance; the even one of two that are as near.
    private static ushort NearestBFloat16(float v)
    {
        var below = (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16);
        var above = (ushort)(below + 1);
        double Value(ushort bits) => (bits & 0x7fff) == 0x7f80
            ? Math.CopySign(Math.ScaleB(1, 128), v)
            : BitConverter.Int32BitsToSingle(bits << 16);
        if (float.IsInfinity(v))
        {
            return below;
        }

        var (down, up) = (Math.Abs(v - Value(below)), Math.Abs(Value(above) - v));
        return down < up || (down == up && below % 2 == 0) ? below : above;
    }
}
