using System.Globalization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary>How pictures are varied, as text: <c>crop,mirror,colour=0.1,scale=0.1,rotate=10</c>, each only where it is named, or <c>none</c>.</summary>
internal static class AugmentationText
{
    public const string Default = "crop,mirror,scale=0.1,rotate=10", Forms = "none, or some of: crop, mirror, colour=SIGMA, scale=SHARE, rotate=DEGREES";

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="colours">The colours to shift along; asked for only where they are needed.</param>
    /// <exception cref="ArgumentException">The text has another form, or a number is out of its range.</exception>
    public static Augmentation Parse(string text, Func<PrincipalColours> colours)
    {
        Augmentation result = Augmentation.None;
        if (text == "none") return result;
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=');
            double? number = pair.Length == 2 && double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
            result = (pair[0], pair.Length, number) switch
            {
                ("crop", 1, _) => result with { RandomCrop = true },
                ("mirror", 1, _) => result with { Mirror = true },
                ("colour", 1, _) => result with { Colours = colours() },
                ("colour", 2, { } sigma) => result with { Colours = colours(), ColourSigma = sigma },
                ("scale", 2, { } share) => result with { ScaleJitter = share },
                ("rotate", 2, { } degrees) => result with { RotationDegrees = degrees },
                _ => throw new ArgumentException($"'{part}' is no way to vary pictures. There is {Forms}."),
            };
        }

        result.Validate();
        return result;
    }
}
