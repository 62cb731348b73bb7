using System.Buffers.Binary;
using System.IO.Compression;

namespace AlexNetCuda.IO;

/// <summary>PNG, every colour type, depth and interlacing of the standard, to 8-bit RGB.</summary>
/// <remarks>
/// Our own, over the framework's zlib, since these files may be hostile: no unsafe code, every chunk's checksum is checked, and inflating
/// stops at the size the header states.
/// </remarks>
internal static class PngDecoder
{
    private const uint Ihdr = 0x49484452, Plte = 0x504C5445, Idat = 0x49444154, Iend = 0x49454E44, Exif = 0x65584966;

    // Deflate cannot shrink data by more than about 1032 times.
    private const long MostInflation = 1040;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static Picture Decode(ReadOnlySpan<byte> data, string name)
    {
        PngHeader? header = null;
        ReadOnlySpan<byte> palette = default;
        int orientation = ExifOrientation.Upright;
        using var compressed = new MemoryStream();

        ReadOnlySpan<byte> rest = data[Signature.Length..];
        while (true)
        {
            uint type = ReadChunk(ref rest, name, out ReadOnlySpan<byte> body);
            if (header is null && type != Ihdr)
                throw new PictureException(name, "the PNG file does not begin with an IHDR chunk.");
            if (type == Iend)
                break;
            switch (type)
            {
                case Ihdr when header is not null:
                    throw new PictureException(name, "the PNG file has two IHDR chunks.");
                case Ihdr:
                    header = PngHeader.Read(body, name);
                    break;
                case Plte:
                    if (body.Length % 3 != 0 || body.Length is 0 or > 768)
                        throw new PictureException(name, $"the PNG file's palette has {body.Length} bytes.");
                    palette = body;
                    break;
                case Idat:
                    compressed.Write(body);
                    break;
                case Exif:
                    orientation = ExifOrientation.Read(body);
                    break;
                default:
                    // A capital first letter marks a chunk without which the picture cannot be understood.
                    if ((type >> 24) is >= 'A' and <= 'Z')
                        throw new PictureException(name, $"the PNG file has a chunk (0x{type:X8}) that is unknown but must not be ignored.");
                    break;
            }
        }

        PngHeader h = header!.Value;
        if (h.ColourType == PngHeader.Indexed && palette.IsEmpty)
            throw new PictureException(name, "the PNG file has no palette though its pixels are indices into one.");
        if (compressed.Length * MostInflation < h.InflatedBytes)
            throw new PictureException(name, "the PNG file has too little data for its size.");
        return ExifOrientation.Apply(Inflate(h, palette, compressed, name), orientation);
    }

    private static Picture Inflate(in PngHeader h, ReadOnlySpan<byte> palette, MemoryStream compressed, string name)
    {
        var pixels = new byte[3 * h.Width * h.Height];
        var row = new byte[h.RowBytes(h.Width)];
        var previous = new byte[row.Length];
        var samples = new byte[h.Width * h.Channels];
        compressed.Position = 0;
        using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
        try
        {
            foreach (PngPass pass in h.Passes)
            {
                int width = pass.Columns(h.Width), height = pass.Rows(h.Height);
                if (width == 0 || height == 0)
                    continue;
                int bytes = h.RowBytes(width);
                previous.AsSpan().Clear();
                for (int y = 0; y < height; y++)
                {
                    int filter = zlib.ReadByte();
                    if (filter < 0)
                        throw CutShort(name);
                    zlib.ReadExactly(row, 0, bytes);
                    Unfilter(filter, row.AsSpan(0, bytes), previous.AsSpan(0, bytes), h.FilterDistance, name);
                    Unpack(row, samples.AsSpan(0, width * h.Channels), h);
                    int first = 3 * ((((y * pass.StepY) + pass.Y) * h.Width) + pass.X);
                    Place(samples, width, h, palette, pixels, first, 3 * pass.StepX, name);
                    (row, previous) = (previous, row);
                }
            }

            // Reading on makes zlib compare its checksum of the pixels.
            if (zlib.ReadByte() >= 0)
                throw new PictureException(name, "the PNG file has more data than its size asks for.");
        }
        catch (EndOfStreamException e)
        {
            throw CutShort(name, e);
        }
        catch (InvalidDataException e)
        {
            throw new PictureException(name, "the PNG file's compressed data are damaged.", e);
        }

        return new Picture(h.Width, h.Height, pixels);
    }

