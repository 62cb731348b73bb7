using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace AlexNetCuda.IO.Tests;

/// <summary>Writes PNGs of every kind from random rows (all filters in turn), and damaged ones with right checksums.</summary>
internal static class PngWriter
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static readonly byte[] Signature = [137, 80, 78, 71, 13, 10, 26, 10];

    /// <summary>A picture whose filtered bytes are random: what it shows is whatever they mean.</summary>
    public static byte[] Random(int width, int height, int depth, int colourType, bool interlaced, Random random)
    {
        byte[] palette = [];
        if (colourType == 3)
        {
            palette = new byte[3 << depth];
            random.NextBytes(palette);
        }

        int bits = depth * colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var rows = new List<byte>();
        foreach ((int x, int y, int stepX, int stepY) in interlaced ? Adam7 : [(0, 0, 1, 1)])
        {
            int columns = (width - x + stepX - 1) / stepX, lines = (height - y + stepY - 1) / stepY;
            for (int line = 0; line < lines && columns > 0; line++)
            {
                var row = new byte[((columns * bits) + 7) / 8];
                random.NextBytes(row);
                rows.Add((byte)(line % 5));
                rows.AddRange(row);
            }
        }

        return Assemble(Header(width, height, depth, colourType, interlaced), palette, Deflate([.. rows]));
    }

    public static byte[] Header(int width, int height, int depth, int colourType, bool interlaced)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colourType, interlaced ? (byte)1 : (byte)0);
        return header;
    }

    public static byte[] Deflate(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(rows);
        return packed.ToArray();
    }

    public static byte[] Assemble(byte[] header, byte[] palette, byte[] packed)
    {
        // Two IDAT chunks: their bytes are one stream.
        int half = packed.Length / 2;
        return
        [
            .. Signature, .. Chunk("IHDR", header), .. palette.Length > 0 ? Chunk("PLTE", palette) : [],
            .. Chunk("IDAT", packed[..half]), .. Chunk("tEXt", "key\0text"u8.ToArray()), .. Chunk("IDAT", packed[half..]), .. Chunk("IEND", []),
        ];
    }

    public static byte[] Chunk(string type, byte[] body)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. body];
        var chunk = new byte[body.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        typed.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(body.Length + 8), Crc(typed));
        return chunk;
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        return ~crc;
    }
}
