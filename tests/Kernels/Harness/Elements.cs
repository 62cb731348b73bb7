using AlexNetCuda.Cuda.Kernels;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Tensors in any storage and layout: test data is float32 in NCHW order, and so are results.</summary>
internal static class Elements
{
    /// <summary>The storages and layouts there are kernels for.</summary>
    internal static IReadOnlyList<(Storage Storage, Layout Layout)> Variants => Stored.Formats;

    /// <summary>Half the distance of the smallest numbers.</summary>
    internal static double Denormal(Storage storage) => storage == Storage.Float16 ? 1.0 / (1 << 25) : 0;

    /// <summary>The numbers as the storage holds them: rounded to nearest, ties to even.</summary>
    internal static float[] Rounded(float[] values, Storage storage) => Stored.Round(values, storage);

    internal static ulong Upload(KernelDevice device, float[] values, string name, Storage storage, Layout layout, ImageShape shape, int skip = 0) =>
        device.Upload(Stored.Ordered(values, shape, layout), storage, name, skip);

    internal static ulong Output(KernelDevice device, long count, string name, Storage storage, int skip = 0) => device.Output((int)count, storage, name, skip);

    internal static float[] Download(KernelDevice device, ulong address, Storage storage, Layout layout, ImageShape shape) =>
        Stored.Canonical(device.Download(address, (int)shape.Count, storage), shape, layout);

    /// <summary>From NCHW to the layout, or back.</summary>
    internal static T[] Reorder<T>(T[] values, Layout layout, ImageShape shape, bool toNchw) =>
        toNchw ? Stored.Canonical(values, shape, layout) : Stored.Ordered(values, shape, layout);

    /// <summary>As <see cref="Compare.Close"/>, and half a unit in the storage's last place for the result's rounding.</summary>
    internal static void Close(double[] expected, float[] actual, double relative, double absolute, Storage storage)
    {
        if (storage == Storage.Float16)
        {
            // What rounds to more than 65504 is an infinity; near 65520 either is right.
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < expected.Length; i++)
            {
                if (float.IsInfinity(actual[i]) && Math.Abs(expected[i]) * (1 + relative) >= 65519)
                {
                    Assert.Equal(Math.Sign(expected[i]), Math.Sign(actual[i]));
                    (expected, actual) = (With(expected, i, 0), With(actual, i, 0f));
                }
            }
        }

        Compare.Close(expected, actual, relative + Stored.HalfUlp(storage), absolute + Denormal(storage));
    }

    private static T[] With<T>(T[] values, int index, T value)
    {
        var copy = (T[])values.Clone();
        copy[index] = value;
        return copy;
    }
}
