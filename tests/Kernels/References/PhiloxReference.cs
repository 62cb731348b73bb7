namespace AlexNetCuda.Kernels.Tests.References;

/// <summary>Philox4x32-10 as its paper (Salmon and others, 2011) gives it, and what is made of its words.</summary>
internal static class PhiloxReference
{
    internal static uint[] Block(uint[] counter, ulong seed)
    {
        uint[] c = [.. counter];
        var (k0, k1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++)
        {
            var a = Math.BigMul(c[0], 0xD2511F53u);
            var b = Math.BigMul(c[2], 0xCD9E8D57u);
            c = [(uint)(b >> 32) ^ c[1] ^ k0, (uint)b, (uint)(a >> 32) ^ c[3] ^ k1, (uint)a];
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return c;
    }

    /// <summary>The word that belongs to an element.</summary>
    internal static uint Word(long index, uint name, uint step, ulong seed)
    {
        var quad = (ulong)index / 4;
        return Block([(uint)quad, (uint)(quad >> 32), name, step], seed)[index % 4];
    }

    internal static double Unit(uint word) => (word >> 8) / 16777216.0;

    /// <summary>Box-Muller: two normal numbers of two words.</summary>
    internal static (double First, double Second) NormalPair(uint a, uint b)
    {
        var r = Math.Sqrt(-2 * Math.Log(((a >> 8) + 1) / 16777216.0));
        var angle = 2 * Math.PI * Unit(b);
        return (r * Math.Cos(angle), r * Math.Sin(angle));
    }
}
