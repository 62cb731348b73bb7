using System.Runtime.CompilerServices;

namespace AlexNetCuda.Cpu;

/// <summary>A run of tiles that are transformed and multiplied together.</summary>
/// <param name="First">The first tile of the batch.</param>
/// <param name="Count">The number of tiles.</param>
internal readonly record struct TileRun(int First, int Count);

/// <summary>Where the outputs of a tile lie.</summary>
/// <param name="Image">The image.</param>
/// <param name="Row">The first row.</param>
/// <param name="Column">The first column.</param>
/// <param name="ShortRows">Whether the tile has one row less than a whole one, and does without the last point there.</param>
/// <param name="ShortColumns">Whether it has one column less.</param>
internal readonly record struct TilePlace(int Image, int Row, int Column, bool ShortRows, bool ShortColumns);

/// <summary>
/// The tiles of outputs of all images of a batch, and the loading and storing of their pixels in blocked channels. Where a scheme has short tiles, rows and columns of outputs are
/// divided without waste as far as can be: 13 are 5 + 4 + 4. Then runs are whole images, and the tiles of a run are ordered such that those that need a point are neighbours; otherwise
/// tiles are numbered image by image, row by row.
/// </summary>
/// <param name="Source">What the tiles read.</param>
/// <param name="Destination">What they write.</param>
/// <param name="Top">Rows of zeros above the source.</param>
/// <param name="Left">Columns of zeros on its left.</param>
/// <param name="Outputs">Rows and columns of outputs in a tile.</param>
/// <param name="Points">Rows and columns of inputs in a tile.</param>
/// <param name="HasShort">Whether the scheme has tiles of one row or column less.</param>
internal sealed unsafe record WinogradTiles(BlockedFormat Source, BlockedFormat Destination, int Top, int Left, int Outputs, int Points, bool HasShort)
{
    private const int MostOrdered = 96; // tiles of an image, of which runs are then multiples

    private readonly TileLine _rows = TileLine.Of(Destination.Logical.H, Outputs, HasShort && Fit(Destination.Logical, Outputs));
    private readonly TileLine _columns = TileLine.Of(Destination.Logical.W, Outputs, HasShort && Fit(Destination.Logical, Outputs));

    /// <summary>Tiles of an image.</summary>
    public int TilesPerImage => _rows.Count * _columns.Count;

    /// <summary>Tiles of the batch.</summary>
    public int Count => TilesPerImage * Destination.Logical.N;

    /// <summary>What the number of tiles of a run is a multiple of, but for the last.</summary>
    public int Unit => Ordered ? TilesPerImage : Tile.Rows;

    private bool Ordered => _rows.Short + _columns.Short > 0;

    /// <summary>Points in both dimensions that the tiles of an image need, all tiles together.</summary>
    public static long PointsPerImage(Shape output, int outputs, int points, bool hasShort)
    {
        bool shorter = hasShort && Fit(output, outputs);
        return TileLine.Of(output.H, outputs, shorter).Points(points) * TileLine.Of(output.W, outputs, shorter).Points(points);
    }

    /// <summary>Where a tile of a run lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TilePlace Locate(TileRun run, int tile)
    {
        if (Ordered) return LocateOrdered(run, tile);
        (int line, int x) = Math.DivRem(run.First + tile, _columns.Count);
        (int image, int y) = Math.DivRem(line, _rows.Count);
        return new TilePlace(image, y * Outputs, x * Outputs, false, false);
    }

    /// <summary>Where a tile of a run lies that comes soon after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TilePlace LocateAhead(TileRun run, int tile) => Locate(run, Math.Min(tile + PatchAhead.Tiles, run.Count - 1));

    /// <summary>The tiles of a run that need a point.</summary>
    /// <param name="run">The run.</param>
    /// <param name="point">row * Points + column.</param>
    /// <param name="first">The first of the tiles.</param>
    /// <param name="count">Their number.</param>
    public void Range(TileRun run, int point, out int first, out int count)
    {
        (first, count) = (0, run.Count);
        if (!Ordered) return;
        (int row, int column) = Math.DivRem(point, Points);
        int images = run.Count / TilesPerImage;
        bool longRows = row == Points - 1, longColumns = column == Points - 1;
        if (longColumns) (first, count) = (images * _rows.Long * _columns.Short, images * _rows.Count * _columns.Long);
        if (longRows) count = images * _rows.Long * (longColumns ? _columns.Long : _columns.Count);
    }

    /// <summary>The inputs of a tile in one block of channels: in place where they lie within the image, otherwise a copy with zeros around.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="place">The tile.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="copy">Points * Points * 16 floats for a copy.</param>
    /// <param name="rowStep">Floats from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Inputs<T>(float* source, TilePlace place, int block, float* copy, out nint rowStep)
        where T : unmanaged, IVector<T> =>
        Patch<T>(Source, source, place, block, place.Row - Top, place.Column - Left, Points, copy, out rowStep);

