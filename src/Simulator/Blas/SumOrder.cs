namespace AlexNetCuda.Simulator.Blas;

/// <summary>A part of the sum over k.</summary>
/// <param name="Start">Its first term.</param>
/// <param name="End">One past its last.</param>
internal readonly record struct SumPart(long Start, long End);

/// <summary>Into which parts a sum over k is split, in the order in which they are added up; each part is summed from its start.</summary>
internal static class SumOrder
{
    private const int MostDrawn = 6;

    /// <summary>Equal parts, first to last; none where there is nothing to sum.</summary>
    internal static SumPart[] Natural(long k, int parts)
    {
        var count = (int)Math.Min(parts, k);
        var order = new SumPart[count];
        for (var i = 0; i < count; i++) order[i] = new SumPart(k * i / count, k * (i + 1) / count);
        return order;
    }

    /// <summary>Parts of drawn lengths in a drawn order: what blocks that add atomically do.</summary>
    /// <param name="k">How many terms.</param>
    /// <param name="seed">The simulator's.</param>
    /// <param name="run">Which run it is: every run is drawn anew.</param>
    internal static SumPart[] Drawn(long k, int seed, long run)
    {
        if (k < 2) return Natural(k, 1);
        ulong state = ((ulong)(uint)seed << 32) ^ (ulong)run;
        var count = (int)Math.Min(k, 2 + (long)(Next(ref state) % (MostDrawn - 1)));
        var cuts = new SortedSet<long> { 0, k };
        while (cuts.Count <= count) cuts.Add((long)(Next(ref state) % (ulong)k));
        long[] ends = [.. cuts];
        var order = new SumPart[count];
        for (var i = 0; i < count; i++) order[i] = new SumPart(ends[i], ends[i + 1]);
        for (int i = count - 1; i > 0; i--)
        {
            var other = (int)(Next(ref state) % (ulong)(i + 1));
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    // SplitMix64: the same draws on every version of the runtime.
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
