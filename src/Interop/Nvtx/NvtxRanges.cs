using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Nvtx;

/// <summary>
/// Ranges with names in a profiler's time line, as Nsight Systems shows them. A profiler names its library in the environment variable
/// NVTX_INJECTION64_PATH when it starts the program; without one, a range costs a test that the compiler takes away.
/// </summary>
public static class NvtxRanges
{
    private static readonly string? s_problem = NvtxSlots.Attach(Environment.GetEnvironmentVariable("NVTX_INJECTION64_PATH"));
    private static readonly bool s_isActive = s_problem is null;

    /// <summary>Whether a profiler listens.</summary>
    public static bool IsActive => s_isActive;

    /// <summary>Why no profiler listens, or null where one does.</summary>
    public static string? Problem => s_problem;

    /// <summary>Begins a range of the calling thread, which ends when what is returned is disposed. Allocates nothing.</summary>
    public static unsafe NvtxRange Begin(NvtxName name)
    {
        if (s_isActive)
        {
            NvtxSlots.Push(name.Text);
            return new NvtxRange(hasBegun: true);
        }

        return default;
    }
}

/// <summary>The name of ranges, made once ahead of them.</summary>
public readonly unsafe struct NvtxName
{
    /// <summary>Makes a name; without a profiler it takes no memory, with one it stays in memory as long as the process.</summary>
    public NvtxName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Text = NvtxRanges.IsActive ? (byte*)Marshal.StringToCoTaskMemUTF8(name) : null;
    }

    internal byte* Text { get; }
}

/// <summary>A range that has begun.</summary>
public readonly ref struct NvtxRange
{
    private readonly bool _hasBegun;

    internal NvtxRange(bool hasBegun) => _hasBegun = hasBegun;

    /// <summary>Ends the range.</summary>
    public void Dispose()
    {
        if (_hasBegun)
        {
            NvtxSlots.Pop();
        }
    }
}
