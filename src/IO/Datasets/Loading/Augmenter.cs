namespace AlexNetCuda.IO;

/// <summary>Writes a picture as an epoch's chance has it: the draw turned into a place, a mirror, a colour, a square.</summary>
internal sealed class Augmenter(Augmentation augmentation, PixelWriter writer, ulong seed)
{
    public void Write(in ScaledPixels picture, long epoch, int index, Span<float> image)
    {
        AugmentationDraw draw = AugmentationDraw.Of(seed, epoch, index);
        bool mirror = augmentation.Mirror && draw.Mirror;
        ColourShift shift = ShiftOf(draw);
        if (augmentation.IsAffine)
        {
            writer.Write(picture, SquareOf(draw, picture.Width, picture.Height), mirror, shift, image);
            return;
        }

        int acrossBy = picture.Width - writer.Size, downBy = picture.Height - writer.Size;
        int left = augmentation.RandomCrop ? (int)(draw.X * (acrossBy + 1)) : acrossBy / 2;
        int top = augmentation.RandomCrop ? (int)(draw.Y * (downBy + 1)) : downBy / 2;
        writer.Write(picture, left, top, mirror, shift, image);
    }

    private ColourShift ShiftOf(in AugmentationDraw draw)
    {
        if (augmentation.Colours is not { } colours) return default;
        double sigma = augmentation.ColourSigma, f0 = sigma * draw.Colour0, f1 = sigma * draw.Colour1, f2 = sigma * draw.Colour2;
        return new ColourShift(colours.Shift(0, f0, f1, f2), colours.Shift(1, f0, f1, f2), colours.Shift(2, f0, f1, f2));
    }

    private AffineSquare SquareOf(in AugmentationDraw draw, int width, int height)
    {
        double scale = 1 + (augmentation.ScaleJitter * draw.Scale), side = scale * writer.Size;
        (double sin, double cos) = Math.SinCos(draw.Angle * augmentation.RotationDegrees * (Math.PI / 180));
        return new AffineSquare(
            Centre(width, augmentation.RandomCrop ? draw.X : 0.5), Centre(height, augmentation.RandomCrop ? draw.Y : 0.5), scale * cos, scale * sin);

        // Anywhere the square, before it is turned, lies inside; the middle where it is larger than the picture.
        double Centre(int length, double place) => ((length - 1) / 2.0) + (Math.Max(0, length - side) * (place - 0.5));
    }
}
