namespace AlexNetCuda.IO;

/// <summary>Decodes JPEG, PNG and PPM (P3, P6) to 8-bit RGB. What a file is is told by its first bytes, never by its name.</summary>
/// <remarks>
/// <para>JPEG: through libjpeg-turbo; grey and CMYK become RGB; the EXIF orientation is applied. Any warning of the library (a premature
/// end,
/// corrupt data) is an error here. PNG: all colour types and depths, 16 bits rounded to 8; alpha is ignored, so a transparent pixel
/// keeps the colour stored under it. PPM: any maximum value, scaled to 0..255. Colour profiles and gamma are ignored everywhere.</para>
/// <para>A picture may have at most 32,768 pixels a side and 100 megapixels, and a file 512 MiB.</para>
/// <para>All methods are thread-safe.</para>
/// </remarks>
public static class PictureDecoder
{
    private const int MagicBytes = 8;

    private enum Format
    {
        Unknown,
        Jpeg,
        Png,
        Ppm,
    }

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="minimumShorterSide">0: decode at full size. Otherwise the caller is going to scale the picture down to about this many
    /// pixels (of its shorter side): a larger JPEG is then decoded at the smallest of the sizes libjpeg-turbo can reach (eighths of
    /// the full size) whose shorter side is no smaller than this, which is much faster. Other formats ignore it.</param>
    /// <returns>The upright picture.</returns>
    /// <exception cref="PictureException">The file cannot be read, is no JPEG, PNG or PPM, is damaged, cut short or too large.</exception>
    /// <exception cref="TurboJpegNotFoundException">The file is a JPEG and libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumShorterSide"/> is negative.</exception>
    public static Picture Decode(string path, int minimumShorterSide = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(minimumShorterSide);
        return Decode(ReadFile(path), path, minimumShorterSide);
    }

    /// <summary>Decodes the bytes of a picture file.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="minimumShorterSide">As for a file: 0 for full size, else the shorter side the caller needs at least.</param>
    /// <returns>The upright picture.</returns>
    /// <exception cref="PictureException">The bytes are no JPEG, PNG or PPM, are damaged, cut short or too large.</exception>
    /// <exception cref="TurboJpegNotFoundException">They are a JPEG and libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumShorterSide"/> is negative.</exception>
    public static Picture Decode(ReadOnlySpan<byte> data, string name, int minimumShorterSide = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(minimumShorterSide);
        return Recognise(data, name) switch
        {
            Format.Jpeg => JpegDecoder.Decode(data, name, minimumShorterSide),
            Format.Png => PngDecoder.Decode(data, name),
            _ => PpmDecoder.Decode(data, name),
        };
    }

    private static Format Recognise(ReadOnlySpan<byte> data, string name)
    {
        if (data.IsEmpty)
            throw new PictureException(name, "the file is empty.");
        if (data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return Format.Jpeg;
        if (data.StartsWith(PngDecoder.Signature))
            return Format.Png;
        if (data.Length >= 3 && data[0] == 'P' && data[1] is (byte)'3' or (byte)'6' && PpmDecoder.IsSpaceOrComment(data[2]))
            return Format.Ppm;
        throw new PictureException(name, "it is not a JPEG, PNG or PPM (P3 or P6) picture.");
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            long length = file.Length;
            if (length > PictureLimits.MaxFileBytes)
                throw new PictureException(path, $"the file has {length} bytes; the limit is {PictureLimits.MaxFileBytes >> 20} MiB.");

            // A large file that is no picture is refused by its first bytes, before the rest is read.
            Span<byte> magic = stackalloc byte[MagicBytes];
            magic = magic[..file.ReadAtLeast(magic, MagicBytes, throwOnEndOfStream: false)];
            Recognise(magic, path);

            var data = new byte[Math.Max(length, magic.Length)];
            magic.CopyTo(data);
            file.ReadExactly(data, magic.Length, data.Length - magic.Length);
            return data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new PictureException(path, Explain(e), e);
        }
    }

    private static string Explain(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        EndOfStreamException => "the file became shorter while it was read.",
        UnauthorizedAccessException => "it is a folder, or may not be read.",
        _ => $"it cannot be read: {e.Message}",
    };
}
