namespace AlexNetCuda.IO;

/// <summary>What a header may ask for. Checked before anything of that size is allocated, since a header of a few bytes can ask for
/// anything.</summary>
internal static class PictureLimits
{
    public const int MaxSide = 32_768;
    public const long MaxPixels = 100_000_000;
    public const long MaxFileBytes = 512L << 20;

    /// <summary>Of a square made of a picture.</summary>
    public const int MaxSize = 4_096;

    /// <summary>Throws when a picture of these sides would be empty or too large.</summary>
    public static void Check(long width, long height, string name)
    {
        if (width < 1 || height < 1)
            throw new PictureException(name, $"its header says {width}x{height}: it has no pixels.");
        if (width > MaxSide || height > MaxSide || width * height > MaxPixels)
        {
            throw new PictureException(name,
                $"its header says {width}x{height}: larger than the limit of {MaxSide} a side and {MaxPixels / 1_000_000} megapixels.");
        }
    }
}
