using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class DropoutTests
{
    private const ulong Seed = 0x0123456789abcdef;

    [Fact]
    public void Philox_gives_the_known_answers_of_its_authors()
    {
        // The first lines of Random123's kat_vectors for philox4x32 with 10 rounds.
        Assert.Equal([0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u], PhiloxReference.Block([0, 0, 0, 0], 0));
        Assert.Equal(
            [0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu],
            PhiloxReference.Block([uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue], ulong.MaxValue));
    }

    [Fact]
    public void A_layers_name_is_hashed_by_FNV_1a()
    {
        Assert.Equal(0x811c9dc5u, DropoutKernels.NameHash(""));
        Assert.Equal(0xe40c292cu, DropoutKernels.NameHash("a"));
        Assert.Equal(0xbf9cf968u, DropoutKernels.NameHash("foobar"));
    }

    public static TheoryData<int, float, int, Storage> Sizes
    {
        get
        {
            var data = new TheoryData<int, float, int, Storage>();
            foreach (var storage in Enum.GetValues<Storage>())
            {
                foreach (var (count, keep, skip) in new[] { (1, 0.5f, 0), (2, 0.5f, 0), (3, 0.3f, 0), (1030, 0.5f, 0), (4096, 0.9f, 0), (515, 0.5f, 1), (64, 1f, 2), (2063, 0.7f, 0) })
                {
                    data.Add(count, keep, skip, storage);
                }
            }

            return data;
        }
    }

    public static TheoryData<int, int, int, int, Storage> Images
    {
        get
        {
            var data = new TheoryData<int, int, int, int, Storage>();
            foreach (var storage in new[] { Storage.Float16, Storage.BFloat16 })
            {
                // images, channels, plane, elements in front
                foreach (var (images, channels, plane, skip) in new[] { (2, 8, 12, 0), (2, 16, 13, 0), (3, 5, 7, 0), (2, 24, 9, 1), (2, 40, 1, 0), (3, 1, 30, 0), (1, 200, 49, 0), (1, 9, 121, 0) })
                {
                    data.Add(images, channels, plane, skip, storage);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_mask_is_philoxs_at_any_size_and_alignment_and_in_place(int count, float keep, int skip, Storage storage = Storage.Float32)
    {
        var x = Stored.Round(Samples.Uniform(count, 41), storage);
        var layer = DropoutKernels.NameHash("drop6");
        var expected = Expected(x, keep, layer, storage);
        Devices.ForEach(device =>
        {
            var state = device.Upload([new StepState(7, 0, 1, 0)], "state");
            var (from, y) = (device.Upload(x, storage, "x", skip), device.Output(count, storage, "y", skip));
            device.Run(DropoutKernels.Dropout(from, y, count, keep, Seed, layer, state, storage));
            Compare.Same(expected, device.Download(y, count, storage));
            device.Run(DropoutKernels.Dropout(from, from, count, keep, Seed, layer, state, storage));
            Compare.Same(expected, device.Download(from, count, storage));
        });
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Every_layout_has_the_mask_of_the_NCHW_order(int images, int channels, int plane, int skip, Storage storage)
    {
        var shape = new ImageShape(images, channels, plane);
        var x = Stored.Round(Samples.Uniform(shape.Count, 42), storage);
        var layer = DropoutKernels.NameHash("drop5");
        var expected = Expected(x, 0.6f, layer, storage);
        Devices.ForEach(device =>
        {
            var state = device.Upload([new StepState(7, 0, 1, 0)], "state");
            foreach (var layout in Enum.GetValues<Layout>())
            {
                var from = device.Upload(Stored.Ordered(x, shape, layout), storage, "x", skip);
                var y = device.Output(x.Length, storage, "y", skip);
                device.Run(DropoutKernels.Dropout(from, y, shape, 0.6f, Seed, layer, state, storage, layout));
                Compare.Same(Stored.Ordered(expected, shape, layout), device.Download(y, x.Length, storage));
                device.Run(DropoutKernels.Dropout(from, from, shape, 0.6f, Seed, layer, state, storage, layout));
                Compare.Same(Stored.Ordered(expected, shape, layout), device.Download(from, x.Length, storage));
            }
        });
    }

    [Theory]
    [InlineData(Storage.Float16)]
    [InlineData(Storage.BFloat16)]
    public void What_is_kept_may_overflow_and_NaN_stays(Storage storage)
    {
        var shape = new ImageShape(2, 8, 20);
        var x = Stored.Extreme(shape.Count, 43, storage);
        var expected = Expected(x, 0.5f, 9, storage);
        Devices.ForEach(device =>
        {
            var state = device.Upload([new StepState(7, 0, 1, 0)], "state");
            foreach (var layout in Enum.GetValues<Layout>())
            {
                var y = device.Output(x.Length, storage, "y");
                device.Run(DropoutKernels.Dropout(device.Upload(Stored.Ordered(x, shape, layout), storage, "x"), y, shape, 0.5f, Seed, 9, state, storage, layout));
                Compare.Same(Stored.Ordered(expected, shape, layout), device.Download(y, x.Length, storage));
            }
        });
    }

    [Fact]
    public void Another_step_seed_or_layer_is_another_mask()
    {
        const int Count = 256;
        var ones = Enumerable.Repeat(1f, Count).ToArray();
        Devices.ForEach(device =>
        {
            var x = device.Upload(ones, "x");
            string Mask(ulong seed, string layer, uint step)
            {
                var y = device.Output<float>(Count, "y");
                device.Run(DropoutKernels.Dropout(x, y, Count, 0.5f, seed, DropoutKernels.NameHash(layer), device.Upload([new StepState(step, 0, 1, 0)], "state")));
                return string.Concat(device.Download<float>(y, Count).Select(v => v > 0 ? '1' : '0'));
            }

            string[] masks = [Mask(1, "drop6", 0), Mask(2, "drop6", 0), Mask(1UL << 32, "drop6", 0), Mask(1, "drop7", 0), Mask(1, "drop6", 1)];
            Assert.Equal(masks.Length, masks.Distinct().Count());
        });
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-0.5f)]
    [InlineData(1.5f)]
    [InlineData(float.NaN)]
    public void A_probability_out_of_range_is_refused(float keep) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DropoutKernels.Dropout(8, 8, 1, keep, 0, 0, 8));

    [Fact]
    public void Float32_is_NCHW_alone() => Assert.Throws<ArgumentException>(
        () => DropoutKernels.Dropout(8, 8, new ImageShape(1, 2, 3), 0.5f, 0, 0, 8, Storage.Float32, Layout.Nhwc));

    // In NCHW order: a product of floats, rounded to the storage.
    private static float[] Expected(float[] x, float keep, uint layer, Storage storage)
    {
        var scale = 1f / keep;
        return [.. x.Select((v, i) => PhiloxReference.Unit(PhiloxReference.Word(i, layer, 7, Seed)) < keep ? Stored.Round(v * scale, storage) : 0)];
    }
}
