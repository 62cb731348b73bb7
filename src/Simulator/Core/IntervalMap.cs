namespace AlexNetCuda.Simulator.Core;

/// <summary>Values by ranges of addresses; a later range takes the place of what it covers of earlier ones.</summary>
internal sealed class IntervalMap<T>
    where T : class
{
    private readonly List<(ulong First, ulong End, T Value)> _items = [];

    public void Set(ulong first, ulong end, T value)
    {
        int low = Begin(first), high = low;
        var kept = new List<(ulong First, ulong End, T Value)>(3);
        while (high < _items.Count && _items[high].First < end)
        {
            (ulong f, ulong e, T v) = _items[high++];
            if (f < first) kept.Add((f, first, v));
            if (e > end) kept.Add((end, e, v));
        }

        int at = kept.Count > 0 && kept[0].First < first ? 1 : 0;
        kept.Insert(at, (first, end, value));
        // Neighbours with the same value are one: a kernel that writes a row at a time leaves one range, not many.
        if (at == 0 && low > 0 && _items[low - 1].End == first && ReferenceEquals(_items[low - 1].Value, value))
        {
            low--;
            kept[0] = (_items[low].First, end, value);
        }

        _items.RemoveRange(low, high - low);
        _items.InsertRange(low, kept);
    }

    public IEnumerable<(ulong First, ulong End, T Value)> Overlapping(ulong first, ulong end)
    {
        for (int i = Begin(first); i < _items.Count && _items[i].First < end; i++) yield return _items[i];
    }

    /// <summary>The first range that ends after an address.</summary>
    private int Begin(ulong address)
    {
        int low = 0, high = _items.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_items[middle].End <= address) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