    private static uint ReadChunk(scoped ref ReadOnlySpan<byte> rest, string name, out ReadOnlySpan<byte> body)
    {
        if (rest.Length < 12)
            throw CutShort(name);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - 12)
            throw CutShort(name);
        int n = (int)length;
        if (Crc32.Start.Add(rest.Slice(4, n + 4)).Value != BinaryPrimitives.ReadUInt32BigEndian(rest[(n + 8)..]))
            throw new PictureException(name, "the PNG file is damaged: a chunk's checksum is wrong.");
        uint type = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        body = rest.Slice(8, n);
        rest = rest[(n + 12)..];
        return type;
    }

    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> up, int distance, string name)
    {
        switch (filter)
        {
            case 0:
                return;
            case 1:
                for (int i = distance; i < row.Length; i++)
                    row[i] += row[i - distance];
                return;
            case 2:
                for (int i = 0; i < row.Length; i++)
                    row[i] += up[i];
                return;
            case 3:
                for (int i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < distance ? 0 : row[i - distance]) + up[i]) / 2);
                return;
            case 4:
                for (int i = 0; i < row.Length; i++)
                    row[i] += i < distance ? up[i] : Paeth(row[i - distance], up[i], up[i - distance]);
                return;
            default:
                throw new PictureException(name, $"the PNG file is damaged: a row says filter {filter}.");
        }
    }

    private static byte Paeth(int left, int up, int upLeft)
    {
        int estimate = left + up - upLeft;
        int a = Math.Abs(estimate - left), b = Math.Abs(estimate - up), c = Math.Abs(estimate - upLeft);
        return (byte)(a <= b && a <= c ? left : b <= c ? up : upLeft);
    }

    /// <summary>One byte a sample: grey of fewer bits is spread over 0..255, 16 bits are rounded; indices stay as they are.</summary>
    private static void Unpack(ReadOnlySpan<byte> row, Span<byte> samples, in PngHeader h)
    {
        if (h.Depth == 8)
        {
            row[..samples.Length].CopyTo(samples);
        }
        else if (h.Depth == 16)
        {
            for (int i = 0; i < samples.Length; i++)
                samples[i] = (byte)(((BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]) * 255) + 32_895) >> 16);
        }
        else
        {
            int mask = (1 << h.Depth) - 1;
            int scale = h.ColourType == PngHeader.Indexed ? 1 : 255 / mask;
            for (int i = 0; i < samples.Length; i++)
            {
                int bit = i * h.Depth;
                samples[i] = (byte)(((row[bit >> 3] >> (8 - h.Depth - (bit & 7))) & mask) * scale);
            }
        }
    }

    private static void Place(
        ReadOnlySpan<byte> samples, int width, in PngHeader h, ReadOnlySpan<byte> palette, byte[] pixels, int to, int step, string name)
    {
        for (int x = 0, s = 0; x < width; x++, s += h.Channels, to += step)
        {
            if (h.ColourType == PngHeader.Indexed)
            {
                int entry = 3 * samples[s];
                if (entry >= palette.Length)
                    throw new PictureException(name, $"the PNG file is damaged: a pixel is entry {samples[s]} of {palette.Length / 3} colours.");
                palette.Slice(entry, 3).CopyTo(pixels.AsSpan(to));
            }
            else if (h.Channels >= 3)
            {
                samples.Slice(s, 3).CopyTo(pixels.AsSpan(to));
            }
            else
            {
                pixels.AsSpan(to, 3).Fill(samples[s]);
            }
        }
    }

    private static PictureException CutShort(string name, Exception? e = null) => new(name, "the PNG file is cut short.", e);
}
