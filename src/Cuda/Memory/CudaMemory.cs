using System.Buffers;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>One allocation of device memory.</summary>
internal sealed class CudaMemory : IDeviceMemory
{
    private readonly CudaSession _session;
    private readonly DeviceAllocation? _memory;
    private readonly Dictionary<(ulong Address, TensorFormat Format), StagedUpload> _uploads = [];

    /// <exception cref="DeviceOutOfMemoryException">The device has not that much left.</exception>
    internal CudaMemory(CudaSession session, long bytes)
    {
        (_session, Bytes) = (session, bytes);
        _memory = bytes == 0 ? null : session.Allocate(bytes, "a network");
    }

    public long Bytes { get; }

    internal bool IsFreed { get; private set; }

    public IBuffer View(long offset, TensorFormat format, bool gradient = false)
    {
        if (offset < 0 || offset % CudaSession.Alignment != 0 || offset + format.Bytes > Bytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, $"A tensor of {format.Bytes} bytes does not lie, aligned to {CudaSession.Alignment}, within {Bytes} bytes of memory.");
        }

        return new CudaBuffer(_session, this, (_memory?.Address ?? 0) + (ulong)offset, format, gradient);
    }

    public void Dispose()
    {
        if (IsFreed) return;
        IsFreed = true;
        try
        {
            Disposal.AllOf(_uploads.Values);
        }
        finally
        {
            _memory?.Dispose();
        }
    }

    /// <summary>The way of new values to a tensor; made when it is first written.</summary>
    internal StagedUpload UploadTo(ulong address, TensorFormat format)
    {
        if (!_uploads.TryGetValue((address, format), out StagedUpload? upload)) _uploads[(address, format)] = upload = new StagedUpload(_session, address, format);
        return upload;
    }
}

/// <summary>
/// A tensor in device memory. Reading waits for what the session's stream has been given before; writing takes effect behind it. Images and labels do not wait.
/// </summary>
internal sealed class CudaBuffer(CudaSession session, CudaMemory memory, ulong address, TensorFormat format, bool gradient) : IBuffer
{
    public TensorFormat Format { get; } = format;

    /// <summary>Whether it is a gradient, of a loss that may be scaled.</summary>
    public bool IsGradient { get; } = gradient;

    /// <summary>The device address of the first byte. The memory lives as long as its owner.</summary>
    public ulong Address { get; } = address;

    public void Write(ReadOnlySpan<float> source)
    {
        Check(source.Length, integers: false);
        if (StagedUpload.Takes(Format, memory.Bytes))
        {
            memory.UploadTo(Address, Format).Write(MemoryMarshal.AsBytes(source));
            return;
        }

        if (Format is not DeviceFormat own)
        {
            session.Upload(Address, MemoryMarshal.AsBytes(source));
            return;
        }

        using IMemoryOwner<byte> packed = MemoryPool<byte>.Shared.Rent(checked((int)own.Bytes));
        Span<byte> bytes = packed.Memory.Span[..(int)own.Bytes];
        HostConversion.Pack(own, source, bytes);
        session.Upload(Address, bytes);
    }

    public void Write(ReadOnlySpan<double> source)
    {
        float[] single = ArrayPool<float>.Shared.Rent(source.Length);
        for (int i = 0; i < source.Length; i++) single[i] = (float)source[i];
        Write((ReadOnlySpan<float>)single.AsSpan(0, source.Length));
        ArrayPool<float>.Shared.Return(single);
    }

    public void Write(ReadOnlySpan<int> source)
    {
        Check(source.Length, integers: true);
        if (!StagedUpload.Takes(Format, memory.Bytes)) session.Upload(Address, MemoryMarshal.AsBytes(source));
        else memory.UploadTo(Address, Format).Write(MemoryMarshal.AsBytes(source));
    }

    public void Read(Span<float> destination)
    {
        Check(destination.Length, integers: false);
        if (Format is DeviceFormat own)
        {
            using IMemoryOwner<byte> packed = MemoryPool<byte>.Shared.Rent(checked((int)own.Bytes));
            Span<byte> bytes = packed.Memory.Span[..(int)own.Bytes];
            session.Download(bytes, Address);
            HostConversion.Unpack(own, bytes, destination);
        }
        else
        {
            session.Download(MemoryMarshal.AsBytes(destination), Address);
        }

        float scale = IsGradient ? session.ReadLossScale() : 1;
        if (scale == 1) return;
        foreach (ref float value in destination) value /= scale; // a power of two: exact
    }

    public void Read(Span<double> destination)
    {
        float[] single = ArrayPool<float>.Shared.Rent(destination.Length);
        Read(single.AsSpan(0, destination.Length));
        for (int i = 0; i < destination.Length; i++) destination[i] = single[i];
        ArrayPool<float>.Shared.Return(single);
    }

    public void Read(Span<int> destination)
    {
        Check(destination.Length, integers: true);
        session.Download(MemoryMarshal.AsBytes(destination), Address);
    }

    private void Check(int length, bool integers)
    {
        ObjectDisposedException.ThrowIf(memory.IsFreed, this);
        if (Format is RawFormat) throw new ArgumentException("Scratch memory has no elements to read or write.");
        if (integers != (Format.Element == ElementType.Int32)) throw new ArgumentException($"The elements of this tensor are {Format.Element}.");
        if (length != Format.Logical.Count) throw new ArgumentException($"A tensor of shape {Format.Logical} has {Format.Logical.Count} elements, not {length}.");
    }
}
