using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A tile that is read or written soon, to be asked for while others are transformed: its lines lie in short runs far apart, which the processor does not see coming, and a store to
/// memory that no cache has waits for it as a load does. Asking for rows and columns that are not there is harmless.
/// </summary>
/// <param name="first">Row 0 and column 0, of 16 floats each.</param>
/// <param name="rowStep">Floats from one row to the next.</param>
/// <param name="columnStep">Floats from one column to the next.</param>
internal readonly unsafe struct PatchAhead(float* first, nint rowStep, nint columnStep)
{
    /// <summary>Tiles from the one that is transformed to the one that is asked for: far enough for memory.</summary>
    public const int Tiles = 2;

    /// <summary>Asks for the first rows of a column, 4 to 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(int column, int rows)
    {
        if (!Sse.IsSupported) return;
        float* at = first + (column * columnStep);
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + rowStep);
        Sse.Prefetch0(at + (2 * rowStep));
        Sse.Prefetch0(at + (3 * rowStep));
        if (rows > 4) Sse.Prefetch0(at + (4 * rowStep));
        if (rows > 5) Sse.Prefetch0(at + (5 * rowStep));
        if (rows > 6) Sse.Prefetch0(at + (6 * rowStep));
        if (rows > 7) Sse.Prefetch0(at + (7 * rowStep));
    }
}
