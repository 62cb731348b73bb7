namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Repeatable test data.</summary>
internal static class Samples
{
    /// <summary>Numbers spread evenly over -1 ... 1 times a scale, from a generator with a seed.</summary>
    internal static float[] Uniform(long count, int seed, float scale = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = scale * ((2 * random.NextSingle()) - 1);
        }

        return values;
    }

    /// <summary>As <see cref="Uniform"/>, of few distinct values, so that maxima have ties.</summary>
    internal static float[] WithTies(long count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.Next(-2, 3);
        }

        return values;
    }

    /// <summary>Ordinary numbers with everything that breaks careless arithmetic strewn in: NaN, infinities, denormals, zeros of either sign, huge and tiny ones.</summary>
    internal static float[] Extreme(long count, int seed)
    {
        float[] odd =
        [
            float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, 1e-40f, 0f, -0f, float.MaxValue, float.MinValue, 1e30f,
            -1e30f, 1e-30f,
        ];
        var random = new Random(seed);
        var values = Uniform(count, seed + 1);
        for (var i = 0; i < values.Length; i++)
        {
            if (random.Next(5) == 0)
            {
                values[i] = odd[random.Next(odd.Length)];
            }
        }

        return values;
    }
}
