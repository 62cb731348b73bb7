using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A copy from the host: of page-locked memory as it is when its turn comes, or of what was there at the call.</summary>
internal sealed unsafe class CopyToDevice : Command
{
    private readonly nint _source;
    private readonly byte[]? _staged;

    public CopyToDevice(string name, ulong destination, nint source, long bytes, bool pinned, bool staged)
    {
        Name = name;
        _source = source;
        if (staged) _staged = new ReadOnlySpan<byte>((void*)source, checked((int)bytes)).ToArray();
        Uses = [new MemoryUse(destination, bytes, Reads: false, Writes: true, "")];
        HostUses = pinned ? [new MemoryUse((ulong)source, bytes, Reads: true, Writes: false, "")] : [];
    }

    public override string Name { get; }

    public override CUgraphNodeType NodeType => CUgraphNodeType.Memcpy;

    public override IReadOnlyList<MemoryUse> Uses { get; }

    public override IReadOnlyList<MemoryUse> HostUses { get; }

    public override double Run(SimulatedContext context, Operation operation)
    {
        MemoryUse to = Uses[0];
        var target = (void*)context.Core.MemoryOf(to.Address).HostPointer(to.Address, to.Bytes, willWrite: true);
        if (_staged is null) Buffer.MemoryCopy((void*)_source, target, to.Bytes, to.Bytes);
        else _staged.CopyTo(new Span<byte>(target, _staged.Length));
        return ClockModel.CopySeconds + (to.Bytes / ClockModel.HostBytesPerSecond(context.Device.Gpu));
    }

    public override void Count(SimulatorCounters counters)
    {
        counters.CopiesToDevice++;
        counters.BytesToDevice += Uses[0].Bytes;
    }
}

/// <summary>A copy to the host, made when its turn comes.</summary>
internal sealed unsafe class CopyToHost : Command
{
    private readonly nint _destination;

    public CopyToHost(string name, nint destination, ulong source, long bytes, bool pinned)
    {
        Name = name;
        _destination = destination;
        Uses = [new MemoryUse(source, bytes, Reads: true, Writes: false, "")];
        HostUses = pinned ? [new MemoryUse((ulong)destination, bytes, Reads: false, Writes: true, "")] : [];
    }

    public override string Name { get; }

    public override CUgraphNodeType NodeType => CUgraphNodeType.Memcpy;

    public override IReadOnlyList<MemoryUse> Uses { get; }

    public override IReadOnlyList<MemoryUse> HostUses { get; }

    public override double Run(SimulatedContext context, Operation operation)
    {
        MemoryUse from = Uses[0];
        var source = (void*)context.Core.MemoryOf(from.Address).HostPointer(from.Address, from.Bytes);
        Buffer.MemoryCopy(source, (void*)_destination, from.Bytes, from.Bytes);
        return ClockModel.CopySeconds + (from.Bytes / ClockModel.HostBytesPerSecond(context.Device.Gpu));
    }

    public override void Count(SimulatorCounters counters)
    {
        counters.CopiesToHost++;
        counters.BytesToHost += Uses[0].Bytes;
    }
}

/// <summary>A copy within device memory.</summary>
internal sealed unsafe class CopyOnDevice(ulong destination, ulong source, long bytes) : Command
{
    public override string Name => "cuMemcpyDtoDAsync_v2";

    public override CUgraphNodeType NodeType => CUgraphNodeType.Memcpy;

    public override IReadOnlyList<MemoryUse> Uses { get; } =
    [
        new MemoryUse(source, bytes, Reads: true, Writes: false, "source"),
        new MemoryUse(destination, bytes, Reads: false, Writes: true, "destination"),
    ];

    public override double Run(SimulatedContext context, Operation operation)
    {
        Ptx.DeviceMemory to = context.Core.MemoryOf(destination), from = context.Core.MemoryOf(source);
        if (ReferenceEquals(to, from))
        {
            to.Copy(destination, source, bytes);
            return ClockModel.LaunchSeconds + (2 * bytes / ClockModel.BytesPerSecond(context.Device.Gpu));
        }

        Buffer.MemoryCopy((void*)from.HostPointer(source, bytes), (void*)to.HostPointer(destination, bytes, willWrite: true), bytes, bytes);
        return ClockModel.CopySeconds + (bytes / ClockModel.HostBytesPerSecond(context.Device.Gpu));
    }

    public override void Count(SimulatorCounters counters)
    {
        counters.CopiesOnDevice++;
        counters.BytesOnDevice += bytes;
    }
}

/// <summary>A fill of device memory with a value of one or four bytes.</summary>
internal sealed unsafe class FillCommand(string name, ulong address, uint value, int width, long count) : Command
{
    public override string Name => name;

    public override CUgraphNodeType NodeType => CUgraphNodeType.Memset;

    public override IReadOnlyList<MemoryUse> Uses { get; } = [new MemoryUse(address, count * width, Reads: false, Writes: true, "")];

    public override double Run(SimulatedContext context, Operation operation)
    {
        Ptx.DeviceMemory memory = context.Core.MemoryOf(address);
        if (width == 1) memory.Fill(address, (byte)value, count);
        else
        {
            var words = (uint*)memory.HostPointer(address, count * width, willWrite: true);
            for (long i = 0; i < count; i++) words[i] = value;
        }

        return ClockModel.LaunchSeconds + (count * width / ClockModel.BytesPerSecond(context.Device.Gpu));
    }

    public override void Count(SimulatorCounters counters) => counters.Fills++;
}
