namespace AlexNetCuda.Ptx;

/// <summary>Three extents, or an index in three dimensions.</summary>
/// <param name="X">Along x, the fastest.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
public readonly record struct Extent3(int X, int Y = 1, int Z = 1)
{
    /// <summary>The product of the extents.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>One number is an extent in x alone.</summary>
    /// <param name="x">The extent along x.</param>
    public static implicit operator Extent3(int x) => new(x);

    /// <summary>One number is an extent in x alone.</summary>
    /// <param name="x">The extent along x.</param>
    public static Extent3 FromInt32(int x) => new(x);

    /// <summary>(x, y, z)</summary>
    public override string ToString() => $"({X}, {Y}, {Z})";

    internal static Extent3 Unflatten(long index, Extent3 extents) =>
        new((int)(index % extents.X), (int)(index / extents.X % extents.Y), (int)(index / ((long)extents.X * extents.Y)));
}

/// <summary>The shape of a launch.</summary>
/// <param name="Grid">Blocks along each dimension.</param>
/// <param name="Block">Threads of a block along each dimension.</param>
/// <param name="DynamicSharedBytes">The size in bytes of the extern shared array.</param>
public readonly record struct LaunchConfiguration(Extent3 Grid, Extent3 Block, int DynamicSharedBytes = 0);
