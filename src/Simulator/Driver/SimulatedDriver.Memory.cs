using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <content>Memory of devices and of the host, copies and fills.</content>
internal sealed unsafe partial class SimulatedDriver
{
    public CUresult MemGetInfo(nuint* free, nuint* total)
    {
        using Call call = Begin("cuMemGetInfo_v2", "");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (free is null || total is null) return call.End(CUresult.ErrorInvalidValue);
        *total = (nuint)context.Device.Gpu.MemoryBytes;
        *free = *total - (nuint)context.UsedBytes;
        return call.End(CUresult.Success, $"{*free}, {*total}");
    }

    public CUresult MemAlloc(ulong* address, nuint bytes)
    {
        using Call call = Begin("cuMemAlloc_v2", $"{bytes}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (address is null || bytes == 0) return call.End(CUresult.ErrorInvalidValue);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        if (bytes > long.MaxValue) return call.End(CUresult.ErrorOutOfMemory);
        CUresult result = context.Allocate((long)bytes, out ulong allocated);
        if (result == CUresult.Success) *address = allocated;
        return call.End(result, Name(allocated));
    }

    public CUresult MemFree(ulong address)
    {
        using Call call = Begin("cuMemFree_v2", Name(address));
        if (!call.Begins()) return call.Status;
        if (address == 0) return call.End(call.Begins(out SimulatedContext _) ? CUresult.Success : call.Status);
        SimulatedContext? owner = core.Devices.Select(d => d.Context).FirstOrDefault(c => c.Owns(address));
        CUresult current = core.CurrentContext(out _);
        if (owner is null) return call.End(current == CUresult.Success ? CUresult.ErrorInvalidValue : current);
        if (current is CUresult.ErrorInvalidContext or CUresult.ErrorContextIsDestroyed) return call.End(current);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        // A broken context keeps nothing that is given back, and says that it is broken all the same.
        CUresult result = core.WaitForAll(owner);
        owner.Free(address);
        return call.End(result);
    }

    public CUresult MemHostAlloc(void** memory, nuint bytes, CUmemHostAllocFlags flags)
    {
        using Call call = Begin("cuMemHostAlloc", $"{bytes}, {(int)flags}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (memory is null || bytes == 0 || ((int)flags & ~7) != 0) return call.End(CUresult.ErrorInvalidValue);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        try
        {
            *memory = (void*)context.AllocatePinned(checked((long)bytes));
        }
        catch (Exception error) when (error is OutOfMemoryException or OverflowException)
        {
            return call.End(CUresult.ErrorOutOfMemory);
        }

        return call.End(CUresult.Success, Host(*memory));
    }

    public CUresult MemFreeHost(void* memory)
    {
        using Call call = Begin("cuMemFreeHost", Host(memory));
        if (!call.Begins()) return call.Status;
        SimulatedContext? owner = core.Devices.Select(d => d.Context).FirstOrDefault(c => c.IsPinned((nint)memory));
        CUresult current = core.CurrentContext(out _);
        if (owner is null) return call.End(current == CUresult.Success ? CUresult.ErrorInvalidValue : current);
        if (current is CUresult.ErrorInvalidContext or CUresult.ErrorContextIsDestroyed) return call.End(current);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        CUresult result = core.WaitForAll(owner);
        owner.FreePinned((nint)memory);
        return call.End(result);
    }

    public CUresult MemcpyHtoD(ulong destination, void* source, nuint bytes)
    {
        using Call call = Begin("cuMemcpyHtoD_v2", $"{Name(destination)}, {Host(source)}, {bytes}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        return call.End(CopyNow(context, Inside(destination, bytes) && source is not null, bytes,
            () => new CopyToDevice("cuMemcpyHtoD_v2", destination, (nint)source, (long)bytes, Pinned(source, bytes), staged: false)));
    }

    public CUresult MemcpyDtoH(void* destination, ulong source, nuint bytes)
    {
        using Call call = Begin("cuMemcpyDtoH_v2", $"{Host(destination)}, {Name(source)}, {bytes}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        return call.End(CopyNow(context, Inside(source, bytes) && destination is not null, bytes,
            () => new CopyToHost("cuMemcpyDtoH_v2", (nint)destination, source, (long)bytes, Pinned(destination, bytes))));
    }

