using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>A piece of device memory.</summary>
public sealed unsafe class DeviceAllocation : ContextOwned
{
    private DeviceAllocation(CudaContext context, ulong address, long bytes)
        : base(context)
    {
        Address = address;
        Bytes = bytes;
    }

    /// <summary>Its address, a multiple of 256.</summary>
    public ulong Address { get; }

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>Allocates device memory, with whatever content. The context need not be current.</summary>
    /// <param name="context">The context.</param>
    /// <param name="bytes">The size; at least 1.</param>
    /// <param name="purpose">What it is for, as "the workspace", for the message where there is no room.</param>
    /// <exception cref="CudaException">The device has no room: the status is 2.</exception>
    public static DeviceAllocation Create(CudaContext context, long bytes, string purpose)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        using var scope = context.Enter();
        ulong address;
        context.Driver.Check(context.Driver.MemAlloc(&address, (nuint)bytes), "cuMemAlloc_v2", $"allocating {bytes} bytes of device memory for {purpose}");
        return new DeviceAllocation(context, address, bytes);
    }

    private protected override void Destroy() => CheckDestroyed(Driver.MemFree(Address), "cuMemFree_v2", "freeing device memory");
}

/// <summary>A piece of page-locked host memory: copies from and to it run beside the host's and the device's other work.</summary>
public sealed unsafe class PinnedMemory : ContextOwned
{
    private readonly void* _pointer;

    private PinnedMemory(CudaContext context, void* pointer, int bytes)
        : base(context)
    {
        _pointer = pointer;
        Bytes = bytes;
    }

    /// <summary>Its address.</summary>
    public nint Address => (nint)_pointer;

    /// <summary>Its size.</summary>
    public int Bytes { get; }

    /// <summary>Allocates page-locked host memory. The context need not be current.</summary>
    /// <param name="context">The context.</param>
    /// <param name="bytes">The size; at least 1.</param>
    /// <param name="flags">How it behaves.</param>
    public static PinnedMemory Create(CudaContext context, int bytes, CUmemHostAllocFlags flags = CUmemHostAllocFlags.None)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        using var scope = context.Enter();
        void* pointer;
        context.Driver.Check(context.Driver.MemHostAlloc(&pointer, (nuint)bytes, flags), "cuMemHostAlloc", $"allocating {bytes} bytes of page-locked memory");
        return new PinnedMemory(context, pointer, bytes);
    }

    /// <summary>Its content, which must not be used once this is disposed, nor while a copy is under way.</summary>
    public Span<T> AsSpan<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(new Span<byte>(_pointer, Bytes));

    private protected override void Destroy() => CheckDestroyed(Driver.MemFreeHost(_pointer), "cuMemFreeHost", "freeing page-locked memory");
}
