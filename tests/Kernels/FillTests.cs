using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Kernels.Tests.References;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

public sealed class FillTests
{
    private const ulong Seed = 99;
    private static readonly uint s_name = DropoutKernels.NameHash("conv1/weights");

    // A logarithm, a root, a sine and a handful of products: 1e-6 of numbers below 6 deviations.
    private const double NormalTolerance = 6e-6;

    public static TheoryData<int, int> Sizes => new() { { 1, 0 }, { 6, 0 }, { 1027, 0 }, { 1027, 3 }, { 3000, 0 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_constant_fills_every_element(int count, int skip) => Devices.ForEach(device =>
    {
        var x = device.Output<float>(count, "x", skip);
        device.Run(FillKernels.Constant(x, count, 0.1f));
        Assert.All(device.Download<float>(x, count), v => Assert.Equal(0.1f, v));
    });

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Uniform_numbers_are_philoxs(int count, int skip)
    {
        var expected = Enumerable.Range(0, count).Select(i => -2 + (5 * PhiloxReference.Unit(PhiloxReference.Word(i, s_name, 0, Seed)))).ToArray();
        Devices.ForEach(device =>
        {
            var x = device.Output<float>(count, "x", skip);
            device.Run(FillKernels.Uniform(x, count, -2, 3, Seed, s_name));
            Compare.Close(expected, device.Download<float>(x, count), 1e-7, 3e-7);   // one rounding of a product and a sum up to 5
        });
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Normal_numbers_are_Box_and_Mullers(int count, int skip)
    {
        var expected = Enumerable.Range(0, count).Select(i =>
        {
            var pair = i / 2 * 2;
            var (first, second) = PhiloxReference.NormalPair(
                PhiloxReference.Word(pair, s_name, 0, Seed), PhiloxReference.Word(pair + 1, s_name, 0, Seed));
            return 0.5 + (i % 2 == 0 ? first : second);
        }).ToArray();
        Devices.ForEach(device =>
        {
            var x = device.Output<float>(count, "x", skip);
            device.Run(FillKernels.Normal(x, count, 0.5f, 1, Seed, s_name));
            Compare.Close(expected, device.Download<float>(x, count), 0, NormalTolerance);
        });
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Truncated_normal_numbers_stay_within_two_deviations_and_are_redrawn_beyond(int count, int skip)
    {
        var expected = Enumerable.Range(0, count).Select(i => Truncated((uint)i)).ToArray();
        Devices.ForEach(device =>
        {
            var x = device.Output<float>(count, "x", skip);
            device.Run(FillKernels.TruncatedNormal(x, count, 0, 1, Seed, s_name));
            var actual = device.Download<float>(x, count);
            Assert.All(actual, v => Assert.InRange(v, -2, 2));
            Compare.Close(expected, actual, 0, NormalTolerance);
        });
    }

    [Fact]
    public void Many_normal_numbers_have_the_moments_of_a_normal_distribution()
    {
        const int Count = 20_000;
        Devices.Any(device =>
        {
            var x = device.Output<float>(Count, "x");
            device.Run(FillKernels.Normal(x, Count, 0, 1, 3, 4));
            var numbers = device.Download<float>(x, Count);

            // Five standard errors: 1 / sqrt(n) of the mean, sqrt(2 / n) of the variance, sqrt(96 / n) of the fourth moment.
            Assert.InRange(numbers.Average(v => (double)v), -5 / Math.Sqrt(Count), 5 / Math.Sqrt(Count));
            Assert.InRange(numbers.Average(v => (double)v * v), 1 - (5 * Math.Sqrt(2.0 / Count)), 1 + (5 * Math.Sqrt(2.0 / Count)));
            Assert.InRange(numbers.Average(v => Math.Pow(v, 4)), 3 - (5 * Math.Sqrt(96.0 / Count)), 3 + (5 * Math.Sqrt(96.0 / Count)));
        });
    }

    private static double Truncated(uint index)
    {
        for (uint attempt = 1; ; attempt++)
        {
            var words = PhiloxReference.Block([index, 0, s_name, attempt], Seed);
            var (a, b) = PhiloxReference.NormalPair(words[0], words[1]);
            var (c, d) = PhiloxReference.NormalPair(words[2], words[3]);
            foreach (var n in new[] { a, b, c, d })
            {
                if (Math.Abs(n) <= 2)
                {
                    return n;
                }
            }
        }
    }
}
