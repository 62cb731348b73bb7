using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>Transforms runs of tiles to points: [point][block of channels][tile][16].</summary>
internal static unsafe class WinogradInputs<T, TScheme, TShort>
    where T : unmanaged, IVector<T>
    where TScheme : struct, IWinograd
    where TShort : struct, IWinograd
{
    /// <summary>B' d B of the inputs of a run of tiles.</summary>
    /// <param name="tiles">The tiles.</param>
    /// <param name="source">The tensor that the tiles read.</param>
    /// <param name="run">The run that the tiles are of.</param>
    /// <param name="first">The first tile of the run.</param>
    /// <param name="count">The number of tiles.</param>
    /// <param name="firstBlock">The first block of channels.</param>
    /// <param name="blocks">The number of blocks.</param>
    /// <param name="to">The first tile of the first block of the first point.</param>
    /// <param name="pointStep">Floats from one point to the next.</param>
    /// <param name="blockStep">Floats from one block to the next.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(WinogradTiles tiles, float* source, TileRun run, int first, int count, int firstBlock, int blocks, float* to, nint pointStep, nint blockStep)
    {
        int points = TScheme.Points;
        float* memory = stackalloc float[((2 * points * points) + 1) * Tile.Block];
        float* copy = Tile.Align(memory), half = copy + (points * points * Tile.Block);
        for (int t = 0; t < count; t++)
        {
            TilePlace place = tiles.Locate(run, first + t), later = tiles.LocateAhead(run, first + t);
            int rows = points - (place.ShortRows ? 1 : 0), columns = points - (place.ShortColumns ? 1 : 0);
            for (int block = 0; block < blocks; block++)
            {
                float* from = tiles.Inputs<T>(source, place, firstBlock + block, copy, out nint rowStep), into = to + (block * blockStep) + (t * Tile.Block);
                PatchAhead ahead = tiles.InputsAhead(source, later, firstBlock + block);
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    for (int x = 0; x < columns; x++)
                    {
                        if (lane == 0) ahead.Ask(x, points);
                        if (place.ShortRows) TShort.Input<T>(from + (x * Tile.Block) + lane, rowStep, half + (x * Tile.Block) + lane, points * Tile.Block);
                        else TScheme.Input<T>(from + (x * Tile.Block) + lane, rowStep, half + (x * Tile.Block) + lane, points * Tile.Block);
                    }

                    for (int p = 0; p < rows; p++)
                    {
                        if (place.ShortColumns) TShort.Input<T>(half + (p * points * Tile.Block) + lane, Tile.Block, into + (p * points * pointStep) + lane, pointStep);
                        else TScheme.Input<T>(half + (p * points * Tile.Block) + lane, Tile.Block, into + (p * points * pointStep) + lane, pointStep);
                    }
                }
            }
        }
    }

    /// <summary>A dy A' of the gradients of the outputs of a run of tiles, likewise.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformGradient(WinogradTiles tiles, float* gradient, TileRun run, int first, int count, int firstBlock, int blocks, float* to, nint pointStep, nint blockStep)
    {
        int points = TScheme.Points, m = TScheme.Outputs;
        float* memory = stackalloc float[((m * m) + (points * m) + 1) * Tile.Block];
        float* copy = Tile.Align(memory), half = copy + (m * m * Tile.Block);
        for (int t = 0; t < count; t++)
        {
            TilePlace place = tiles.Locate(run, first + t), later = tiles.LocateAhead(run, first + t);
            int rows = points - (place.ShortRows ? 1 : 0), columns = m - (place.ShortColumns ? 1 : 0);
            for (int block = 0; block < blocks; block++)
            {
                float* from = tiles.OutputPixels<T>(gradient, place, firstBlock + block, copy, out nint rowStep), into = to + (block * blockStep) + (t * Tile.Block);
                PatchAhead ahead = tiles.OutputsAhead(gradient, later, firstBlock + block);
                for (int lane = 0; lane < Tile.Block; lane += T.Width)
                {
                    for (int x = 0; x < columns; x++)
                    {
                        if (lane == 0) ahead.Ask(x, m);
                        if (place.ShortRows) TShort.OutputGradient<T>(from + (x * Tile.Block) + lane, rowStep, half + (x * Tile.Block) + lane, m * Tile.Block);
                        else TScheme.OutputGradient<T>(from + (x * Tile.Block) + lane, rowStep, half + (x * Tile.Block) + lane, m * Tile.Block);
                    }

                    for (int p = 0; p < rows; p++)
                    {
                        if (place.ShortColumns) TShort.OutputGradient<T>(half + (p * m * Tile.Block) + lane, Tile.Block, into + (p * points * pointStep) + lane, pointStep);
                        else TScheme.OutputGradient<T>(half + (p * m * Tile.Block) + lane, Tile.Block, into + (p * points * pointStep) + lane, pointStep);
                    }
                }
            }
        }
    }
}
