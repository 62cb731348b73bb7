using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>RGB bytes of a scaled picture, row by row, in an array or in memory that <paramref name="held"/> keeps mapped until this is disposed.</summary>
internal readonly ref struct ScaledPixels(ReadOnlySpan<byte> bytes, int width, int height, SafeHandle? held = null)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public static ScaledPixels Of(Picture picture) => new(picture.Pixels, picture.Width, picture.Height);

    public void Dispose() => held?.DangerousRelease();
}
