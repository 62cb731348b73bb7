using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Tensors in 16 bits and in NHWC: tests compute with the floats that a storage holds, in NCHW order.</summary>
internal static class Stored
{
    /// <summary>Every storage and layout there are kernels for.</summary>
    internal static readonly (Storage Storage, Layout Layout)[] Formats =
    [
        (Storage.Float32, Layout.Nchw),
        (Storage.Float16, Layout.Nchw),
        (Storage.Float16, Layout.Nhwc),
        (Storage.BFloat16, Layout.Nchw),
        (Storage.BFloat16, Layout.Nhwc),
    ];

    /// <summary>The nearest value the storage holds, the even one of two that are as near; what is beyond its range becomes infinite.</summary>
    internal static float Round(float value, Storage storage) => storage == Storage.Float32 ? value : Value(Bits(value, storage), storage);

    /// <summary><see cref="Round(float, Storage)"/> of each.</summary>
    internal static float[] Round(float[] values, Storage storage) => [.. values.Select(v => Round(v, storage))];

    /// <summary>Half the distance of neighbouring values of a storage, relative to them: 2^-11 of half, 2^-8 of bfloat16; 0 of float32.</summary>
    internal static double HalfUlp(Storage storage) => storage switch
    {
        Storage.Float16 => Math.ScaleB(1, -11),
        Storage.BFloat16 => Math.ScaleB(1, -8),
        _ => 0,
    };

    /// <summary>Ordinary numbers with what breaks careless conversions strewn in, each as the storage holds it.</summary>
    internal static float[] Extreme(long count, int seed, Storage storage)
    {
        // Half's largest number, the first that rounds to infinity and the last that does not, its smallest normal and denormal ones.
        float[] odd = [65504, -65504, 65519.99f, 65520, 6.1035156e-5f, 6.0975552e-5f, 5.9604645e-8f, -5.9604645e-8f, 2.9802322e-8f, 3.3895314e38f, 9.2e-41f];
        var random = new Random(seed + 2);
        var values = Samples.Extreme(count, seed);
        for (var i = 0; i < values.Length; i++)
        {
            if (random.Next(4) == 0)
            {
                values[i] = odd[random.Next(odd.Length)];
            }
        }

        return Round(values, storage);
    }

    /// <summary>Values in NCHW order, in a layout's.</summary>
    internal static T[] Ordered<T>(T[] values, ImageShape shape, Layout layout)
    {
        if (layout == Layout.Nchw)
        {
            return values;
        }

        var ordered = new T[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (n, c, p) = (i / (shape.Channels * shape.Plane), i / shape.Plane % shape.Channels, i % shape.Plane);
            ordered[(((n * shape.Plane) + p) * shape.Channels) + c] = values[i];
        }

        return ordered;
    }

    /// <summary>Values in a layout's order, in NCHW.</summary>
    internal static T[] Canonical<T>(T[] values, ImageShape shape, Layout layout) =>
        layout == Layout.Nchw ? values : Ordered(values, shape with { Channels = shape.Plane, Plane = shape.Channels }, layout);

    /// <summary>Copies values, which the storage holds exactly, to the device.</summary>
    internal static ulong Upload(this KernelDevice device, float[] values, Storage storage, string name, int skip = 0) =>
        storage == Storage.Float32 ? device.Upload(values, name, skip) : device.Upload(values.Select(v => Bits(v, storage)).ToArray(), name, skip);

    /// <summary>Makes room for results.</summary>
    internal static ulong Output(this KernelDevice device, int count, Storage storage, string name, int skip = 0) =>
        storage == Storage.Float32 ? device.Output<float>(count, name, skip) : device.Output<ushort>(count, name, skip);

    /// <summary>Copies results back.</summary>
    internal static float[] Download(this KernelDevice device, ulong address, int count, Storage storage) => storage == Storage.Float32
        ? device.Download<float>(address, count)
        : [.. device.Download<ushort>(address, count).Select(bits => Value(bits, storage))];

    /// <summary>
    /// As <see cref="Compare.Close"/>, of results that are rounded once more, into a storage: half a distance of its values is added to
    /// the bounds (below the normal ones of half 2^-25, of bfloat16 2^-134), and what rounds beyond its range is infinite.
    /// </summary>
    internal static void Close(double[] expected, float[] actual, Storage storage, double relative, double absolute)
    {
        relative += HalfUlp(storage);
        absolute += storage switch
        {
            Storage.Float16 => Math.ScaleB(1, -25),
            Storage.BFloat16 => Math.ScaleB(1, -134),
            _ => 0,
        };
        var largest = storage == Storage.Float16 ? 65504 : (double)Round(3.3895314e38f, Storage.BFloat16);
        Compare.Close(
            storage == Storage.Float32 ? expected : [.. expected.Select((e, i) => float.IsInfinity(actual[i]) && Math.Abs(e) * (1 + relative) >= largest ? Math.Sign(e) * double.PositiveInfinity : e)],
            actual,
            relative,
            absolute);
    }

    /// <summary>The bits of the nearest value of a storage of 16 bits.</summary>
    internal static ushort Bits(float value, Storage storage)
    {
        if (storage == Storage.Float16)
        {
            return BitConverter.HalfToUInt16Bits((Half)value);
        }

        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(float.IsNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    private static float Value(ushort bits, Storage storage) =>
        storage == Storage.Float16 ? (float)BitConverter.UInt16BitsToHalf(bits) : BitConverter.Int32BitsToSingle(bits << 16);
}