    public CUresult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CUstream stream)
    {
        using Call call = Begin("cuMemcpyHtoDAsync_v2", $"{Name(destination)}, {Host(source)}, {bytes}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } target) return call.End(CUresult.ErrorInvalidHandle);
        if (bytes == 0) return call.End(CUresult.Success);
        if (!Inside(destination, bytes) || source is null) return call.End(CUresult.ErrorInvalidValue);
        bool pinned = Pinned(source, bytes);
        if (!pinned && PageableInCapture(target) is var refused and not CUresult.Success) return call.End(refused);
        // Pageable memory is copied to the driver's own buffer at the call; what is too large for that is copied to its end.
        bool staged = !pinned && bytes <= (nuint)Array.MaxLength;
        var copy = new CopyToDevice("cuMemcpyHtoDAsync_v2", destination, (nint)source, (long)bytes, pinned, staged);
        CUresult result = core.Submit(target, copy, out Operation? operation);
        if (!pinned && !staged && operation is not null) result = core.WaitFor(operation);
        return call.End(result);
    }

    public CUresult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CUstream stream)
    {
        using Call call = Begin("cuMemcpyDtoHAsync_v2", $"{Host(destination)}, {Name(source)}, {bytes}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } target) return call.End(CUresult.ErrorInvalidHandle);
        if (bytes == 0) return call.End(CUresult.Success);
        if (!Inside(source, bytes) || destination is null) return call.End(CUresult.ErrorInvalidValue);
        bool pinned = Pinned(destination, bytes);
        if (!pinned && PageableInCapture(target) is var refused and not CUresult.Success) return call.End(refused);
        var copy = new CopyToHost("cuMemcpyDtoHAsync_v2", (nint)destination, source, (long)bytes, pinned);
        CUresult result = core.Submit(target, copy, out Operation? operation);
        // Pageable memory is reached by way of the driver's own buffer, and the call returns when it is filled.
        if (!pinned && operation is not null) result = core.WaitFor(operation);
        return call.End(result);
    }

    public CUresult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CUstream stream)
    {
        using Call call = Begin("cuMemcpyDtoDAsync_v2", $"{Name(destination)}, {Name(source)}, {bytes}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } target) return call.End(CUresult.ErrorInvalidHandle);
        if (bytes == 0) return call.End(CUresult.Success);
        if (!Inside(destination, bytes) || !Inside(source, bytes)) return call.End(CUresult.ErrorInvalidValue);
        if (destination < source + bytes && source < destination + bytes)
            core.Report($"cuMemcpyDtoDAsync_v2: the ranges overlap ({core.Describe(source, (long)bytes)} to {core.Describe(destination, (long)bytes)}), what is copied is undefined");
        return call.End(core.Submit(target, new CopyOnDevice(destination, source, (long)bytes), out _));
    }

    public CUresult MemsetD8Async(ulong address, byte value, nuint count, CUstream stream) =>
        Fill("cuMemsetD8Async", address, value, 1, count, stream);

    public CUresult MemsetD32Async(ulong address, uint value, nuint count, CUstream stream) =>
        Fill("cuMemsetD32Async", address, value, sizeof(uint), count, stream);

    private CUresult Fill(string function, ulong address, uint value, int width, nuint count, CUstream stream)
    {
        using Call call = Begin(function, $"{Name(address)}, {value}, {count}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } target) return call.End(CUresult.ErrorInvalidHandle);
        if (count == 0) return call.End(CUresult.Success);
        if (address % (uint)width != 0 || count > long.MaxValue / 4 || !Inside(address, count * (uint)width))
            return call.End(CUresult.ErrorInvalidValue);
        return call.End(core.Submit(target, new FillCommand(function, address, value, width, (long)count), out _));
    }

    /// <summary>A copy in the legacy stream that the host waits for.</summary>
    private CUresult CopyNow(SimulatedContext context, bool valid, nuint bytes, Func<Command> copy)
    {
        if (bytes == 0) return CUresult.Success;
        if (!valid) return CUresult.ErrorInvalidValue;
        if (SimulatorCore.ImplicitCapture(context.Legacy)) return CUresult.ErrorStreamCaptureImplicit;
        if (core.Unsafe() is var refused and not CUresult.Success) return refused;
        return core.WaitFor(core.Enqueue(context.Legacy, copy()));
    }

    // Real drivers keep the address and read it at each launch: of memory that has long been something else. No graph of ours wants that.
    private CUresult PageableInCapture(SimulatedStream stream)
    {
        if (stream.Capture is not { } capture) return CUresult.Success;
        core.Report("a copy of pageable host memory was captured: its address would be used at each launch of the graph");
        return SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureUnsupported);
    }

    /// <summary>Whether a range lies inside one live allocation.</summary>
    private bool Inside(ulong address, nuint bytes) => bytes <= long.MaxValue && core.Holds(address, (long)bytes);

    private bool Pinned(void* memory, nuint bytes) =>
        core.Devices.Any(device => device.Context.PinnedAt((nint)memory, (long)bytes) is not null);
}
