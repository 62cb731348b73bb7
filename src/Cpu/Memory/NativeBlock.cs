using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Aligned native memory, zero at first; in huge pages where the system gives them.</summary>
internal sealed unsafe partial class NativeBlock : SafeHandle
{
    /// <summary>The alignment of blocks and of the tensors in them: a cache line.</summary>
    public const int Alignment = 64;

    // A whole register may be read or written at the last element of a tensor.
    private const int Slack = 256;
    private const int HugePage = 1 << 21, AdviseHugePage = 14;
    private readonly byte* _pointer;

    public NativeBlock(long bytes) : base(0, ownsHandle: true)
    {
        // Systems that promise more memory than they have would kill the process later, without a message.
        if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) throw new DeviceOutOfMemoryException("cpu", bytes);
        // Large blocks begin at a huge page. Zeroed pages come from the system untouched: they cost nothing until they are used.
        bool large = bytes >= 4 * HugePage;
        nuint alignment = large ? (nuint)HugePage : Alignment, size = checked((nuint)bytes + Slack + alignment);
        try
        {
            SetHandle((nint)NativeMemory.AllocZeroed(size));
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceOutOfMemoryException("cpu", bytes, e);
        }

        _pointer = (byte*)(((nuint)handle + alignment - 1) / alignment * alignment);
        // Only advice: without it pages are small.
        if (large && OperatingSystem.IsLinux()) _ = Advise(_pointer, (nuint)bytes, AdviseHugePage);
    }

    public override bool IsInvalid => handle == 0;

    public byte* Pointer => _pointer;

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
