using Xunit;

namespace AlexNetCuda.IO.Tests;

public class JpegTests
{
    [Theory]
    [InlineData("subsampled.jpg", 0)]
    [InlineData("progressive.jpg", 0)]
    [InlineData("grey.jpg", 0)]
    [InlineData("cmyk.jpg", 1)]
    [InlineData("orientation-1.jpg", 0)]
    [InlineData("orientation-2.jpg", 0)]
    [InlineData("orientation-3.jpg", 0)]
    [InlineData("orientation-4.jpg", 0)]
    [InlineData("orientation-5.jpg", 0)]
    [InlineData("orientation-6.jpg", 0)]
    [InlineData("orientation-7.jpg", 0)]
    [InlineData("orientation-8.jpg", 0)]
    public void A_JPEG_is_read_upright_as_Pillow_reads_it(string name, int tolerance)
    {
        TurboJpegEncoder.SkipIfAbsent();
        Picture expected = PictureDecoder.Decode(TestFiles.Picture(name + ".expected.ppm"));
        PictureAssert.Close(expected, PictureDecoder.Decode(TestFiles.Picture(name)), tolerance);
    }

    [Theory]
    [InlineData(TurboJpegEncoder.Subsampling444, 0)]
    [InlineData(TurboJpegEncoder.Subsampling420, 0)]
    [InlineData(TurboJpegEncoder.Subsampling444, TurboJpegEncoder.Progressive)]
    public void What_TurboJPEG_encodes_is_decoded(int subsampling, int flags)
    {
        Picture picture = TestPictures.Smooth(64, 48);
        byte[] jpeg = TurboJpegEncoder.Encode(picture, 98, subsampling, flags);
        PictureAssert.Close(picture, PictureDecoder.Decode(jpeg, "smooth"), 10);
    }

