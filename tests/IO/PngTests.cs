using StbImageSharp;
using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PngTests
{
    public static TheoryData<int, int> Kinds { get; } = new()
    {
        { 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 8 }, { 0, 16 }, { 2, 8 }, { 2, 16 },
        { 3, 1 }, { 3, 2 }, { 3, 4 }, { 3, 8 }, { 4, 8 }, { 4, 16 }, { 6, 8 }, { 6, 16 },
    };

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("grey.png")]
    [InlineData("bits.png")]
    [InlineData("palette-256.png")]
    [InlineData("palette-16.png")]
    [InlineData("palette-4.png")]
    [InlineData("rgb-alpha.png")]
    [InlineData("grey-alpha.png")]
    [InlineData("grey-16.png")]
    public void A_PNG_is_read_as_Pillow_reads_it(string name) =>
        PictureAssert.Close(PictureDecoder.Decode(TestFiles.Picture(name + ".expected.ppm")), PictureDecoder.Decode(TestFiles.Picture(name)), 0);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_PNG_is_read_as_StbImage_reads_it(int colourType, int depth)
    {
        var random = new Random(100 + (colourType * 17) + depth);
        foreach ((int width, int height) in new[] { (1, 1), (2, 3), (5, 1), (1, 9), (8, 8), (13, 21), (33, 17) })
        {
            foreach (bool interlaced in new[] { false, true })
            {
                byte[] png = PngWriter.Random(width, height, depth, colourType, interlaced, random);
                ImageResult theirs = ImageResult.FromMemory(png, StbImageSharp.ColorComponents.RedGreenBlue);
                // StbImage cuts 16 bits off to 8, we round.
                PictureAssert.Close(new Picture(theirs.Width, theirs.Height, theirs.Data), PictureDecoder.Decode(png, "random"), depth == 16 ? 1 : 0);
            }
        }
    }

    [Fact]
    public void A_PNG_with_an_orientation_is_turned_upright()
    {
        byte[] header = PngWriter.Header(2, 1, 8, 2, interlaced: false);
        byte[] png =
        [
            .. PngWriter.Signature, .. PngWriter.Chunk("IHDR", header), .. PngWriter.Chunk("eXIf", TurboJpegEncoder.Tiff(6, little: true)),
            .. PngWriter.Chunk("IDAT", PngWriter.Deflate([0, 1, 2, 3, 4, 5, 6])), .. PngWriter.Chunk("IEND", []),
        ];
        Picture picture = PictureDecoder.Decode(png, "turned");
        Assert.Equal((1, 2), (picture.Width, picture.Height));
        Assert.Equal<byte>([1, 2, 3, 4, 5, 6], picture.Pixels);
    }

    [Fact]
    public void A_PNG_cut_short_at_any_byte_is_refused()
    {
        byte[] png = File.ReadAllBytes(TestFiles.Picture("palette-256.png"));
        for (int length = 0; length < png.Length; length++)
            Assert.False(PictureAssert.DecodesOrIsRefused(png.AsSpan(0, length)), $"{length} bytes were taken for a picture");
    }

    [Fact]
    public void A_PNG_with_a_changed_byte_is_refused()
    {
        byte[] png = File.ReadAllBytes(TestFiles.Picture("rgb-alpha.png"));
        for (int i = 0; i < png.Length; i++)
        {
            byte[] damaged = [.. png];
            damaged[i] ^= 0x10;
            Assert.False(PictureAssert.DecodesOrIsRefused(damaged), $"byte {i} was changed and the picture taken");
        }
    }

    [Fact]
    public void Random_data_with_right_checksums_never_crash()
    {
        var random = new Random(4711);
        int pictures = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] header = PngWriter.Header(random.Next(1, 40), random.Next(1, 40), 1 << random.Next(5), random.Next(7), random.Next(2) == 1);
            if (random.Next(4) == 0)
                header[random.Next(13)] = (byte)random.Next(256);
            var palette = new byte[3 * random.Next(0, 40)];
            byte[] rows = new byte[random.Next(4000)];
            for (int k = 0; k < rows.Length; k++)
                rows[k] = (byte)random.Next(5);
            byte[] packed = PngWriter.Deflate(rows);
            if (random.Next(3) == 0)
                packed[random.Next(packed.Length)] ^= (byte)(1 << random.Next(8));
            if (PictureAssert.DecodesOrIsRefused(PngWriter.Assemble(header, palette, packed)))
                pictures++;
        }

        Assert.InRange(pictures, 0, 2000);
    }

    [Fact]
    public void A_small_file_that_asks_for_a_huge_picture_is_refused_before_memory_is_taken()
    {
        byte[] png = PngWriter.Assemble(PngWriter.Header(10_000, 10_000, 8, 2, interlaced: false), [], PngWriter.Deflate(new byte[100]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PictureException>(() => PictureDecoder.Decode(png, "bomb"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Data_that_inflate_to_more_than_the_picture_are_refused_without_being_inflated()
    {
        byte[] packed = PngWriter.Deflate(new byte[50_000_000]);
        byte[] png = PngWriter.Assemble(PngWriter.Header(4, 4, 8, 2, interlaced: false), [], packed);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PictureException>(() => PictureDecoder.Decode(png, "bomb"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData(0, 5, "0x5")]
    [InlineData(40_000, 5, "larger than the limit")]
    [InlineData(20_000, 20_000, "larger than the limit")]
    [InlineData(-1, -1, "larger than the limit")]
    public void Impossible_sides_are_refused(int width, int height, string part)
    {
        byte[] png = PngWriter.Assemble(PngWriter.Header(width, height, 8, 2, interlaced: false), [], PngWriter.Deflate([0]));
        PictureException e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(png, "sides"));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pixel_outside_the_palette_is_refused()
    {
        byte[] png = PngWriter.Assemble(PngWriter.Header(1, 1, 8, 3, interlaced: false), [1, 2, 3], PngWriter.Deflate([0, 1]));
        PictureException e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(png, "index"));
        Assert.Contains("entry 1 of 1 colours", e.Message, StringComparison.Ordinal);
    }
}
