using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>Repeatable numbers, how a storage holds them, and how far results are off.</summary>
internal static class Tensors
{
    /// <summary>
    /// Numbers of -1 ... 1 with the 8 significant bits of bfloat16: exact in every precision, so that errors are the computation's alone.
    /// </summary>
    internal static double[] Uniform(long count, int seed, double scale = 1)
    {
        var random = new Random(seed);
        var values = new double[count];
        for (var i = 0; i < values.Length; i++) values[i] = Round(scale * ((2 * random.NextDouble()) - 1));
        return values;
    }

    /// <summary>The nearest number of 8 significant bits.</summary>
    internal static double Round(double value) => Float(Bits(value));

    /// <summary>The numbers as they lie in memory.</summary>
    internal static byte[] Encode(ReadOnlySpan<double> values, Storage storage)
    {
        var bytes = new byte[values.Length * storage.Bytes()];
        for (var i = 0; i < values.Length; i++)
        {
            Span<byte> place = bytes.AsSpan(i * storage.Bytes());
            switch (storage)
            {
                case Storage.Float32:
                    BitConverter.TryWriteBytes(place, (float)values[i]);
                    break;
                case Storage.Float16:
                    BitConverter.TryWriteBytes(place, (Half)values[i]);
                    break;
                default:
                    BitConverter.TryWriteBytes(place, Bits(values[i]));
                    break;
            }
        }

        return bytes;
    }

    /// <summary>The numbers that lie in memory.</summary>
    internal static double[] Decode(ReadOnlySpan<byte> bytes, Storage storage)
    {
        var values = new double[bytes.Length / storage.Bytes()];
        for (var i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> place = bytes[(i * storage.Bytes())..];
            values[i] = storage switch
            {
                Storage.Float32 => BitConverter.ToSingle(place),
                Storage.Float16 => (double)BitConverter.ToHalf(place),
                _ => Float(BitConverter.ToUInt16(place)),
            };
        }

        return values;
    }

    /// <summary>Numbers in NCHW order in NHWC's, or back.</summary>
    internal static double[] Reorder(double[] values, int images, int channels, int plane, bool toNhwc)
    {
        var ordered = new double[values.Length];
        for (var n = 0; n < images; n++)
        {
            for (var c = 0; c < channels; c++)
            {
                for (var p = 0; p < plane; p++)
                {
                    int first = (((n * channels) + c) * plane) + p, last = (((n * plane) + p) * channels) + c;
                    if (toNhwc) ordered[last] = values[first];
                    else ordered[first] = values[last];
                }
            }
        }

        return ordered;
    }

    /// <summary>The level of rounding errors in a precision: of normal sizes, after sums of many terms.</summary>
    internal static double Level(Precision precision) => precision switch
    {
        Precision.Float32 => 1e-5,
        Precision.BFloat16 => 4e-3,
        _ => 5e-4,
    };

    /// <summary>The largest difference of an element, over the element's own size or the root mean square of all, whichever is larger. NaN equals NaN.</summary>
    internal static double LargestError(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        if (expected.Length != actual.Length) return double.PositiveInfinity;
        double rms = Norm(expected) / Math.Sqrt(Math.Max(1, expected.Length)), largest = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i])) continue;
            double size = Math.Max(rms, Math.Abs(expected[i])), error = Math.Abs(expected[i] - actual[i]) / (size > 0 ? size : 1);
            largest = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(largest, error);
        }

        return largest;
    }

    /// <summary>The norm of the difference over the norm.</summary>
    internal static double NormError(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        if (expected.Length != actual.Length) return double.PositiveInfinity;
        var difference = new double[expected.Length];
        for (var i = 0; i < expected.Length; i++) difference[i] = actual[i] - expected[i];
        double norm = Norm(expected), error = Norm(difference) / (norm > 0 ? norm : 1);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    /// <summary>The square root of the sum of squares.</summary>
    private static double Norm(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value * value;
        return Math.Sqrt(sum);
    }

    private static ushort Bits(double value)
    {
        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        return (ushort)(double.IsNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    private static float Float(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
