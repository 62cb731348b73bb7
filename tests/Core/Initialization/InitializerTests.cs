using AlexNetCuda.Initialization;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class InitializerTests
{
    private const int Count = 1_000_000;

    private static ParameterInfo Info(string name = "conv1/weights", int fanIn = 27, int fanOut = 576) =>
        new(name, new Shape(1000, 1000), ParameterRole.Weights, fanIn, fanOut, new ConstantInitializer(0));

    private static float[] Make(Initializer initializer, ulong seed = 1, string name = "conv1/weights", int fanIn = 27, int fanOut = 576, int count = Count)
    {
        var values = new float[count];
        initializer.Fill(values, 0, new InitializerContext(seed, Info(name, fanIn, fanOut)));
        return values;
    }

    /// <summary>Checks mean, variance and the correlation of neighbours within 6 standard errors: a right generator fails once in 5e8 checks.</summary>
    /// <param name="values">The sample.</param>
    /// <param name="variance">The variance expected.</param>
    /// <param name="kurtosis">The fourth moment over the square of the variance, on which the standard error of the variance depends.</param>
    private static void CheckMoments(float[] values, double variance, double kurtosis)
    {
        double n = values.Length, mean = values.Average(v => (double)v), squares = values.Average(v => (double)v * v);
        double meanError = Math.Sqrt(variance / n), varianceError = variance * Math.Sqrt((kurtosis - 1) / n);
        Assert.InRange(mean, -6 * meanError, 6 * meanError);
        Assert.InRange(squares, variance - (6 * varianceError), variance + (6 * varianceError));
        for (int lag = 1; lag <= 4; lag++)
        {
            double product = 0;
            for (int i = lag; i < values.Length; i++) product += (double)values[i] * values[i - lag];
            Assert.InRange(product / (n * variance), -6 / Math.Sqrt(n), 6 / Math.Sqrt(n));
        }
    }

    /// <summary>Checks the share of values within a bound, likewise.</summary>
    private static void CheckShare(float[] values, double bound, double share)
    {
        double error = Math.Sqrt(share * (1 - share) / values.Length);
        Assert.InRange(values.Count(v => Math.Abs(v) < bound) / (double)values.Length, share - (6 * error), share + (6 * error));
    }

    [Fact]
    public void A_constant_is_one_value()
    {
        Assert.All(Make(new ConstantInitializer(0.1f), count: 100), v => Assert.Equal(0.1f, v));
    }

    [Fact]
    public void A_normal_has_its_deviation_and_its_tails()
    {
        float[] values = Make(new NormalInitializer(0.005f));
        CheckMoments(values, 0.005 * 0.005, 3);
        CheckShare(values, 0.005 * 0.5, 0.3829249);
        CheckShare(values, 0.005, 0.6826895);
        CheckShare(values, 0.005 * 2, 0.9544997);
        CheckShare(values, 0.005 * 3, 0.9973002);
    }

    [Fact]
    public void A_truncated_normal_has_nothing_beyond_two_deviations()
    {
        float[] values = Make(new TruncatedNormalInitializer(0.1f));
        // For deviation 1, truncated at 2, with phi(2) = 0.0539910 and mass 0.9544997: E x^2 = 1 - 4 phi / mass, E x^4 = 3 E x^2 - 16 phi / mass.
        CheckMoments(values, 0.01 * 0.7737413, 1.4161814 / (0.7737413 * 0.7737413));
        Assert.True(values.Max(Math.Abs) <= 0.2f);
        Assert.True(values.Max() > 0.1999f && values.Min() < -0.1999f); // the density at the bounds is 0.057 / 0.1: 57 values a ten-thousandth
        CheckShare(values, 0.05, 0.3829249 / 0.9544997);
        CheckShare(values, 0.1, 0.6826895 / 0.9544997);
        CheckShare(values, 0.15, 0.8663856 / 0.9544997);
    }

    [Fact]
    public void He_is_normal_with_a_variance_of_two_over_fan_in()
    {
        float[] values = Make(new HeNormalInitializer(), fanIn: 1152);
        CheckMoments(values, 2.0 / 1152, 3);
        CheckShare(values, Math.Sqrt(2.0 / 1152), 0.6826895);
    }

    [Fact]
    public void Xavier_is_uniform_with_a_limit_made_of_fan_in_and_fan_out()
    {
        CheckUniform(Make(new XavierUniformInitializer(), fanIn: 27, fanOut: 576), Math.Sqrt(6.0 / 603));
    }

    [Fact]
    public void PyTorchs_default_is_uniform_with_a_limit_made_of_fan_in()
    {
        CheckUniform(Make(new FanInUniformInitializer(), fanIn: 363, fanOut: 7744), 1 / Math.Sqrt(363));
    }

    private static void CheckUniform(float[] values, double limit)
    {
        CheckMoments(values, limit * limit / 3, 1.8);
        float bound = (float)limit;
        Assert.True(values.Min() >= -bound && values.Max() <= bound);
        Assert.True(values.Min() < -0.9999 * limit && values.Max() > 0.9999 * limit); // 50 values are expected in either
        CheckShare(values, 0.25 * limit, 0.25);
        CheckShare(values, 0.75 * limit, 0.75);
    }

    public static TheoryData<Initializer> Random =>
    [
        new NormalInitializer(1), new TruncatedNormalInitializer(0.1f), new HeNormalInitializer(), new XavierUniformInitializer(), new FanInUniformInitializer(),
    ];

    [Theory]
    [MemberData(nameof(Random))]
    public void The_same_seed_makes_the_same_values_and_another_seed_or_name_others(Initializer initializer)
    {
        float[] values = Make(initializer, count: 1000);
        Assert.Equal(values, Make(initializer, count: 1000));
        float[][] others =
        [
            Make(initializer, seed: 2, count: 1000), Make(initializer, seed: (1UL << 32) | 1, count: 1000), Make(initializer, name: "conv2/weights", count: 1000),
        ];
        foreach (float[] other in others)
        {
            // Of 1000 pairs of independent values with 24 bits, one in 10^4 such tests would have a pair that is equal; two are as good as impossible.
            Assert.InRange(values.Zip(other).Count(p => p.First == p.Second), 0, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Random))]
    public void Pieces_of_any_length_are_those_of_the_whole(Initializer initializer)
    {
        const int count = 3000;
        float[] whole = Make(initializer, count: count), pieces = new float[count];
        var context = new InitializerContext(1, Info());
        int[] lengths = [1, 2, 3, 5, 4, 7, 8, 13, 64, 101];
        for (int first = 0, i = 0; first < count; i++)
        {
            int length = Math.Min(lengths[i % lengths.Length], count - first);
            initializer.Fill(pieces.AsSpan(first, length), first, context);
            first += length;
        }

        Assert.Equal(whole, pieces);
    }

    [Theory]
    [MemberData(nameof(Random))]
    public void Elements_beyond_32_bits_have_values_of_their_own(Initializer initializer)
    {
        float[] near = Make(initializer, count: 16), far = new float[16];
        initializer.Fill(far, 4L << 32, new InitializerContext(1, Info())); // group 2^32: the counter's second word
        Assert.NotEqual(near, far);
    }

    [Fact]
    public void Parameters_hold_what_their_initialisers_make_whatever_the_number_of_chunks()
    {
        var weights = new TruncatedNormalInitializer(0.1f);
        Network network = new NetworkBuilder("wide", 1, 1, 1000).FullyConnected("fc1", 200, weights: weights, biases: new ConstantInitializer(3)).Build();
        Parameters parameters = network.CreateParameters(seed: 5);
        float[] expected = new float[200_000], values = new float[200_000], biases = new float[200];
        weights.Fill(expected, 0, new InitializerContext(5, network.Parameters[0]));
        parameters["fc1/weights"].Read(values);
        parameters["fc1/biases"].Read(biases);
        Assert.Equal(expected, values);
        Assert.All(biases, b => Assert.Equal(3, b));

        var doubles = new double[200_000];
        network.CreateParameters(seed: 5, ElementType.Float64)["fc1/weights"].Read(doubles);
        Assert.Equal(expected.Select(v => (double)v), doubles);
        network.CreateParameters(seed: 6)["fc1/weights"].Read(values);
        Assert.NotEqual(expected, values);
        network.CreateParameters(initializer: new ConstantInitializer(-1))["fc1/weights"].Read(values);
        Assert.All(values, v => Assert.Equal(-1, v));
    }

    [Fact]
    public void Making_parameters_can_be_cancelled()
    {
        Network network = new NetworkBuilder("one", 1, 1, 1).FullyConnected("fc1", 1).Build();
        Assert.ThrowsAny<OperationCanceledException>(() => network.CreateParameters(cancellation: new CancellationToken(canceled: true)));
    }
}
