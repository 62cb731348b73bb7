using System.Runtime.CompilerServices;

namespace AlexNetCuda.Initialization;

/// <summary>
/// Philox4x32-10: a counter-based generator of random numbers (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11).
/// Any element of any stream is computed on its own, so that every device, layout and number of threads makes the same numbers.
/// </summary>
public static class Philox
{
    /// <summary>The four words of the block at a counter under a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // tiering would begin with slow code, in the middle of a step
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Block(uint counter0, uint counter1, uint counter2, uint counter3, ulong key)
    {
        uint key0 = (uint)key, key1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = 0xD2511F53UL * counter0;
            ulong product1 = 0xCD9E8D57UL * counter2;
            counter0 = (uint)(product1 >> 32) ^ counter1 ^ key0;
            counter1 = (uint)product1;
            counter2 = (uint)(product0 >> 32) ^ counter3 ^ key1;
            counter3 = (uint)product0;
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        return (counter0, counter1, counter2, counter3);
    }

    /// <summary>
    /// The four words that belong to elements 4 * <paramref name="group"/> to 4 * group + 3 of the stream (name, number) under a seed:
    /// the counter is (group as 64 bits, the name's hash, the number).
    /// </summary>
    /// <param name="seed">The key.</param>
    /// <param name="group">The element's logical index over 4.</param>
    /// <param name="nameHash"><see cref="Hash"/> of the stream's name (a layer's, a parameter's).</param>
    /// <param name="number">The step, or the number of the attempt.</param>
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Block(ulong seed, long group, uint nameHash, uint number) =>
        Block((uint)group, (uint)((ulong)group >> 32), nameHash, number, seed);

    /// <summary>A word as a number u in [0, 1): its upper 24 bits times 2^-24, exact in single precision.</summary>
    public static float ToUnit(uint word) => (word >> 8) * (1f / (1 << 24));

    /// <summary>FNV-1a, 32 bits, of the UTF-8 form of a name.</summary>
    public static uint Hash(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        uint hash = 2166136261;
        foreach (byte b in System.Text.Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 16777619;
        return hash;
    }
}
