using System.Numerics;

namespace AlexNetCuda.Ptx.Metering;

/// <summary>A set of 32-byte sectors with a bit for each byte used: open addressing, made to be filled and cleared often.</summary>
internal sealed class SectorSet(int capacity)
{
    private ulong[] _keys = new ulong[capacity];
    private uint[] _used = new uint[capacity];
    private int[] _filled = new int[capacity];

    public int Count { get; private set; }

    public void Add(ulong address, int bytes)
    {
        // An access is aligned to its size, so it never crosses a sector.
        uint mask = bytes >= 32 ? uint.MaxValue : (1u << bytes) - 1;
        AddMask(address / 32, mask << (int)(address % 32));
    }

    public void AddMask(ulong sector, uint mask)
    {
        int at = Find(sector);
        if (_used[at] == 0)
        {
            _keys[at] = sector;
            _filled[Count++] = at;
        }

        _used[at] |= mask;
        if (Count * 2 > _keys.Length) Grow();
    }

    public IEnumerable<(ulong Sector, uint Used)> Entries()
    {
        for (int i = 0; i < Count; i++) yield return (_keys[_filled[i]], _used[_filled[i]]);
    }

    public void Clear()
    {
        for (int i = 0; i < Count; i++) _used[_filled[i]] = 0;
        Count = 0;
    }

    private int Find(ulong sector)
    {
        int shift = 64 - BitOperations.Log2((uint)_keys.Length), at = (int)((sector * 0x9E37_79B9_7F4A_7C15UL) >> shift);
        while (_used[at] != 0 && _keys[at] != sector) at = (at + 1) & (_keys.Length - 1);
        return at;
    }

    private void Grow()
    {
        (ulong[] keys, uint[] used, int[] filled, int count) = (_keys, _used, _filled, Count);
        _keys = new ulong[keys.Length * 2];
        _used = new uint[keys.Length * 2];
        _filled = new int[keys.Length * 2];
        Count = 0;
        for (int i = 0; i < count; i++) AddMask(keys[filled[i]], used[filled[i]]);
    }
}
