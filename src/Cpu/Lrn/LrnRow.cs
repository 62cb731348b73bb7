using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>What the passes of normalisation do alike with a few pixels of a row.</summary>
internal static unsafe class LrnRow<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>Lays out the squares of a few pixels, channel after channel.</summary>
    /// <param name="pixels">The first pixel of the first block.</param>
    /// <param name="plane">Floats from one block to the next.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="blocks">The number of blocks.</param>
    /// <param name="lines">Where the first pixel's channels go.</param>
    /// <param name="line">Floats from one pixel to the next there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Squares(float* pixels, long plane, int count, int blocks, float* lines, int line)
    {
        for (int block = 0; block < blocks; block++)
        {
            for (int p = 0; p < count; p++)
            {
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    T value = T.Load(pixels + (block * plane) + (p * Tile.Block) + lane);
                    T.Store(T.Multiply(value, value), lines + (p * line) + (block * Tile.Block) + lane);
                }
            }
        }
    }
}
