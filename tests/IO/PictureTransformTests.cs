using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PictureTransformTests
{
    [Theory]
    [InlineData(37, 23, 10)]
    [InlineData(23, 37, 10)]
    [InlineData(9, 7, 16)]
    [InlineData(300, 200, 24)]
    [InlineData(64, 64, 64)]
    [InlineData(61, 60, 59)]
    public void Scaling_agrees_with_Pillow_to_one_step(int width, int height, int size)
    {
        // Pillow rounds to 8 bits between its two passes, we only at the end.
        Picture expected = PictureDecoder.Decode(TestFiles.Picture($"scale-{width}x{height}-to-{size}.ppm"));
        PictureAssert.Close(expected, PictureTransform.ResizeAndCrop(TestPictures.Pattern(width, height), size), 1);
    }

    [Fact]
    public void A_fine_checkerboard_becomes_its_mean_and_not_a_moire()
    {
        Picture board = TestPictures.Make(1000, 800, (x, y) => (x + y) % 2 == 0 ? (255, 255, 255) : (0, 0, 0));
        foreach (byte b in PictureTransform.ResizeAndCrop(board, 75).Pixels)
            Assert.InRange(b, 125, 130);
    }

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(1, 500, 8)]
    [InlineData(5000, 1, 8)]
    [InlineData(3, 2, 1)]
    [InlineData(640, 481, 227)]
    public void One_colour_stays_that_colour_at_any_size(int width, int height, int size)
    {
        Picture plain = TestPictures.Make(width, height, (_, _) => (255, 77, 1));
        Picture scaled = PictureTransform.ResizeAndCrop(plain, size);
        PictureAssert.Close(TestPictures.Make(size, size, (_, _) => (255, 77, 1)), scaled, 0);
    }

    [Fact]
    public void The_middle_is_kept()
    {
        // At scale 1: columns 3..6 of 0..10 (an odd remainder of 7: three go left, four right).
        Picture wide = TestPictures.Make(11, 4, (x, y) => (x, y, 0));
        PictureAssert.Close(TestPictures.Make(4, 4, (x, y) => (x + 3, y, 0)), PictureTransform.ResizeAndCrop(wide, 4), 0);
    }

    [Fact]
    public void Planes_are_red_green_blue_with_the_mean_subtracted()
    {
        var picture = new Picture(2, 1, [1, 2, 3, 4, 5, 6]);
        var planes = new float[6];
        PictureTransform.ToPlanar(picture, RgbMean.ImageNet, planes);
        Assert.Equal([1 - 123.68f, 4 - 123.68f, 2 - 116.78f, 5 - 116.78f, 3 - 103.94f, 6 - 103.94f], planes);
        Assert.Throws<ArgumentException>(() => PictureTransform.ToPlanar(picture, default, new float[7]));
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        var picture = new Picture(1, 1, new byte[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureTransform.ResizeAndCrop(picture, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureTransform.ResizeAndCrop(picture, 4097));
    }
}
