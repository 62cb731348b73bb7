using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>The extent of a grid in blocks, or of a block in threads.</summary>
/// <param name="X">Along x, at least 1.</param>
/// <param name="Y">Along y, 1 to 65,535.</param>
/// <param name="Z">Along z, 1 to 65,535.</param>
public readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    /// <summary>How many blocks or threads that is.</summary>
    public long Count => (long)X * Y * Z;
}

/// <summary>One argument of a kernel, as the bytes that are copied into its parameter.</summary>
/// <param name="Bytes">The value, little-endian.</param>
/// <param name="Alignment">The alignment the parameter asks for, in bytes.</param>
/// <param name="IsPointer">Whether it is a device address (8 bytes; 0 is null).</param>
public sealed record KernelArgument(ReadOnlyMemory<byte> Bytes, int Alignment, bool IsPointer)
{
    /// <summary>A device address; 0 is null.</summary>
    public static KernelArgument Pointer(ulong address) => new(BytesOf(address), 8, true);

    /// <summary>A number of 4 or 8 bytes, aligned to its size.</summary>
    public static KernelArgument Value<T>(T value)
        where T : unmanaged => new(BytesOf(value), Unsafe.SizeOf<T>(), false);

    /// <summary>A structure of 4-byte fields.</summary>
    public static KernelArgument Structure<T>(T value)
        where T : unmanaged => new(BytesOf(value), 4, false);

    private static byte[] BytesOf<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}

/// <summary>Everything a driver needs to start a kernel. Immutable; made once, when an operator is compiled.</summary>
/// <param name="Module">The module, named as its source: "lrn" for kernels/lrn.cu.</param>
/// <param name="Kernel">The kernel's name in the module.</param>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block, in bytes.</param>
/// <param name="Arguments">The arguments in the kernel's order.</param>
/// <param name="LeastRead">The fewest bytes of global memory the operation must read, each once.</param>
/// <param name="LeastWritten">The fewest bytes it must write.</param>
public sealed record KernelLaunch(
    string Module,
    string Kernel,
    Extent Grid,
    Extent Block,
    int SharedBytes,
    IReadOnlyList<KernelArgument> Arguments,
    long LeastRead,
    long LeastWritten)
{
    /// <summary>Bytes read and written at least.</summary>
    public long LeastBytes => LeastRead + LeastWritten;
}

/// <summary>The shapes of grids, and checks that are the same for every operation.</summary>
internal static class LaunchShape
{
    /// <summary>The largest extent of a grid along y and z.</summary>
    internal const int LargestY = 65_535;

    /// <summary>Blocks that fill the GPU the launches are shaped for: two of 256 threads on each of 108 multiprocessors.</summary>
    internal const int BlocksWanted = 2 * 108;

    /// <summary>Shared memory every GPU gives a block without being asked.</summary>
    internal const int LargestShared = 48 * 1024;

    internal static Extent Quads(long count) => new(ToGridX(CeilingDivide(count, 1024)));

    /// <summary>Blocks of 256 threads that have 16 bytes each.</summary>
    internal static Extent Runs(long count, Storage storage) => new(ToGridX(CeilingDivide(count, 4096 / storage.Bytes())));

    internal static long CeilingDivide(long a, long b) => (a + b - 1) / b;

    internal static int ToGridX(long blocks) =>
        blocks is > 0 and <= int.MaxValue ? (int)blocks : throw new ArgumentOutOfRangeException(nameof(blocks), blocks, "a grid has 1 to 2^31 - 1 blocks along x");

    internal static int Positive(int value, string name) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "must be positive");

    internal static long Positive(long value, string name) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "must be positive");

    /// <summary>A product that has to fit 31 bits.</summary>
    internal static int Fit(long value, string name) =>
        value is > 0 and <= int.MaxValue ? (int)value : throw new ArgumentOutOfRangeException(name, value, "must be 1 to 2^31 - 1");
}
