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

    [Theory]
    [InlineData(1, 0.5f, 0)]
    [InlineData(2, 0.5f, 0)]
    [InlineData(3, 0.3f, 0)]
    [InlineData(1030, 0.5f, 0)]
    [InlineData(4096, 0.9f, 0)]
    [InlineData(515, 0.5f, 1)]
    [InlineData(64, 1f, 2)]
    public void The_mask_is_philoxs_at_any_size_and_alignment_and_in_place(int count, float keep, int skip)
    {
        var x = Samples.Uniform(count, 41);
        var layer = DropoutKernels.NameHash("drop6");
        var scale = 1f / keep;
        var expected = x.Select((v, i) => PhiloxReference.Unit(PhiloxReference.Word(i, layer, 7, Seed)) < keep ? v * scale : 0).ToArray();
        Devices.ForEach(device =>
        {
            var state = device.Upload([new StepState(7, 0, 1, 0)], "state");
            var (from, y) = (device.Upload(x, "x", skip), device.Output<float>(count, "y", skip));
            device.Run(DropoutKernels.Dropout(from, y, count, keep, Seed, layer, state));
            Compare.Same(expected, device.Download<float>(y, count));
            device.Run(DropoutKernels.Dropout(from, from, count, keep, Seed, layer, state));
            Compare.Same(expected, device.Download<float>(from, count));
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
}
