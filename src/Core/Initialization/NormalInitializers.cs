namespace AlexNetCuda.Initialization;

/// <summary>Normal with mean 0, by the method of Box and Muller ("A note on the generation of random normal deviates", 1958).</summary>
public abstract record NormalInitializerBase : Initializer
{
    /// <summary>The standard deviation for a parameter.</summary>
    protected abstract double StandardDeviation(ParameterInfo parameter);

    /// <summary>Values beyond this many standard deviations are drawn again.</summary>
    protected virtual double Bound => double.PositiveInfinity;

    /// <inheritdoc/>
    public override void Fill(Span<float> destination, long first, in InitializerContext context)
    {
        double deviation = StandardDeviation(context.Parameter), bound = Bound;
        uint hash = Philox.Hash(context.Parameter.Name);
        (double, double, double, double) normals = default;
        for (int i = 0; i < destination.Length; i++)
        {
            long index = first + i;
            if (i == 0 || (index & 3) == 0) normals = Normals(context.Seed, index >> 2, hash, 0);
            double value = Pick(normals, index);
            for (uint attempt = 1; Math.Abs(value) > bound; attempt++)
                value = Pick(Normals(context.Seed, index >> 2, hash, attempt), index);
            destination[i] = (float)(deviation * value);
        }
    }

    private static double Pick((double, double, double, double) normals, long index) =>
        (index & 3) switch { 0 => normals.Item1, 1 => normals.Item2, 2 => normals.Item3, _ => normals.Item4 };

    private static (double, double, double, double) Normals(ulong seed, long group, uint hash, uint attempt)
    {
        (uint w0, uint w1, uint w2, uint w3) = Philox.Block(seed, group, hash, attempt);
        (double a, double b) = BoxMuller(w0, w1);
        (double c, double d) = BoxMuller(w2, w3);
        return (a, b, c, d);
    }

    private static (double, double) BoxMuller(uint word0, uint word1)
    {
        // (word + 1) / 2^32 is in (0, 1]: the logarithm is finite.
        double radius = Math.Sqrt(-2 * Math.Log((word0 + 1.0) / 4294967296.0));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * (word1 / 4294967296.0));
        return (radius * cos, radius * sin);
    }
}

/// <summary>Normal with mean 0.</summary>
/// <param name="Deviation">The standard deviation.</param>
public sealed record NormalInitializer(float Deviation) : NormalInitializerBase
{
    /// <inheritdoc/>
    protected override double StandardDeviation(ParameterInfo parameter) => Deviation;
}

/// <summary>Normal with mean 0; values beyond two standard deviations are drawn again, as TensorFlow's truncated_normal does.</summary>
/// <param name="Deviation">The standard deviation before truncation.</param>
public sealed record TruncatedNormalInitializer(float Deviation) : NormalInitializerBase
{
    /// <inheritdoc/>
    protected override double StandardDeviation(ParameterInfo parameter) => Deviation;

    /// <inheritdoc/>
    protected override double Bound => 2;
}

/// <summary>
/// Normal with standard deviation sqrt(2 / fan_in) (He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015).
/// </summary>
public sealed record HeNormalInitializer : NormalInitializerBase
{
    /// <inheritdoc/>
    protected override double StandardDeviation(ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return Math.Sqrt(2.0 / parameter.FanIn);
    }
}
