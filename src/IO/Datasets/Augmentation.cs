namespace AlexNetCuda.IO;

/// <summary>
/// How training pictures are varied, as the 2012 paper does it and a little beyond; each variation can be left out. What is drawn depends on the seed, the epoch and the
/// picture alone, and a variation that is switched on or off does not change what the others draw.
/// </summary>
public sealed record Augmentation
{
    /// <summary>No variation: the square in the middle, as it is.</summary>
    public static Augmentation None { get; } = new() { RandomCrop = false, Mirror = false };

    /// <summary>Whether the square is cut out anywhere in the scaled picture, each place as likely; else in its middle.</summary>
    public bool RandomCrop { get; init; } = true;

    /// <summary>Whether every other picture, by chance, is mirrored left to right. To be switched off where that changes the class (digits, letters).</summary>
    public bool Mirror { get; init; } = true;

    /// <summary>The colours that all pixels of a picture are shifted along; null: no shift.</summary>
    public PrincipalColours? Colours { get; init; }

    /// <summary>The standard deviation of the factors of the shift, 0.1 in the paper.</summary>
    public double ColourSigma { get; init; } = 0.1;

    /// <summary>0: none. Otherwise the square that is cut out is larger or smaller than the input by a factor of 1 - this to 1 + this, uniformly (at most 0.9), and is
    /// scaled to it (bilinear). What lies outside the picture repeats its edge.</summary>
    public double ScaleJitter { get; init; }

    /// <summary>0: none. Otherwise the square is turned by an angle of up to so many degrees either way, uniformly (at most 180), bilinear. What lies outside the picture
    /// repeats its edge.</summary>
    public double RotationDegrees { get; init; }

    internal bool IsAffine => ScaleJitter > 0 || RotationDegrees > 0;

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="ArgumentException">A number is out of range; the message says which.</exception>
    public void Validate()
    {
        if (!(ColourSigma is >= 0 and <= 10)) throw Wrong($"{nameof(ColourSigma)} is {ColourSigma}: it must be 0 to 10");
        if (!(ScaleJitter is >= 0 and <= 0.9)) throw Wrong($"{nameof(ScaleJitter)} is {ScaleJitter}: it must be 0 to 0.9");
        if (!(RotationDegrees is >= 0 and <= 180)) throw Wrong($"{nameof(RotationDegrees)} is {RotationDegrees}: it must be 0 to 180");

        static ArgumentException Wrong(FormattableString what) => new("Augmentation: " + FormattableString.Invariant(what) + ".");
    }
}
