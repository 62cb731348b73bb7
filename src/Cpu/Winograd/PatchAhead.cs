using System.Runtime.CompilerServices;

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
        float* at = first + (column * columnStep);
        Ahead.Ask(at);
        Ahead.Ask(at + rowStep);
        Ahead.Ask(at + (2 * rowStep));
        Ahead.Ask(at + (3 * rowStep));
        if (rows > 4) Ahead.Ask(at + (4 * rowStep));
        if (rows > 5) Ahead.Ask(at + (5 * rowStep));
        if (rows > 6) Ahead.Ask(at + (6 * rowStep));
        if (rows > 7) Ahead.Ask(at + (7 * rowStep));
    }
}
