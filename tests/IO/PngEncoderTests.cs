using StbImageSharp;
using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PngEncoderTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 200)]
    [InlineData(257, 31)]
    public void StbImage_and_our_decoder_read_back_what_was_written(int width, int height)
    {
        Picture picture = TestPictures.Pattern(width, height);
        byte[] png = PngEncoder.Encode(picture);
        ImageResult decoded = ImageResult.FromMemory(png, ColorComponents.RedGreenBlue);
        Assert.Equal((width, height), (decoded.Width, decoded.Height));
        Assert.Equal(picture.Pixels, decoded.Data);
        PictureAssert.Close(picture, PictureDecoder.Decode(png, "png"), 0); // which checks the chunks' checksums; StbImage does not
    }

    [Fact]
    public void One_colour_takes_little_room() =>
        Assert.InRange(PngEncoder.Encode(TestPictures.Make(200, 200, (_, _) => (1, 2, 3))).Length, 60, 1000);
}
