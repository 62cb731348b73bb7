using System.Buffers;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Memory of the CPU device.</summary>
internal sealed unsafe class CpuMemory(long bytes) : IDeviceMemory
{
    private readonly NativeBlock _block = new(bytes);

    public long Bytes { get; } = bytes;

    public IBuffer View(long offset, TensorFormat format, bool gradient = false)
    {
        if (offset < 0 || offset % NativeBlock.Alignment != 0 || offset + format.Bytes > Bytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, $"A tensor of {format.Bytes} bytes does not lie, aligned to {NativeBlock.Alignment}, within {Bytes} bytes of memory.");
        }

        return new CpuBuffer(_block, offset, format);
    }

    public void Dispose() => _block.Dispose();
}

/// <summary>A tensor in the CPU device's memory.</summary>
internal sealed unsafe class CpuBuffer(NativeBlock block, long offset, TensorFormat format) : IBuffer
{
    public TensorFormat Format { get; } = format;

    /// <summary>The first element. The memory lives as long as the executable that owns it.</summary>
    public float* Floats => (float*)(block.Pointer + offset);

    /// <summary>A tensor in this one's memory.</summary>
    public CpuBuffer View(long first, TensorFormat part) => new(block, offset + first, part);

    /// <summary>The first element of a tensor of integers.</summary>
    public int* Integers => (int*)(block.Pointer + offset);

    public void Write(ReadOnlySpan<float> source)
    {
        Check(source.Length, integers: false);
        if (Format is PlainFormat) source.CopyTo(new Span<float>(Floats, source.Length));
        else ((CpuFormat)Format).Write(Floats, source);
    }

    public void Write(ReadOnlySpan<double> source)
    {
        Check(source.Length, integers: false);
        float[] pooled = ArrayPool<float>.Shared.Rent(source.Length);
        Span<float> single = pooled.AsSpan(0, source.Length);
        for (int i = 0; i < single.Length; i++) single[i] = (float)source[i];
        Write((ReadOnlySpan<float>)single);
        ArrayPool<float>.Shared.Return(pooled);
    }

    public void Write(ReadOnlySpan<int> source)
    {
        Check(source.Length, integers: true);
        source.CopyTo(new Span<int>(Integers, source.Length));
    }

    public void Read(Span<float> destination)
    {
        Check(destination.Length, integers: false);
        if (Format is PlainFormat) new Span<float>(Floats, destination.Length).CopyTo(destination);
        else ((CpuFormat)Format).Read(Floats, destination);
    }

    public void Read(Span<double> destination)
    {
        Check(destination.Length, integers: false);
        // They are read into the second half of the destination, and widened from the first one on: none is overwritten before its turn.
        Span<float> single = MemoryMarshal.Cast<double, float>(destination)[destination.Length..];
        Read(single);
        for (int i = 0; i < single.Length; i++) destination[i] = single[i];
    }

    public void Read(Span<int> destination)
    {
        Check(destination.Length, integers: true);
        new Span<int>(Integers, destination.Length).CopyTo(destination);
    }

    private void Check(int length, bool integers)
    {
        ObjectDisposedException.ThrowIf(block.IsClosed, this);
        if (Format is RawFormat) throw new ArgumentException("Scratch memory has no elements to read or write.");
        if (integers != (Format.Element == ElementType.Int32))
            throw new ArgumentException($"The elements of this tensor are {Format.Element}.");
        if (length != Format.Logical.Count) throw new ArgumentException($"A tensor of shape {Format.Logical} has {Format.Logical.Count} elements, not {length}.");
    }
}
