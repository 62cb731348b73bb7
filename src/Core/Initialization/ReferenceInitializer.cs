using System.Text;

namespace AlexNetCuda.Initialization;

/// <summary>
/// The generator of the reference results (tests/data/golden/make_golden.py): SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014)
/// indexed by the element, keyed by FNV-1a-64 of salt and name, so that the same values are made everywhere without a weight file.
/// Weights are uniform with limit sqrt(6 / fan_in), biases with limit 0.1. The seed is not used.
/// </summary>
/// <param name="Salt">The text before each tensor's name.</param>
public sealed record ReferenceInitializer(string Salt) : Initializer
{
    /// <inheritdoc/>
    public override void Fill(Span<float> destination, long first, in InitializerContext context)
    {
        ParameterInfo parameter = context.Parameter;
        float scale = parameter.Role == ParameterRole.Biases ? 0.1f : (float)Math.Sqrt(6.0 / parameter.FanIn);
        Fill(destination, first, Salt + parameter.Name, scale);
    }

    /// <summary>Makes a run of values of the tensor named <paramref name="key"/> (salt included).</summary>
    /// <param name="destination">Takes the values of elements <paramref name="first"/> and on.</param>
    /// <param name="first">The row-major index of the first element.</param>
    /// <param name="key">Salt and name.</param>
    /// <param name="scale">The limit: values are uniform in [-scale, scale).</param>
    public static void Fill(Span<float> destination, long first, string key, float scale)
    {
        ArgumentNullException.ThrowIfNull(key);
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(key)) hash = (hash ^ b) * 0x100000001B3;
        for (int i = 0; i < destination.Length; i++)
        {
            ulong z = hash + ((ulong)(first + i + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            float u = (z >> 40) * (1f / (1 << 24));
            destination[i] = scale * ((2f * u) - 1f); // 2u - 1 is exact, so there is one rounding
        }
    }
}
