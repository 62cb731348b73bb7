using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// Sums over windows of channels. The summands of a few pixels are laid out channel after channel, with zeros on both sides, so that a window is a sum of shifted loads; each
/// window is summed afresh.
/// </summary>
internal readonly unsafe struct LrnWindow<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>Pixels that are laid out at once.</summary>
    public const int Pixels = 8;

    private readonly int _radius, _margin;

    public LrnWindow(int radius, BlockedFormat format)
    {
        _radius = Math.Min(radius, format.Logical.C); // a window never reaches further than all channels
        _margin = (_radius + Tile.Block - 1) / Tile.Block * Tile.Block;
        Line = (format.Blocks * Tile.Block) + (2 * _margin);
    }

    /// <summary>Floats from one pixel's channels to the next's.</summary>
    public int Line { get; }

    /// <summary>Floats of scratch memory.</summary>
    public int ScratchFloats => Pixels * Line;

    /// <summary>Clears the margins of scratch memory; returns where the first pixel's channels go.</summary>
    public float* Prepare(float* scratch)
    {
        for (int pixel = 0; pixel < Pixels; pixel++)
        {
            NativeMemory.Clear(scratch + ((long)pixel * Line), (nuint)(_margin * sizeof(float)));
            NativeMemory.Clear(scratch + ((long)(pixel + 1) * Line) - _margin, (nuint)(_margin * sizeof(float)));
        }

        return scratch + _margin;
    }

    /// <summary>The sum of the window around the channels of a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Sum(float* centre)
    {
        if (_radius == 5) return T.Add(Five(centre), T.Add(T.Add(Pair(centre, 3), Pair(centre, 4)), Pair(centre, 5)));
        if (_radius == 4) return T.Add(Five(centre), T.Add(Pair(centre, 3), Pair(centre, 4)));
        if (_radius == 2) return Five(centre);
        T sum = T.Load(centre);
        for (int j = 1; j <= _radius; j++) sum = T.Add(sum, Pair(centre, j));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Pair(float* centre, int distance) => T.Add(T.Load(centre - distance), T.Load(centre + distance));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Five(float* centre) => T.Add(T.Load(centre), T.Add(Pair(centre, 1), Pair(centre, 2)));
}
