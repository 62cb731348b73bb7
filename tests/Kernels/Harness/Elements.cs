using AlexNetCuda.Cuda.Kernels;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Tensors in any storage and layout: test data is float32 in NCHW order, and so are results.</summary>
internal static class Elements
{
    /// <summary>The storages and layouts there are kernels for.</summary>
    internal static IReadOnlyList<(Storage Storage, Layout Layout)> Variants { get; } =
    [
        (Storage.Float32, Layout.Nchw), (Storage.Float16, Layout.Nchw), (Storage.BFloat16, Layout.Nchw),
        (Storage.Float16, Layout.Nhwc), (Storage.BFloat16, Layout.Nhwc),
    ];

    /// <summary>Half the distance of neighbouring numbers, relative to the number.</summary>
    internal static double HalfUlp(Storage storage) => storage switch
    {
        Storage.Float32 => 0,
        Storage.Float16 => 1.0 / 2048,
        _ => 1.0 / 256,
    };

    /// <summary>Half the distance of the smallest numbers.</summary>
    internal static double Denormal(Storage storage) => storage == Storage.Float16 ? 1.0 / (1 << 25) : 0;

    /// <summary>The numbers as the storage holds them: rounded to nearest, ties to even.</summary>
    internal static float[] Rounded(float[] values, Storage storage) => [.. values.Select(v => Round(v, storage))];

    internal static float Round(float v, Storage storage) => storage switch
    {
        Storage.Float32 => v,
        Storage.Float16 => (float)(Half)v,
        _ => BitConverter.UInt32BitsToSingle((uint)BFloat16Bits(v) << 16),
    };

    internal static ulong Upload(KernelDevice device, float[] values, string name, Storage storage, Layout layout, ImageShape shape, int skip = 0)
    {
        var ordered = Reorder(values, layout, shape, toNchw: false);
        return storage switch
        {
            Storage.Float32 => device.Upload(ordered, name, skip),
            Storage.Float16 => device.Upload(ordered.Select(v => BitConverter.HalfToUInt16Bits((Half)v)).ToArray(), name, skip),
            _ => device.Upload(ordered.Select(BFloat16Bits).ToArray(), name, skip),
        };
    }

    internal static ulong Output(KernelDevice device, long count, string name, Storage storage, int skip = 0) =>
        storage == Storage.Float32 ? device.Output<float>((int)count, name, skip) : device.Output<ushort>((int)count, name, skip);

    internal static float[] Download(KernelDevice device, ulong address, Storage storage, Layout layout, ImageShape shape) =>
        Reorder(
            storage switch
            {
                Storage.Float32 => device.Download<float>(address, (int)shape.Count),
                Storage.Float16 => [.. device.Download<ushort>(address, (int)shape.Count).Select(v => (float)BitConverter.UInt16BitsToHalf(v))],
                _ => [.. device.Download<ushort>(address, (int)shape.Count).Select(v => BitConverter.UInt32BitsToSingle((uint)v << 16))],
            },
            layout,
            shape,
            toNchw: true);

    /// <summary>From NCHW to the layout, or back.</summary>
    internal static T[] Reorder<T>(T[] values, Layout layout, ImageShape shape, bool toNchw)
    {
        if (layout == Layout.Nchw)
        {
            return values;
        }

        var result = new T[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (n, c, p) = (i / (shape.Channels * shape.Plane), i / shape.Plane % shape.Channels, i % shape.Plane);
            var other = (((n * shape.Plane) + p) * shape.Channels) + c;
            (result[toNchw ? i : other], _) = (values[toNchw ? other : i], 0);
        }

        return result;
    }

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

        Compare.Close(expected, actual, relative + HalfUlp(storage), absolute + Denormal(storage));
    }

    private static T[] With<T>(T[] values, int index, T value)
    {
        var copy = (T[])values.Clone();
        copy[index] = value;
        return copy;
    }

    private static ushort BFloat16Bits(float v)
    {
        var bits = BitConverter.SingleToUInt32Bits(v);
        return float.IsNaN(v) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
