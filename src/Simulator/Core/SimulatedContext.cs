using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A primary context: what lives in it, and the error it is broken by.</summary>
internal sealed unsafe class SimulatedContext
{
    private const int Granularity = 512;
    private readonly Dictionary<int, SimulatedStream> _threadStreams = [];
    private readonly SortedDictionary<ulong, (int Number, long Bytes)> _memory = [];
    private readonly SortedList<nint, (int Number, long Bytes)> _pinned = [];
    private SimulatedStream? _legacy;

    public SimulatedContext(SimulatorCore core, SimulatedDevice device)
    {
        Core = core;
        Device = device;
        Handle = core.Handles.Add("CUctx_st", this, owned: true);
    }

    public SimulatorCore Core { get; }

    public SimulatedDevice Device { get; }

    public nint Handle { get; }

    /// <summary>How often it is retained and not released.</summary>
    public int Retained { get; set; }

    public bool IsActive { get; set; }

    public CUctxFlags Flags { get; set; }

    /// <summary>The error that every call gives until the context is reset.</summary>
    public CUresult Sticky { get; set; }

    /// <summary>The streams that were created and not destroyed.</summary>
    public List<SimulatedStream> Streams { get; } = [];

    /// <summary>Everything that goes with the context, by its handle.</summary>
    public SortedSet<nint> Handles { get; } = [];

    public long UsedBytes { get; private set; }

    public SimulatedStream Legacy => _legacy ??= new SimulatedStream(this, "the legacy stream", blocking: true) { IsLegacy = true };

    public SimulatedStream OfThread
    {
        get
        {
            int thread = Environment.CurrentManagedThreadId;
            if (!_threadStreams.TryGetValue(thread, out SimulatedStream? stream))
                _threadStreams.Add(thread, stream = new SimulatedStream(this, $"the stream of thread {_threadStreams.Count + 1}", blocking: true));
            return stream;
        }
    }

    /// <summary>The streams that wait for the legacy stream and it for them.</summary>
    public IEnumerable<SimulatedStream> Blocking => Streams.Where(s => s.IsBlocking).Concat(_threadStreams.Values);

    public SimulatedStream? StreamOf(CUstream stream) => stream.Value switch
    {
        0 or 1 => Legacy,
        2 => OfThread,
        _ => Core.Handles.Find<SimulatedStream>(stream.Value),
    };

    public CUresult Allocate(long bytes, out ulong address)
    {
        address = 0;
        long reserved = Reserved(bytes);
        if (reserved < bytes || reserved > Device.Gpu.MemoryBytes - UsedBytes) return CUresult.ErrorOutOfMemory;
        int number = ++Core.Allocations;
        try
        {
            address = Device.Memory.Allocate(bytes, $"device memory {number}", Core.Options.Poison ? SimulatorCore.PoisonByte : (byte)0);
        }
        catch (OutOfMemoryException)
        {
            return CUresult.ErrorOutOfMemory;
        }

        _memory.Add(address, (number, bytes));
        UsedBytes += reserved;
        return CUresult.Success;
    }

    public bool Owns(ulong address) => _memory.ContainsKey(address);

    public void Free(ulong address)
    {
        UsedBytes -= Reserved(_memory[address].Bytes);
        _memory.Remove(address);
        Device.Memory.Free(address);
    }

    public nint AllocatePinned(long bytes)
    {
        nint memory = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        NativeMemory.Fill((void*)memory, (nuint)bytes, Core.Options.Poison ? SimulatorCore.PoisonByte : (byte)0);
        _pinned.Add(memory, (++Core.Allocations, bytes));
        return memory;
    }

    public bool FreePinned(nint memory)
    {
        if (!_pinned.Remove(memory)) return false;
        NativeMemory.AlignedFree((void*)memory);
        return true;
    }

    public bool IsPinned(nint memory) => _pinned.ContainsKey(memory);

    /// <summary>The page-locked allocation that holds a range, with the range's place in it.</summary>
    public (int Number, long Offset)? PinnedAt(nint memory, long bytes)
    {
        int low = 0, high = _pinned.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_pinned.Keys[middle] <= memory) low = middle + 1;
            else high = middle;
        }

        if (low == 0) return null;
        long offset = memory - _pinned.Keys[low - 1];
        (int number, long size) = _pinned.Values[low - 1];
        return offset <= size - bytes && offset < size ? (number, offset) : null;
    }

    /// <summary>What nobody has freed.</summary>
    public IEnumerable<string> Leaks() =>
        _memory.Values.Select(m => $"device memory {m.Number} ({m.Bytes} bytes)")
            .Concat(_pinned.Values.OrderBy(m => m.Number).Select(m => $"page-locked memory {m.Number} ({m.Bytes} bytes)"));

    /// <summary>Destroys everything that lives in it. The handle stays, for when the context is made again.</summary>
    public void Destroy()
    {
        foreach (Capture capture in Core.Captures.Where(c => ReferenceEquals(c.Origin.Context, this)).ToList()) capture.End();
        Core.Scheduler.Forget(this);
        foreach (nint handle in Handles) Core.Handles.Remove(handle);
        foreach (ulong address in _memory.Keys.ToList()) Free(address);
        foreach (nint memory in _pinned.Keys.ToList()) FreePinned(memory);
        foreach (Ptx.Allocation variable in Device.Memory.Allocations) Device.Memory.Free(variable.Address);
        Handles.Clear();
        Streams.Clear();
        _threadStreams.Clear();
        _legacy = null;
        Sticky = CUresult.Success;
        IsActive = false;
        Core.Hazards?.Forget();
    }

    private static long Reserved(long bytes) => (bytes + Granularity - 1) / Granularity * Granularity;
}
