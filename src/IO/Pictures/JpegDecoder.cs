namespace AlexNetCuda.IO;

/// <summary>JPEG by TurboJPEG, scaled down while decoding where that is asked for, to upright 8-bit RGB.</summary>
internal static class JpegDecoder
{
    public static Picture Decode(ReadOnlySpan<byte> jpeg, string name, int minimumShorterSide)
    {
        TurboJpegLibrary library = TurboJpegLibrary.Instance;
        JpegMarkers markers = JpegMarkers.Read(jpeg);
        using var decompressor = new TurboJpegDecompressor(library);
        (int fullWidth, int fullHeight, bool isCmyk) = decompressor.ReadHeader(jpeg, name);
        PictureLimits.Check(fullWidth, fullHeight, name);

        TurboJpegScale scale = ChooseScale(library.Scales, Math.Min(fullWidth, fullHeight), minimumShorterSide);
        int width = scale.Of(fullWidth), height = scale.Of(fullHeight);
        var pixels = new byte[3 * width * height];
        if (isCmyk)
        {
            var cmyk = new byte[4 * width * height];
            decompressor.Decompress(jpeg, cmyk, width, height, TurboJpegDecompressor.Cmyk, name);
            CmykToRgb(cmyk, pixels, inverted: markers.Adobe);
        }
        else
        {
            decompressor.Decompress(jpeg, pixels, width, height, TurboJpegDecompressor.Rgb, name);
        }

        return ExifOrientation.Apply(new Picture(width, height, pixels), markers.Orientation);
    }

    /// <summary>The smallest scale, at most 1, that leaves the shorter side no smaller than what is wanted.</summary>
    public static TurboJpegScale ChooseScale(ReadOnlySpan<TurboJpegScale> scales, int shorterSide, int minimumShorterSide)
    {
        var best = new TurboJpegScale(1, 1);
        if (minimumShorterSide == 0)
            return best;
        foreach (TurboJpegScale scale in scales)
        {
            bool smaller = (long)scale.Num * best.Denom < (long)best.Num * scale.Denom;
            if (smaller && scale.Of(shorterSide) >= minimumShorterSide)
                best = scale;
        }

        return best;
    }

    /// <summary>Without a colour profile: each ink takes away its share of the light. Adobe stores 255 - ink, as nearly every CMYK JPEG
    /// does.</summary>
    private static void CmykToRgb(ReadOnlySpan<byte> cmyk, Span<byte> rgb, bool inverted)
    {
        int flip = inverted ? 0 : 255;
        for (int s = 0, t = 0; t < rgb.Length; s += 4, t += 3)
        {
            int light = cmyk[s + 3] ^ flip;
            for (int c = 0; c < 3; c++)
                rgb[t + c] = (byte)((((cmyk[s + c] ^ flip) * light) + 127) / 255);
        }
    }
}
