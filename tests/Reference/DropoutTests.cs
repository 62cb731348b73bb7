using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class DropoutTests
{
    private const ulong Seed = 0x0123456789ABCDEF;

    private static OperatorResult Run(Shape shape, double[] x, float keep, uint step = 7, string name = "fc6/dropout", bool drops = true, double[]? dy = null)
    {
        using var device = new ReferenceDevice(2);
        return new OperatorRunner
        {
            Device = device, Layers = [new DropoutLayer(name, keep)], InputShape = shape, Input = x, OutputGradient = dy, Dropout = drops, Seed = Seed, Step = step,
        }.Run();
    }

    [Fact]
    public void The_mask_is_made_of_Philox_words_of_seed_index_name_and_step()
    {
        double[] x = [.. Enumerable.Range(1, 30).Select(i => (double)i)], dy = [.. x.Select(v => v * 100)];
        OperatorResult result = Run(new(2, 3, 1, 5), x, 0.25f, dy: dy);
        // FNV-1a-32 of "fc6/dropout", from its definition.
        uint hash = "fc6/dropout".Aggregate(0x811C9DC5u, (h, c) => (h ^ c) * 0x01000193u);
        int kept = 0;
        for (int i = 0; i < x.Length; i++)
        {
            (uint w0, uint w1, uint w2, uint w3) = Philox.Block((uint)i / 4, 0, hash, 7, Seed);
            uint word = (i % 4) switch { 0 => w0, 1 => w1, 2 => w2, _ => w3 };
            bool keeps = word < 0x40000000; // u < 1/4
            kept += keeps ? 1 : 0;
            Assert.Equal(keeps ? x[i] * 4 : 0, result.Output[i]);
            Assert.Equal(keeps ? dy[i] * 4 : 0, result.InputGradient[i]);
        }

        Assert.InRange(kept, 1, 29); // or the test would show little
    }

    [Fact]
    public void About_the_stated_share_is_kept()
    {
        const int count = 100_000;
        const float keep = 0.3f;
        double kept = Run(new(1, count), [.. Enumerable.Repeat(1.0, count)], keep).Output.Count(y => y != 0);
        double deviation = Math.Sqrt(count * keep * (1 - keep));
        Assert.InRange(kept, (count * keep) - (4 * deviation), (count * keep) + (4 * deviation));
    }

    [Fact]
    public void Another_step_or_another_name_makes_another_mask_and_the_same_makes_the_same()
    {
        double[] x = [.. Enumerable.Repeat(1.0, 256)];
        double[] first = Run(new(2, 128), x, 0.5f).Output;
        Assert.Equal(first, Run(new(1, 16, 4, 4), x, 0.5f).Output);
        Assert.NotEqual(first, Run(new(2, 128), x, 0.5f, step: 8).Output);
        Assert.NotEqual(first, Run(new(2, 128), x, 0.5f, name: "fc7/dropout").Output);
    }

    [Fact]
    public void Dropout_that_is_off_or_keeps_all_changes_nothing()
    {
        double[] x = [1, -2, 0, double.NaN, 5], dy = [1, 2, 3, 4, 5];
        foreach (OperatorResult result in new[] { Run(new(1, 5), x, 0.5f, drops: false, dy: dy), Run(new(1, 5), x, 1, dy: dy) })
        {
            Assert.Equal(x, result.Output);
            Assert.Equal(dy, result.InputGradient);
        }
    }

    [Fact]
    public void A_dropped_NaN_is_0()
    {
        double[] y = Run(new(1, 64), [.. Enumerable.Repeat(double.NaN, 64)], 0.5f).Output;
        Assert.Contains(0.0, y);
        Assert.Contains(double.NaN, y);
    }

    [Theory] // from the known-answer tests of the Random123 distribution (philox4x32, 10 rounds)
    [InlineData(0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x0000000000000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffffffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0a4093822, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void Philox_gives_the_known_answers(uint c0, uint c1, uint c2, uint c3, ulong key, uint w0, uint w1, uint w2, uint w3)
    {
        Assert.Equal((w0, w1, w2, w3), Philox.Block(c0, c1, c2, c3, key));
    }

    [Theory]
    [InlineData("", 0x811c9dc5)]
    [InlineData("a", 0xe40c292c)]
    [InlineData("foobar", 0xbf9cf968)]
    public void Names_are_hashed_by_FNV_1a(string name, uint hash)
    {
        Assert.Equal(hash, Philox.Hash(name));
    }

    [Theory]
    [InlineData(0x00000000, 0f)]
    [InlineData(0x000000ff, 0f)]
    [InlineData(0x80000000, 0.5f)]
    [InlineData(0xffffffff, 0.99999994f)]
    public void A_word_becomes_a_number_from_0_to_below_1(uint word, float unit)
    {
        Assert.Equal(unit, Philox.ToUnit(word));
    }
}
