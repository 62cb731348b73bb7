namespace AlexNetCuda.Ptx.Checking;

/// <summary>
/// What a launch remembers of global memory, by pages that are made when they are first touched, and used again by the next launch: what is kept is twice the bytes
/// that one launch touches in words, four or eight times those that it touches in halves or bytes, whatever is allocated.
/// </summary>
internal sealed class ShadowMemory
{
    private const int PageShift = 12;
    private const int PageMask = (1 << PageShift) - 1;

    // Most accesses are of words: a page begins with a cell for each, and is divided where something smaller is accessed.
    private const int WordShift = 2;

    private readonly Dictionary<Allocation, Page?[]> _tables = [];
    private readonly List<(Page?[] Table, int Index)> _used = [];
    private readonly Stack<Cell[]>[] _free = [new(), new(), new()]; // by the shift of their cells
    private Allocation? _last;
    private Page?[] _table = [];

    /// <summary>The cells of bytes that lie in one page, as those of an access do, which is aligned to its size.</summary>
    /// <param name="allocation">Where the bytes are.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="unit">How many of them are always accessed together.</param>
    public Span<Cell> Cells(Allocation allocation, long offset, int bytes, int unit)
    {
        if (!ReferenceEquals(allocation, _last)) Select(allocation);
        int index = (int)(offset >> PageShift);
        Page page = _table[index] ?? Add(index);
        while (unit < 1 << page.Shift) Divide(page);
        return page.Cells.AsSpan((int)(offset & PageMask) >> page.Shift, bytes >> page.Shift);
    }

    /// <summary>Whether bytes lie in one page.</summary>
    public static bool IsOnePage(long offset, int bytes) => (offset & PageMask) + bytes <= PageMask + 1;

    /// <summary>Forgets everything; the launch is over.</summary>
    public void Clear()
    {
        foreach ((Page?[] table, int index) in _used)
        {
            Keep(table[index]!);
            table[index] = null;
        }

        _used.Clear();
        _last = null;
        _table = [];
        foreach (Allocation freed in _tables.Keys.Where(a => a.IsFreed).ToList()) _tables.Remove(freed);
    }

    private void Select(Allocation allocation)
    {
        if (!_tables.TryGetValue(allocation, out Page?[]? table))
            _tables.Add(allocation, table = new Page?[(allocation.Bytes + (1 << PageShift) - 1) >> PageShift]);
        (_last, _table) = (allocation, table);
    }

    private Page Add(int index)
    {
        var page = new Page { Shift = WordShift, Cells = Take(WordShift) };
        _table[index] = page;
        _used.Add((_table, index));
        return page;
    }

    private void Divide(Page page)
    {
        Cell[] whole = page.Cells, halves = Take(page.Shift - 1);
        for (int i = 0; i < halves.Length; i++) halves[i] = whole[i >> 1];
        Keep(page);
        (page.Shift, page.Cells) = (page.Shift - 1, halves);
    }

    private Cell[] Take(int shift) => _free[shift].TryPop(out Cell[]? cells) ? cells : new Cell[1 << (PageShift - shift)];

    private void Keep(Page page)
    {
        Array.Clear(page.Cells);
        _free[page.Shift].Push(page.Cells);
    }

    private sealed class Page
    {
        public int Shift { get; set; }

        public required Cell[] Cells { get; set; }
    }

    /// <summary>Who accessed some bytes that have always been accessed together. 0 is nobody, <see cref="Many"/> several blocks.</summary>
    internal struct Cell
    {
        public const uint Many = 0x7FFF_FFFF;

        private const uint Flag = 0x8000_0000;
        private uint _writer;
        private uint _reader;

        public uint Writer
        {
            readonly get => _writer & Many;
            set => _writer = (_writer & Flag) | value;
        }

        public uint Reader
        {
            readonly get => _reader & Many;
            set => _reader = (_reader & Flag) | value;
        }

        /// <summary>Whether all writes were atomic.</summary>
        public bool Atomic
        {
            readonly get => (_writer & Flag) != 0;
            set => _writer = value ? _writer | Flag : _writer & Many;
        }

        /// <summary>Whether it was read through the cache that writes do not reach.</summary>
        public bool Stale
        {
            readonly get => (_reader & Flag) != 0;
            set => _reader = value ? _reader | Flag : _reader & Many;
        }
    }
}
