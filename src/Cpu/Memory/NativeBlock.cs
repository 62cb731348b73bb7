using System.Runtime.InteropServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Aligned native memory, zero at first.</summary>
internal sealed unsafe class NativeBlock : SafeHandle
{
    /// <summary>The alignment of blocks and of the tensors in them: a cache line.</summary>
    public const int Alignment = 64;

    // A whole register may be read or written at the last element of a tensor.
    private const int Slack = 256;

    public NativeBlock(long bytes) : base(0, ownsHandle: true)
    {
        // Systems that promise more memory than they have would kill the process later, without a message.
        if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) throw new DeviceOutOfMemoryException("cpu", bytes);
        try
        {
            void* memory = NativeMemory.AlignedAlloc(checked((nuint)bytes + Slack), Alignment);
            SetHandle((nint)memory);
            NativeMemory.Clear(memory, (nuint)bytes + Slack);
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceOutOfMemoryException("cpu", bytes, e);
        }
    }

    public override bool IsInvalid => handle == 0;

    public byte* Pointer => (byte*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
