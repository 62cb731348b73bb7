using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The tiles of outputs of all images of a batch, numbered image by image, row by row, and the loading and storing of their pixels in blocked channels.
/// </summary>
/// <param name="Source">What the tiles read.</param>
/// <param name="Destination">What they write.</param>
/// <param name="Top">Rows of zeros above the source.</param>
/// <param name="Left">Columns of zeros on its left.</param>
/// <param name="Outputs">Rows and columns of outputs in a tile.</param>
/// <param name="Points">Rows and columns of inputs in a tile.</param>
internal sealed unsafe record WinogradTiles(BlockedFormat Source, BlockedFormat Destination, int Top, int Left, int Outputs, int Points)
{
    /// <summary>Rows of tiles in an image.</summary>
    public int Rows { get; } = (Destination.Logical.H + Outputs - 1) / Outputs;

    /// <summary>Columns of tiles in an image.</summary>
    public int Columns { get; } = (Destination.Logical.W + Outputs - 1) / Outputs;

    /// <summary>Tiles of the batch.</summary>
    public int Count => Rows * Columns * Destination.Logical.N;

    /// <summary>The image, and the first row and column of outputs, of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Locate(int tile, out int image, out int row, out int column)
    {
        (int line, int x) = Math.DivRem(tile, Columns);
        (image, int y) = Math.DivRem(line, Rows);
        (row, column) = (y * Outputs, x * Outputs);
    }

    /// <summary>The inputs of a tile in one block of channels: in place where they lie within the image, otherwise a copy with zeros around.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="copy">Points * Points * 16 floats for a copy.</param>
    /// <param name="rowStep">Floats from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Inputs(float* source, int tile, int block, float* copy, out nint rowStep)
    {
        Locate(tile, out int image, out int row, out int column);
        return Patch(Source, source, image, block, row - Top, column - Left, Points, copy, out rowStep);
    }

    /// <summary>The outputs of a tile in one block of channels, likewise; Outputs * Outputs pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* OutputPixels(float* destination, int tile, int block, float* copy, out nint rowStep)
    {
        Locate(tile, out int image, out int row, out int column);
        return Patch(Destination, destination, image, block, row, column, Outputs, copy, out rowStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Patch(BlockedFormat format, float* tensor, int image, int block, int row, int column, int size, float* copy, out nint rowStep)
    {
        int width = format.Logical.W, height = format.Logical.H;
        float* plane = tensor + (image * format.ImageFloats) + ((long)block * format.Pixels * Tile.Block);
        if (row >= 0 && column >= 0 && row + size <= height && column + size <= width)
        {
            rowStep = (nint)width * Tile.Block;
            return plane + ((((long)row * width) + column) * Tile.Block);
        }

        rowStep = (nint)size * Tile.Block;
        Copy(plane, row, column, width, height, size, copy);
        return copy;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Copy(float* plane, int row, int column, int width, int height, int size, float* copy)
    {
        NativeMemory.Clear(copy, (nuint)(size * size * Tile.Block * sizeof(float)));
        int top = Math.Max(0, -row), bottom = Math.Min(size, height - row), left = Math.Max(0, -column), right = Math.Min(size, width - column);
        if (right <= left) return;
        uint bytes = (uint)((right - left) * Tile.Block * sizeof(float));
        for (int y = top; y < bottom; y++)
            Unsafe.CopyBlockUnaligned(copy + (((y * size) + left) * Tile.Block), plane + ((((long)(row + y) * width) + column + left) * Tile.Block), bytes);
    }
}
