using System.Runtime.InteropServices;
using AlexNetCuda.Initialization;

namespace AlexNetCuda.IO;

/// <summary>
/// What chance gives a picture in an epoch. Every number has its own word of the stream (seed, "augmentation", epoch, picture), whether it is used or not.
/// </summary>
/// <param name="X">Where from left (0) to right (below 1) the square is.</param>
/// <param name="Y">Where from top (0) to bottom (below 1) it is.</param>
/// <param name="Mirror">Whether it is mirrored.</param>
/// <param name="Scale">-1 to below 1: how much larger the square is, in units of the most.</param>
/// <param name="Angle">-1 to below 1: how far it is turned, in units of the most.</param>
/// <param name="Colour0">A standard normal number: the first component's factor.</param>
/// <param name="Colour1">Likewise of the second.</param>
/// <param name="Colour2">Likewise of the third.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AugmentationDraw(double X, double Y, bool Mirror, double Scale, double Angle, double Colour0, double Colour1, double Colour2)
{
    private const double WordRange = 4294967296.0;
    private static readonly uint Stream = Philox.Hash("augmentation");

    public static AugmentationDraw Of(ulong seed, long epoch, int picture)
    {
        (uint x, uint y, uint mirror, uint scale) = Block(0);
        (uint angle, _, _, _) = Block(1);
        (uint radius0, uint angle0, uint radius1, uint angle1) = Block(2);
        (double colour0, double colour1) = BoxMuller(radius0, angle0);
        (double colour2, _) = BoxMuller(radius1, angle1);
        return new AugmentationDraw(x / WordRange, y / WordRange, mirror >= 1u << 31, Signed(scale), Signed(angle), colour0, colour1, colour2);

        (uint, uint, uint, uint) Block(long number) => Philox.Block(seed, (number << 32) | (uint)picture, Stream, (uint)epoch);
    }

    private static double Signed(uint word) => (word / (WordRange / 2)) - 1;

    private static (double, double) BoxMuller(uint word0, uint word1)
    {
        // (word + 1) / 2^32 is in (0, 1]: the logarithm is finite.
        double radius = Math.Sqrt(-2 * Math.Log((word0 + 1.0) / WordRange));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * (word1 / WordRange));
        return (radius * cos, radius * sin);
    }
}