    /// <summary>The outputs of a tile in one block of channels, likewise; Outputs * Outputs pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* OutputPixels<T>(float* destination, TilePlace place, int block, float* copy, out nint rowStep)
        where T : unmanaged, IVector<T> =>
        Patch<T>(Destination, destination, place, block, place.Row, place.Column, Outputs, copy, out rowStep);

    /// <summary>The inputs of a tile that is read soon, in one block of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PatchAhead InputsAhead(float* source, TilePlace place, int block) => PatchAt(Source, source, place.Image, block, place.Row - Top, place.Column - Left);

    /// <summary>The outputs of a tile that are read or written soon, in one block of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PatchAhead OutputsAhead(float* destination, TilePlace place, int block) => PatchAt(Destination, destination, place.Image, block, place.Row, place.Column);

    private static bool Fit(Shape output, int outputs) => (long)((output.H + outputs - 1) / outputs) * ((output.W + outputs - 1) / outputs) <= MostOrdered;

    /// <summary>The first float of a pixel in one block of channels; where it would lie, of one beyond the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Pixel(BlockedFormat format, float* tensor, int image, int block, int row, int column) =>
        tensor + (image * format.ImageFloats) + ((((long)block * format.Pixels) + ((long)row * format.Logical.W) + column) * Tile.Block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PatchAhead PatchAt(BlockedFormat format, float* tensor, int image, int block, int row, int column) =>
        new(Pixel(format, tensor, image, block, row, column), (nint)format.Logical.W * Tile.Block, Tile.Block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Patch<T>(BlockedFormat format, float* tensor, TilePlace place, int block, int row, int column, int size, float* copy, out nint rowStep)
        where T : unmanaged, IVector<T>
    {
        int width = format.Logical.W, height = format.Logical.H, rows = size - (place.ShortRows ? 1 : 0), columns = size - (place.ShortColumns ? 1 : 0);
        float* first = Pixel(format, tensor, place.Image, block, row, column);
        if (row >= 0 && column >= 0 && row + rows <= height && column + columns <= width)
        {
            rowStep = (nint)width * Tile.Block;
            return first;
        }

        rowStep = (nint)size * Tile.Block;
        Copy<T>(first, row, column, width, height, size, copy);
        return copy;
    }

    // In whole registers, as the copy is read: loads of what narrower stores wrote wait for the cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Copy<T>(float* from, int row, int column, int width, int height, int size, float* copy)
        where T : unmanaged, IVector<T>
    {
        int left = Math.Clamp(-column, 0, size) * Tile.Block, right = Math.Clamp(width - column, 0, size) * Tile.Block, rowFloats = size * Tile.Block;
        for (int y = 0; y < size; y++, copy += rowFloats, from += (nint)width * Tile.Block)
        {
            bool inside = row + y >= 0 && row + y < height;
            int at = 0, first = inside ? left : rowFloats, end = inside ? right : 0;
            for (; at < first; at += T.Width) T.Store(T.Zero, copy + at);
            for (; at < end; at += T.Width) T.Store(T.Load(from + at), copy + at);
            for (; at < rowFloats; at += T.Width) T.Store(T.Zero, copy + at);
        }
    }

    // Long rows with short columns, long rows with long columns, short rows with long columns, short rows with short columns.
    private TilePlace LocateOrdered(TileRun run, int tile)
    {
        int images = run.Count / TilesPerImage, longRows = images * _rows.Long * _columns.Count, edge = images * _rows.Long * _columns.Short;
        bool shortRows = tile >= longRows, shortColumns;
        if (shortRows)
        {
            tile -= longRows;
            edge = images * _rows.Short * _columns.Long;
            shortColumns = tile >= edge;
            if (shortColumns) tile -= edge;
        }
        else
        {
            shortColumns = tile < edge;
            if (!shortColumns) tile -= edge;
        }

        (int line, int column) = Math.DivRem(tile, shortColumns ? _columns.Short : _columns.Long);
        (int image, int row) = Math.DivRem(line, shortRows ? _rows.Short : _rows.Long);
        return new TilePlace((run.First / TilesPerImage) + image, _rows.Start(row, shortRows), _columns.Start(column, shortColumns), shortRows, shortColumns);
    }

    /// <summary>How the rows or columns of an image are divided: long ones first.</summary>
    private readonly record struct TileLine(int Outputs, int Long, int Short)
    {
        public int Count => Long + Short;

        public static TileLine Of(int size, int outputs, bool hasShort)
        {
            int count = (size + outputs - 1) / outputs, shorter = hasShort ? Math.Min(count, (count * outputs) - size) : 0;
            return new TileLine(outputs, count - shorter, shorter);
        }

        public long Points(int points) => ((long)points * Count) - Short;

        public int Start(int index, bool isShort) => isShort ? (Long * Outputs) + (index * (Outputs - 1)) : index * Outputs;
    }
}
