using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>
/// The way of images and labels to a tensor of the arena, beside a step that still reads the last ones: page-locked memory, a copy in a stream of its own,
/// then, behind the step, a kernel that brings them into the tensor's format (margins, 16 bits, channels last), or a copy where they are in it. Two of each,
/// so that the host fills one while the other is on its way.
/// </summary>
internal sealed unsafe class StagedUpload : IDisposable
{
    private readonly CudaSession _session;
    private readonly ulong _address;
    private readonly int _bytes;
    private readonly Slot[] _slots = new Slot[2];
    private int _next;

    /// <param name="session">The session.</param>
    /// <param name="address">Device address of the tensor.</param>
    /// <param name="format">Its format.</param>
    /// <exception cref="DeviceOutOfMemoryException">The device has not the memory for two more copies.</exception>
    internal StagedUpload(CudaSession session, ulong address, TensorFormat format)
    {
        (_session, _address, _bytes) = (session, address, checked((int)(format.Logical.Count * sizeof(float))));
        using CudaContext.Scope scope = session.Enter();
        try
        {
            for (int i = 0; i < _slots.Length; i++) _slots[i] = new Slot(session, address, format, _bytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a tensor's values come this way: images and labels, which change from run to run. A memory that is one tensor is a parameter's: it takes the simpler way.
    /// </summary>
    /// <param name="format">The tensor's format.</param>
    /// <param name="memory">The bytes of the memory it lies in.</param>
    internal static bool Takes(TensorFormat format, long memory) =>
        memory > format.Bytes && format.Logical.Count <= int.MaxValue / sizeof(float) && (format.Element == ElementType.Int32 || format.Logical.Rank == 4);

    /// <summary>Sets the tensor for the runs that follow. Waits only for the values of the time before the last.</summary>
    /// <param name="source">All elements of 4 bytes, in canonical order.</param>
    internal void Write(ReadOnlySpan<byte> source)
    {
        using CudaContext.Scope scope = _session.Enter();
        Slot slot = _slots[_next];
        _next = 1 - _next;
        if (slot.IsUsed) slot.Taken.Synchronize();
        slot.IsUsed = true;
        source.CopyTo(slot.Host.AsSpan<byte>());
        ICudaDriver driver = _session.Driver;
        _session.Check(
            driver.MemcpyHtoDAsync(slot.Device.Address, (void*)slot.Host.Address, (nuint)_bytes, _session.UploadStream), "cuMemcpyHtoDAsync_v2", "copying to the device");
        _session.Check(driver.EventRecord(slot.Arrived.Handle, _session.UploadStream), "cuEventRecord", "copying to the device");
        _session.Check(driver.StreamWaitEvent(_session.Stream, slot.Arrived.Handle, 0), "cuStreamWaitEvent", "copying to the device");
        if (slot.Conversion is not null) slot.Conversion.Start();
        else _session.Check(driver.MemcpyDtoDAsync(_address, slot.Device.Address, (nuint)_bytes, _session.Stream), "cuMemcpyDtoDAsync_v2", "setting an input");
        _session.Check(driver.EventRecord(slot.Taken.Handle, _session.Stream), "cuEventRecord", "setting an input");
    }

    public void Dispose() => Disposal.AllOf(_slots); // null where making one failed

    private sealed class Slot : IDisposable
    {
        private readonly Stack<IDisposable> _owned = new();

        internal Slot(CudaSession session, ulong address, TensorFormat format, int bytes)
        {
            try
            {
                Host = Own(session.AllocatePinned(bytes));
                Device = Own(session.Allocate(bytes, "images on their way", clear: false)); // clearing would be work of the other stream
                (Arrived, Taken) = (Own(session.CreateEvent(CUeventFlags.DisableTiming)), Own(session.CreateEvent(CUeventFlags.DisableTiming)));
                if (format is DeviceFormat own) Conversion = Own(new LaunchList(session, Cuda.Conversion.FromPictures(own, Device.Address, address)));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        internal PinnedMemory Host { get; } = null!;

        internal DeviceAllocation Device { get; } = null!;

        /// <summary>The values are on the device.</summary>
        internal CudaEvent Arrived { get; } = null!;

        /// <summary>The tensor has them: both copies may be overwritten.</summary>
        internal CudaEvent Taken { get; } = null!;

        internal LaunchList? Conversion { get; }

        internal bool IsUsed { get; set; }

        public void Dispose()
        {
            // Freeing device memory waits for what still uses it, and the page-locked memory goes after it.
            Disposal.All(_owned);
        }

        private T Own<T>(T owned)
            where T : IDisposable
        {
            _owned.Push(owned);
            return owned;
        }
    }
}
