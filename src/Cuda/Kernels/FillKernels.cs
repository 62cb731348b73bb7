namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// Launches of kernels/fill.cu: constants and random numbers, float32. A random number depends on seed, name and index alone,
/// so a fill gives the same numbers whatever the launch.
/// </summary>
public static class FillKernels
{
    /// <summary>Every element becomes <paramref name="value"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch Constant(ulong x, long count, float value) =>
        Launch("fill_constant", count, [KernelArgument.Pointer(x), KernelArgument.Value(count), KernelArgument.Value(value)]);

    /// <summary>Uniform numbers in [low, high).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch Uniform(ulong x, long count, float low, float high, ulong seed, uint name) =>
        Launch("fill_uniform", count, Random(x, count, low, high, seed, name));

    /// <summary>Normal numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch Normal(ulong x, long count, float mean, float deviation, ulong seed, uint name) =>
        Launch("fill_normal", count, Random(x, count, mean, deviation, seed, name));

    /// <summary>Normal numbers, redrawn beyond two standard deviations.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static KernelLaunch TruncatedNormal(ulong x, long count, float mean, float deviation, ulong seed, uint name) =>
        Launch("fill_truncated_normal", count, Random(x, count, mean, deviation, seed, name));

    private static KernelArgument[] Random(ulong x, long count, float a, float b, ulong seed, uint name) =>
    [
        KernelArgument.Pointer(x), KernelArgument.Value(count), KernelArgument.Value(a), KernelArgument.Value(b), KernelArgument.Value(seed),
        KernelArgument.Value(name),
    ];

    private static KernelLaunch Launch(string kernel, long count, KernelArgument[] arguments) => new(
        "fill", kernel, LaunchShape.Quads(LaunchShape.Positive(count, nameof(count))), new Extent(256), 0, arguments, 0, 4 * count);
}