    [Fact]
    public void Grey_JPEGs_become_RGB()
    {
        Picture picture = TestPictures.Make(16, 16, (x, y) => ((x + y) * 8, (x + y) * 8, (x + y) * 8));
        Picture decoded = PictureDecoder.Decode(TurboJpegEncoder.Encode(picture, 98, TurboJpegEncoder.Grey), "grey");
        PictureAssert.Close(picture, decoded, 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CMYK_is_inverted_where_Adobe_wrote_it(bool adobe)
    {
        byte[] cmyk = new byte[4 * 16 * 16];
        for (int i = 0; i < cmyk.Length; i += 4)
            (cmyk[i], cmyk[i + 1], cmyk[i + 2], cmyk[i + 3]) = (255, 128, 0, 204);
        byte[] jpeg = TurboJpegEncoder.EncodeCmyk(cmyk, 16, 16);
        int marker = jpeg.AsSpan().IndexOf("Adobe"u8);
        Assert.True(marker > 0);
        if (!adobe)
        {
            // Without the marker four components are CMYK as they stand, so the colours differ too: only white stays recognisable.
            cmyk.AsSpan().Clear();
            jpeg = TurboJpegEncoder.EncodeCmyk(cmyk, 16, 16);
            int at = jpeg.AsSpan().IndexOf("Adobe"u8) - 4;
            jpeg = [.. jpeg[..at], .. jpeg[(at + 16)..]];
        }

        byte[] pixel = PictureDecoder.Decode(jpeg, "cmyk").Pixels[..3];
        int[] expected = adobe ? [204, 102, 0] : [0, 127, 127];
        for (int c = 0; c < 3; c++)
            Assert.InRange(pixel[c], expected[c] - 3, expected[c] + 3);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 0, 1)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 1, 0)]
    [InlineData(7, 1, 1)]
    [InlineData(8, 0, 1)]
    public void The_stored_top_left_corner_goes_where_the_orientation_says(int orientation, int cornerX, int cornerY)
    {
        // Only the stored top left quarter is white.
        Picture stored = TestPictures.Make(32, 16, (x, y) => x < 16 && y < 8 ? (255, 255, 255) : (0, 0, 0));
        byte[] jpeg = TurboJpegEncoder.Encode(stored);
        foreach (bool little in new[] { false, true })
        {
            Picture upright = PictureDecoder.Decode(TurboJpegEncoder.WithOrientation(jpeg, orientation, little), "turned");
            Assert.Equal(orientation >= 5 ? (16, 32) : (32, 16), (upright.Width, upright.Height));
            for (int y = 0; y < 2; y++)
            {
                for (int x = 0; x < 2; x++)
                {
                    int row = ((2 * y) + 1) * upright.Height / 4, column = ((2 * x) + 1) * upright.Width / 4;
                    Assert.Equal((x, y) == (cornerX, cornerY), upright.Pixels[3 * ((row * upright.Width) + column)] > 128);
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(65535)]
    public void An_orientation_that_does_not_exist_counts_as_upright(int orientation)
    {
        Picture picture = TestPictures.Smooth(24, 16);
        byte[] jpeg = TurboJpegEncoder.Encode(picture);
        Picture odd = PictureDecoder.Decode(TurboJpegEncoder.WithOrientation(jpeg, orientation, little: true), "odd");
        PictureAssert.Close(PictureDecoder.Decode(jpeg, "plain"), odd, 0);
    }

    [Fact]
    public void Random_EXIF_blocks_never_crash()
    {
        var random = new Random(5);
        byte[] tiff = TurboJpegEncoder.Tiff(6, little: false);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] damaged = tiff[..random.Next(tiff.Length + 1)];
            for (int k = random.Next(4); k > 0 && damaged.Length > 0; k--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Assert.InRange(ExifOrientation.Read(damaged), 1, 8);
        }
    }

    [Theory]
    [InlineData(100, 200, 0, 100, 200)]
    [InlineData(100, 200, 100, 100, 200)]
    [InlineData(100, 200, 300, 100, 200)]
    [InlineData(100, 200, 50, 50, 100)]
    [InlineData(100, 200, 51, 63, 125)]
    [InlineData(2000, 1600, 227, 500, 400)]
    [InlineData(2000, 1600, 200, 250, 200)]
    [InlineData(2000, 1600, 1, 250, 200)]
    public void Large_JPEGs_are_decoded_at_the_smallest_size_that_serves(int width, int height, int wanted, int decodedWidth, int decodedHeight)
    {
        byte[] jpeg = TurboJpegEncoder.Encode(TestPictures.Smooth(width, height), subsampling: TurboJpegEncoder.Subsampling420);
        Picture picture = PictureDecoder.Decode(jpeg, "large", wanted);
        Assert.Equal((decodedWidth, decodedHeight), (picture.Width, picture.Height));

        // It shows the same picture: about what scaling the whole one gives.
        Picture whole = PictureTransform.ResizeAndCrop(PictureDecoder.Decode(jpeg, "large"), 32);
        PictureAssert.Close(whole, PictureTransform.ResizeAndCrop(picture, 32), 6);
    }

    [Fact]
    public void A_JPEG_cut_short_at_any_byte_is_refused()
    {
        byte[] plain = TurboJpegEncoder.Encode(TestPictures.Pattern(40, 30), 80, TurboJpegEncoder.Subsampling420);
        byte[] progressive = TurboJpegEncoder.Encode(TestPictures.Pattern(40, 30), 80, flags: TurboJpegEncoder.Progressive);
        foreach (byte[] jpeg in new[] { plain, progressive })
        {
            Assert.True(PictureAssert.DecodesOrIsRefused(jpeg));
            for (int length = 0; length < jpeg.Length; length++)
                Assert.False(PictureAssert.DecodesOrIsRefused(jpeg.AsSpan(0, length)), $"{length} of {jpeg.Length} bytes were taken for a picture");
        }
    }

    [Fact]
    public void A_header_that_asks_for_too_many_pixels_is_refused_before_memory_is_taken()
    {
        byte[] jpeg = TurboJpegEncoder.Encode(TestPictures.Pattern(16, 16));
        int at = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 5;
        (jpeg[at], jpeg[at + 1], jpeg[at + 2], jpeg[at + 3]) = (0x75, 0x30, 0x75, 0x30);
        long before = GC.GetAllocatedBytesForCurrentThread();
        PictureException e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(jpeg, "huge"));
        Assert.Contains("30000x30000", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Tables_without_a_picture_are_refused()
    {
        TurboJpegEncoder.SkipIfAbsent();
        Assert.False(PictureAssert.DecodesOrIsRefused([0xFF, 0xD8, 0xFF, 0xD9]));
        Assert.False(PictureAssert.DecodesOrIsRefused([0xFF, 0xD8, 0xFF]));
    }

    [Fact]
    public void Many_threads_decode_the_same()
    {
        byte[] jpeg = TurboJpegEncoder.Encode(TestPictures.Pattern(40, 30), 80, TurboJpegEncoder.Subsampling420);
        Picture first = PictureDecoder.Decode(jpeg, "one");
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, 400, eight, _ => PictureAssert.Close(first, PictureDecoder.Decode(jpeg, "many"), 0));
    }
}
