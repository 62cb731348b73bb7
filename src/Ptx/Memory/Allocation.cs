using System.Runtime.InteropServices;

namespace AlexNetCuda.Ptx;

/// <summary>One allocation of simulated device memory.</summary>
public sealed unsafe class Allocation
{
    private ulong[]? _written;

    internal Allocation(ulong address, long bytes, string name, bool readOnly)
    {
        Address = address;
        Bytes = bytes;
        Name = name;
        IsReadOnly = readOnly;
        Host = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(bytes, 1) + Slack);
    }

    // Vector code may read past the last element it uses, never past this.
    private const int Slack = 64;

    /// <summary>The device address of the first byte; a multiple of 512.</summary>
    public ulong Address { get; }

    /// <summary>The size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>Whether it has been freed; its address is never used again.</summary>
    public bool IsFreed { get; private set; }

    /// <summary>Whether it holds .const variables: kernels must not write it.</summary>
    public bool IsReadOnly { get; }

    internal byte* Host { get; private set; }

    /// <summary>One bit a byte: written by the host or by a kernel. Null as long as all of it counts as written.</summary>
    internal ulong[]? Written => _written;

    internal bool Contains(ulong address, long bytes) => address - Address <= (ulong)(Bytes - bytes) && bytes <= Bytes;

    internal void TrackWrites() => _written ??= new ulong[(Bytes + 63) / 64];

    internal void MarkWritten(long offset, long bytes)
    {
        if (_written is null) return;
        for (long i = offset; i < offset + bytes;)
        {
            if ((i & 63) == 0 && i + 64 <= offset + bytes)
            {
                _written[i >> 6] = ulong.MaxValue;
                i += 64;
            }
            else
            {
                // Several blocks may write bytes that share a word of the map.
                Interlocked.Or(ref _written[i >> 6], 1UL << (int)(i & 63));
                i++;
            }
        }
    }

    internal long FirstUnwritten(long offset, long bytes)
    {
        if (_written is null) return -1;
        for (long i = offset; i < offset + bytes; i++)
            if ((_written[i >> 6] >> (int)(i & 63) & 1) == 0) return i;
        return -1;
    }

    internal void Free()
    {
        IsFreed = true;
        _written = null;
        NativeMemory.Free(Host);
        Host = null;
    }

    /// <summary>The name, size and address, as reports print them.</summary>
    public override string ToString() => $"{Name} ({Bytes} bytes at 0x{Address:x}{(IsFreed ? ", freed" : "")})";
}
