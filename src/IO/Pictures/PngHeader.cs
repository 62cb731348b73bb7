using System.Buffers.Binary;

namespace AlexNetCuda.IO;

/// <summary>A PNG file's IHDR chunk, checked.</summary>
internal readonly record struct PngHeader(int Width, int Height, int Depth, int ColourType, bool Interlaced)
{
    public const int Indexed = 3;

    /// <summary>Samples a pixel: grey, RGB, index, grey and alpha, RGB and alpha.</summary>
    public int Channels => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>How many bytes back the filters look for the pixel to the left.</summary>
    public int FilterDistance => Math.Max(1, Channels * Depth / 8);

    public ReadOnlySpan<PngPass> Passes => Interlaced ? PngPass.Adam7 : PngPass.Whole;

    /// <summary>Bytes of all rows of all passes, each with its filter byte.</summary>
    public long InflatedBytes
    {
        get
        {
            long bytes = 0;
            foreach (PngPass pass in Passes)
            {
                int columns = pass.Columns(Width);
                if (columns > 0)
                    bytes += (1L + RowBytes(columns)) * pass.Rows(Height);
            }

            return bytes;
        }
    }

    public static PngHeader Read(ReadOnlySpan<byte> body, string name)
    {
        if (body.Length != 13)
            throw new PictureException(name, $"the PNG file's IHDR chunk has {body.Length} bytes, not 13.");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(body), height = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
        PictureLimits.Check(width, height, name);
        int depth = body[8], colour = body[9];
        bool known = colour switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            Indexed => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!known)
            throw new PictureException(name, $"the PNG file says colour type {colour} with {depth} bits: there is no such kind.");
        if (body[10] != 0 || body[11] != 0 || body[12] > 1)
            throw new PictureException(name, "the PNG file says a compression, filter or interlacing method that does not exist.");
        return new PngHeader((int)width, (int)height, depth, colour, body[12] == 1);
    }

    /// <summary>Bytes of a row of so many pixels, without its filter byte.</summary>
    public int RowBytes(int columns) => ((columns * Channels * Depth) + 7) / 8;
}

/// <summary>One pass over the picture: the pixels from column X and row Y in steps.</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY)
{
    private static readonly PngPass[] WholePass = [new(0, 0, 1, 1)];

    private static readonly PngPass[] Adam7Passes =
    [
        new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2),
    ];

    public static ReadOnlySpan<PngPass> Whole => WholePass;

    public static ReadOnlySpan<PngPass> Adam7 => Adam7Passes;

    public int Columns(int width) => (width - X + StepX - 1) / StepX;

    public int Rows(int height) => (height - Y + StepY - 1) / StepY;
}
