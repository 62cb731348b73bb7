using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Ptx.Checking;

namespace AlexNetCuda.Ptx;

/// <summary>
/// Simulated global memory: separate allocations with gaps between them. An address is never used twice, so that a use after
/// free is always seen. Safe to use from several threads, but not while the same bytes are used by a running launch.
/// </summary>
public sealed unsafe class DeviceMemory : IDisposable
{
    private const ulong Alignment = 512;
    private const ulong Gap = 4096;
    private const int KeptFreed = 4096;

    private readonly Lock _lock = new();
    private List<Allocation> _all = [];
    private Allocation[]? _snapshot;
    private ulong _next;
    private int _freed;

    internal DeviceMemory(ulong firstAddress, bool trackWrites)
    {
        _next = firstAddress;
        TracksWrites = trackWrites;
    }

    /// <summary>Whether bytes that nothing has written are remembered as such (for <see cref="Checks.UninitializedRead"/>).</summary>
    public bool TracksWrites { get; }

    /// <summary>The bytes of all live allocations.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>What the running launch remembers of this memory, if it has to.</summary>
    internal ShadowMemory Shadow { get; } = new();

    /// <summary>The allocations that are live, by address.</summary>
    public IReadOnlyList<Allocation> Allocations
    {
        get
        {
            lock (_lock) return _all.FindAll(a => !a.IsFreed);
        }
    }

