using System.Runtime.InteropServices;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>
/// Launches whose functions are found and whose arguments lie ready in native memory, in order: starting them allocates nothing, managed or native.
/// </summary>
internal sealed unsafe class LaunchList : IDisposable
{
    private readonly CudaSession _session;
    private readonly List<Entry> _entries = [];
    private Entry[] _ready = [];

    internal LaunchList(CudaSession session, IEnumerable<KernelLaunch> launches)
    {
        _session = session;
        try
        {
            foreach (KernelLaunch launch in launches) _entries.Add(Entry.Of(session.Kernels.Find(launch), launch));
        }
        catch
        {
            Dispose();
            throw;
        }

        _ready = [.. _entries];
    }

    /// <summary>Puts the launches into the session's stream.</summary>
    /// <exception cref="CudaException">The driver refused one; the message names the kernel.</exception>
    internal void Start()
    {
        ICudaDriver driver = _session.Driver;
        CUstream stream = _session.Stream;
        foreach (ref readonly Entry e in _ready.AsSpan())
        {
            CUresult result = driver.LaunchKernel(
                e.Function, (uint)e.Grid.X, (uint)e.Grid.Y, (uint)e.Grid.Z, (uint)e.Block.X, (uint)e.Block.Y, (uint)e.Block.Z, e.SharedBytes, stream, e.Arguments, null);
            if (result != CUresult.Success) driver.Check(result, "cuLaunchKernel", $"launching {e.Name}");
        }

        _session.Enqueued.Launches += _ready.Length;
    }

    public void Dispose()
    {
        foreach (Entry entry in _entries) NativeMemory.Free(entry.Arguments);
        _entries.Clear();
        _ready = [];
    }

    /// <summary>A launch as the driver wants it: one block of native memory holds the pointers to the arguments, then the arguments.</summary>
    private readonly record struct Entry(string Name, CUfunction Function, Extent Grid, Extent Block, uint SharedBytes, nint Memory)
    {
        internal void** Arguments => (void**)Memory;

        internal static Entry Of(CUfunction function, KernelLaunch launch)
        {
            const int Slot = 8; // parameters are aligned to 8 bytes at most
            int pointers = launch.Arguments.Count * sizeof(void*);
            int values = launch.Arguments.Sum(a => (a.Bytes.Length + Slot - 1) / Slot * Slot);
            var memory = (byte*)NativeMemory.Alloc((nuint)(pointers + values));
            byte* next = memory + pointers;
            for (int i = 0; i < launch.Arguments.Count; i++)
            {
                ReadOnlySpan<byte> bytes = launch.Arguments[i].Bytes.Span;
                ((void**)memory)[i] = next;
                bytes.CopyTo(new Span<byte>(next, bytes.Length));
                next += (bytes.Length + Slot - 1) / Slot * Slot;
            }

            return new Entry($"{launch.Module}/{launch.Kernel}", function, launch.Grid, launch.Block, (uint)launch.SharedBytes, (nint)memory);
        }
    }
}
