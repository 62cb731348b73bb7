using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>A colour, in units of 0..255, that is subtracted from every pixel.</summary>
/// <param name="Red">Subtracted from the red values.</param>
/// <param name="Green">Subtracted from the green values.</param>
/// <param name="Blue">Subtracted from the blue values.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RgbMean(float Red, float Green, float Blue)
{
    /// <summary>The mean colour of ImageNet's training pictures: 123.68, 116.78, 103.94.</summary>
    public static RgbMean ImageNet { get; } = new(123.68f, 116.78f, 103.94f);
}