    /// <summary>Allocates zeroed bytes (which nevertheless count as written by nobody) and returns their device address.</summary>
    /// <param name="bytes">The size; at least 1.</param>
    /// <param name="name">What reports call the allocation; null for a number.</param>
    /// <param name="content">What each byte is instead of zero: poison.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public ulong Allocate(long bytes, string? name = null, byte content = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        Allocation allocation = Add(bytes, name, readOnly: false);
        if (content != 0) NativeMemory.Fill(allocation.Host, (nuint)bytes, content);
        if (TracksWrites) allocation.TrackWrites();
        return allocation.Address;
    }

    /// <summary>Allocates room for an array and copies it there.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="values">The values; at least one.</param>
    /// <param name="name">What reports call the allocation; null for a number.</param>
    public ulong Allocate<T>(ReadOnlySpan<T> values, string? name = null)
        where T : unmanaged
    {
        ulong address = Allocate((long)values.Length * Unsafe.SizeOf<T>(), name);
        Write(address, values);
        return address;
    }

    /// <summary>Frees an allocation; using its address afterwards is an error that the machine reports.</summary>
    /// <param name="address">The address that <see cref="Allocate(long, string?, byte)"/> returned.</param>
    /// <exception cref="ArgumentException">No live allocation begins there.</exception>
    public void Free(ulong address)
    {
        lock (_lock)
        {
            Allocation? allocation = FindLocked(address);
            if (allocation is null || allocation.Address != address || allocation.IsFreed)
                throw new ArgumentException($"No live allocation begins at 0x{address:x}.", nameof(address));
            AllocatedBytes -= allocation.Bytes;
            allocation.Free();
            _snapshot = null;
            if (++_freed <= 2 * KeptFreed) return;
            int surplus = _freed - KeptFreed;
            _all = _all.FindAll(a => !a.IsFreed || surplus-- <= 0);
            _freed = KeptFreed;
        }
    }

    /// <summary>Copies from the host to the device; the bytes then count as written.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="address">The device address of the first byte.</param>
    /// <param name="values">The values.</param>
    /// <exception cref="ArgumentException">The range is not inside one live allocation.</exception>
    public void Write<T>(ulong address, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        if (bytes.IsEmpty) return;
        Allocation allocation = Require(address, bytes.Length);
        long offset = (long)(address - allocation.Address);
        bytes.CopyTo(new Span<byte>(allocation.Host + offset, bytes.Length));
        allocation.MarkWritten(offset, bytes.Length);
    }

    /// <summary>Copies from the device to the host.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="address">The device address of the first byte.</param>
    /// <param name="values">Receives the values.</param>
    /// <exception cref="ArgumentException">The range is not inside one live allocation.</exception>
    public void Read<T>(ulong address, Span<T> values)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(values);
        if (bytes.IsEmpty) return;
        Allocation allocation = Require(address, bytes.Length);
        new ReadOnlySpan<byte>(allocation.Host + (address - allocation.Address), bytes.Length).CopyTo(bytes);
    }

    /// <summary>Copies a number of elements from the device into a new array.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="address">The device address of the first byte.</param>
    /// <param name="count">How many elements.</param>
    public T[] Read<T>(ulong address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        Read(address, values.AsSpan());
        return values;
    }

    /// <summary>Sets bytes on the device; they then count as written.</summary>
    /// <param name="address">The device address of the first byte.</param>
    /// <param name="value">The value of each byte.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <exception cref="ArgumentException">The range is not inside one live allocation.</exception>
    public void Fill(ulong address, byte value, long bytes)
    {
        if (bytes == 0) return;
        Allocation allocation = Require(address, bytes);
        NativeMemory.Fill(allocation.Host + (address - allocation.Address), (nuint)bytes, value);
        allocation.MarkWritten((long)(address - allocation.Address), bytes);
    }

    /// <summary>Copies bytes on the device (the ranges may overlap); what nothing had written still counts so in the copy.</summary>
    /// <param name="destination">The device address to copy to.</param>
    /// <param name="source">The device address to copy from.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <exception cref="ArgumentException">A range is not inside one live allocation.</exception>
    public void Copy(ulong destination, ulong source, long bytes)
    {
        if (bytes == 0) return;
        Allocation to = Require(destination, bytes), from = Require(source, bytes);
        Buffer.MemoryCopy(from.Host + (source - from.Address), to.Host + (destination - to.Address), bytes, bytes);
        to.CopyWritten((long)(destination - to.Address), from, (long)(source - from.Address), bytes);
    }

    /// <summary>A pointer to the host's copy of device bytes: for simulators of library calls that work on them in place.</summary>
    /// <param name="address">The device address of the first byte.</param>
    /// <param name="bytes">How many bytes will be used.</param>
    /// <param name="willWrite">Whether they count as written from now on.</param>
    /// <exception cref="ArgumentException">The range is not inside one live allocation.</exception>
    public nint HostPointer(ulong address, long bytes, bool willWrite = false)
    {
        Allocation allocation = Require(address, bytes);
        if (willWrite) allocation.MarkWritten((long)(address - allocation.Address), bytes);
        return (nint)(allocation.Host + (address - allocation.Address));
    }

    /// <summary>The allocation, live or lately freed, that an address lies in; null when there is none.</summary>
    /// <param name="address">Any device address.</param>
    public Allocation? Find(ulong address)
    {
        Allocation? nearest = FindBelow(address);
        return nearest is not null && address - nearest.Address < (ulong)nearest.Bytes ? nearest : null;
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Allocation allocation in _all.Where(a => !a.IsFreed)) allocation.Free();
            _all.Clear();
            _snapshot = null;
            AllocatedBytes = 0;
        }
    }

    internal Allocation Add(long bytes, string? name, bool readOnly)
    {
        lock (_lock)
        {
            var allocation = new Allocation(_next, bytes, name ?? $"allocation {_all.Count + 1}", readOnly);
            _next = (_next + (ulong)bytes + Gap + Alignment - 1) / Alignment * Alignment;
            AllocatedBytes += bytes;
            _all.Add(allocation);
            _snapshot = null;
            return allocation;
        }
    }

    /// <summary>The last allocation that begins at or below an address: what reports call the nearest.</summary>
    internal Allocation? FindBelow(ulong address)
    {
        Allocation[]? all = Volatile.Read(ref _snapshot);
        if (all is null)
        {
            lock (_lock) _snapshot = all = [.. _all];
        }

        int low = 0, high = all.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (all[middle].Address <= address) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : all[low - 1];
    }

    private Allocation? FindLocked(ulong address) => _all.FindLast(a => a.Address <= address);

    private Allocation Require(ulong address, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Allocation? allocation = Find(address);
        if (allocation is null) throw new ArgumentException($"No allocation holds the address 0x{address:x}.", nameof(address));
        if (allocation.IsFreed) throw new ArgumentException($"The address 0x{address:x} is in {allocation}.", nameof(address));
        if (!allocation.Contains(address, bytes))
            throw new ArgumentException($"{bytes} bytes from 0x{address:x} run past the end of {allocation}.", nameof(address));
        return allocation;
    }
}
