namespace AlexNetCuda.Ptx.Tests;

/// <summary>Operands with all the awkward ones first, then random bits.</summary>
internal static class Operands
{
    public const int Count = 700;

    public static (uint[] A, uint[] B, uint[] C) Words(int seed = 1)
    {
        uint[] special = [0, 1, 2, 3, 31, 32, 33, 255, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001,
            0xFFFF_FFFE, 0xFFFF_FFFF];
        return Mix(special, seed, r => (uint)r.NextInt64(1L << 32));
    }

    public static (ulong[] A, ulong[] B, ulong[] C) Longs(int seed = 2)
    {
        ulong[] special = [0, 1, 2, 63, 64, 65, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, long.MaxValue, 1UL << 63,
            ulong.MaxValue - 1, ulong.MaxValue];
        return Mix(special, seed, r => (ulong)r.NextInt64() ^ ((ulong)r.NextInt64() << 32));
    }

    public static (ushort[] A, ushort[] B, ushort[] C) Shorts(int seed = 3)
    {
        ushort[] special = [0, 1, 2, 15, 16, 17, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF];
        return Mix(special, seed, r => (ushort)r.Next(1 << 16));
    }

    public static (float[] A, float[] B, float[] C) Singles(int seed = 4)
    {
        float[] special =
        [
            0, -0f, 1, -1, 0.5f, 1.5f, 2.5f, -2.5f, 3, float.Epsilon, -float.Epsilon, 1e-40f, -1e-40f,
                BitConverter.UInt32BitsToSingle(0x0080_0000), 1e-38f,
            float.MaxValue, -float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 16777216, 16777217, -2147483648f,
            4294967296f, 1e20f, 0.1f,
        ];
        return Mix(special, seed, r => r.Next(3) == 0
            ? BitConverter.UInt32BitsToSingle((uint)r.NextInt64(1L << 32))
            : (float)((r.NextDouble() - 0.5) * Math.Pow(2, r.Next(-20, 20))));
    }

    public static (double[] A, double[] B, double[] C) Doubles(int seed = 5)
    {
        double[] special =
        [
            0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, double.Epsilon, -double.Epsilon, 1e-310, double.MaxValue, -double.MaxValue,
                double.PositiveInfinity,
            double.NegativeInfinity, double.NaN, 4503599627370497.5, 9007199254740993, -9.3e18, 1.8e19, 0.1, 3.5e38, 1e-46, 65519, 65520,
        ];
        return Mix(special, seed, r => r.Next(3) == 0
            ? BitConverter.Int64BitsToDouble(r.NextInt64() ^ (r.NextInt64() << 1))
            : (r.NextDouble() - 0.5) * Math.Pow(2, r.Next(-30, 30)));
    }

    // Every pair of special values comes up, and three operands at random.
    private static (T[] A, T[] B, T[] C) Mix<T>(T[] special, int seed, Func<Random, T> next)
    {
        var random = new Random(seed);
        int pairs = special.Length * special.Length, count = Math.Max(Count, pairs + 300);
        var (a, b, c) = (new T[count], new T[count], new T[count]);
        for (int i = 0; i < count; i++)
        {
            a[i] = i < pairs ? special[i % special.Length] : next(random);
            b[i] = i < pairs ? special[i / special.Length] : next(random);
            c[i] = random.Next(2) == 0 ? special[random.Next(special.Length)] : next(random);
        }

        return (a, b, c);
    }
}
