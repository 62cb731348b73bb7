namespace AlexNetCuda;

/// <summary>A stretch of memory that is needed from one step to another, both included.</summary>
internal sealed class Storage(string name, long bytes, int first, int last)
{
    public const int Always = int.MaxValue;

    public string Name { get; } = name;

    public long Bytes { get; set; } = bytes;

    public int First { get; set; } = first;

    public int Last { get; set; } = last;

    public long Offset { get; set; } = -1;

    public bool Overlaps(Storage other) => First <= other.Last && other.First <= Last;
}

/// <summary>
/// Places storages in one arena so that those needed at the same time do not overlap: the largest first, each in the smallest gap that holds it
/// ("greedy by size": Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
/// </summary>
internal static class MemoryPlan
{
    /// <summary>Sets all offsets; returns the arena's size in bytes.</summary>
    public static long Place(IReadOnlyList<Storage> storages, int alignment)
    {
        long size = 0;
        var placed = new List<Storage>();
        foreach (Storage storage in storages.OrderByDescending(s => s.Bytes).ThenBy(s => s.First).ThenBy(s => s.Name, StringComparer.Ordinal))
        {
            storage.Offset = FindGap(storage, placed, alignment);
            placed.Add(storage);
            size = Math.Max(size, storage.Offset + Align(storage.Bytes, alignment));
        }

        return size;
    }

    private static long FindGap(Storage storage, List<Storage> placed, int alignment)
    {
        long end = 0, best = -1, bestGap = long.MaxValue, needed = Align(storage.Bytes, alignment);
        foreach (Storage other in placed.Where(p => p.Overlaps(storage)).OrderBy(p => p.Offset))
        {
            long gap = other.Offset - end;
            if (gap >= needed && gap < bestGap) (best, bestGap) = (end, gap);
            end = Math.Max(end, other.Offset + Align(other.Bytes, alignment));
        }

        return best >= 0 ? best : end;
    }

    private static long Align(long bytes, int alignment) => (bytes + alignment - 1) / alignment * alignment;
}
