using System.Runtime.InteropServices;

namespace AlexNetCuda.Ptx;

/// <summary>One allocation of simulated device memory.</summary>
public sealed unsafe class Allocation
{
    // One bit a byte: written by the host or by a kernel. Null as long as all of it counts as written.
    private ulong* _written;

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

    private const int WorthFilling = 4096;

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

    internal bool Contains(ulong address, long bytes) => address - Address <= (ulong)(Bytes - bytes) && bytes <= Bytes;

    internal void TrackWrites()
    {
        if (_written is null) _written = (ulong*)NativeMemory.AllocZeroed((nuint)((Bytes + 63) / 64), sizeof(ulong));
    }

    internal void MarkWritten(long offset, long bytes)
    {
        if (_written is null) return;
        while (bytes > 0)
        {
            int first = (int)(offset & 63), count = (int)Math.Min(bytes, 64 - first);
            if (first == 0 && bytes >= WorthFilling)
            {
                // No block takes bits away, so whole words need no care.
                long whole = bytes & ~63L;
                NativeMemory.Fill(_written + (offset >> 6), (nuint)(whole >> 3), 0xFF);
                offset += whole;
                bytes -= whole;
                continue;
            }

            ref ulong word = ref _written[offset >> 6];
            ulong bits = Mask(first, count);
            // Several blocks may write bytes that share a word of the map.
            if ((Volatile.Read(ref word) & bits) != bits) Interlocked.Or(ref word, bits);
            offset += count;
            bytes -= count;
        }
    }

    /// <summary>Takes over which bytes have been written, from a range that may overlap.</summary>
    internal void CopyWritten(long offset, Allocation from, long fromOffset, long bytes)
    {
        if (_written is null) return;
        if (from._written is null)
        {
            MarkWritten(offset, bytes);
            return;
        }

        bool backward = ReferenceEquals(this, from) && offset > fromOffset;
        for (long n = 0; n < bytes; n++)
        {
            long i = backward ? bytes - 1 - n : n, source = fromOffset + i, target = offset + i;
            ulong bit = 1UL << (int)(target & 63);
            if ((from._written[source >> 6] >> (int)(source & 63) & 1) != 0) _written[target >> 6] |= bit;
            else _written[target >> 6] &= ~bit;
        }
    }

    /// <summary>The offset of the first byte of a range that nothing has written; -1 when there is none.</summary>
    internal long FirstUnwritten(long offset, long bytes)
    {
        if (_written is null) return -1;
        while (bytes > 0)
        {
            int first = (int)(offset & 63), count = (int)Math.Min(bytes, 64 - first);
            ulong missing = ~_written[offset >> 6] & Mask(first, count);
            if (missing != 0) return (offset & ~63L) + System.Numerics.BitOperations.TrailingZeroCount(missing);
            offset += count;
            bytes -= count;
        }

        return -1;
    }

    private static ulong Mask(int first, int count) => Bits.Low(count) << first;

    internal void Free()
    {
        IsFreed = true;
        NativeMemory.Free(_written);
        _written = null;
        NativeMemory.Free(Host);
        Host = null;
    }

    /// <summary>The name, size and address, as reports print them.</summary>
    public override string ToString() => $"{Name} ({Bytes} bytes at 0x{Address:x}{(IsFreed ? ", freed" : "")})";
}
