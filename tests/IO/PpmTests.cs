using System.Text;
using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PpmTests
{
    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);

    private static Picture Decode(string text) => PictureDecoder.Decode(Ascii(text), "test.ppm");

    [Fact]
    public void Text_with_comments_anywhere_is_read()
    {
        Picture picture = Decode("P3# by hand\n2 # wide\r\n #\n 2\t255\n1 2 3  4 5 6 # second row\n7 8 9\n255 0 128");
        Assert.Equal((2, 2), (picture.Width, picture.Height));
        Assert.Equal<byte>([1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 0, 128], picture.Pixels);
    }

    [Fact]
    public void The_example_of_the_netpbm_manual_is_read()
    {
        Picture picture = Decode("P3\n# feep.ppm\n4 4\n15\n 0  0  0    0  0  0    0  0  0   15  0 15\n 0  0  0    0 15  7    0  0  0    0  0  0\n"
            + " 0  0  0    0  0  0    0 15  7    0  0  0\n15  0 15    0  0  0    0  0  0    0  0  0\n");
        Assert.Equal<byte>([255, 0, 255], picture.Pixels[9..12]);
        Assert.Equal<byte>([0, 255, 119], picture.Pixels[15..18]);
    }

    [Fact]
    public void Binary_samples_may_look_like_comments_and_space() =>
        Assert.Equal<byte>([10, 35, 32, 9, 13, 80], Decode("P6 2 1 255\n\n# \t\rP").Pixels);

    [Theory]
    [InlineData("P6 1 1 1\n\0\u0001\0", 0, 255, 0)]
    [InlineData("P6 1 1 100\n\u0032\u0064\0", 128, 255, 0)]
    [InlineData("P6 1 1 65535\n\u0080\0\u00FF\u00FF\0\u0001", 128, 255, 0)]
    [InlineData("P6 1 1 256\n\u0001\0\0\u0080\0\0", 255, 128, 0)]
    [InlineData("P3 1 1 65535\n65535 32896 0", 255, 128, 0)]
    public void Any_maximum_value_is_scaled_to_255(string ppm, int red, int green, int blue) =>
        Assert.Equal<byte>([(byte)red, (byte)green, (byte)blue], Decode(ppm).Pixels);

    [Theory]
    [InlineData("P6 2 2 255\n12345678901", "cut short")]
    [InlineData("P6 2 2", "cut short")]
    [InlineData("P6 2 2 255", "cut short")]
    [InlineData("P6 0 2 255\n", "no pixels")]
    [InlineData("P6 -1 2 255\n", "width is not a number")]
    [InlineData("P6 x 2 255\n", "width is not a number")]
    [InlineData("P6 99999999999999999999 2 255\n", "width is too large")]
    [InlineData("P6 40000 1 255\n", "larger than the limit")]
    [InlineData("P6 30000 30000 255\n", "larger than the limit")]
    [InlineData("P6 10000 10000 255\n1234", "cut short")]
    [InlineData("P6 1 1 0\n123", "maximum value of 0")]
    [InlineData("P6 1 1 65536\n123456", "maximum value of 65536")]
    [InlineData("P6 1 1 100\n\u0065\0\0", "a sample is 101")]
    [InlineData("P3 1 1 255\n1 2 256", "a sample is 256")]
    [InlineData("P3 1 1 255\n1 2 x", "sample is not a number")]
    [InlineData("P3 1 1 255\n1 2 # 3", "cut short")]
    [InlineData("P5 1 1 255\n1", "not a JPEG, PNG or PPM")]
    [InlineData("P", "not a JPEG, PNG or PPM")]
    [InlineData("Pretty", "not a JPEG, PNG or PPM")]
    public void Bad_files_are_refused_with_the_reason(string ppm, string part)
    {
        PictureException e = Assert.Throws<PictureException>(() => Decode(ppm));
        Assert.StartsWith("test.ppm: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_PPM_cut_short_at_any_byte_is_refused()
    {
        byte[] binary = TestPictures.ToPpm(TestPictures.Pattern(7, 5));
        for (int length = 0; length < binary.Length; length++)
            Assert.False(PictureAssert.DecodesOrIsRefused(binary.AsSpan(0, length)));

        // Of text, the last number cannot be told from a shorter one.
        byte[] text = Ascii("P3 2 2 255 1 2 3 4 5 6 7 8 9 10 11 200");
        for (int length = 0; length < text.Length - 3; length++)
            Assert.False(PictureAssert.DecodesOrIsRefused(text.AsSpan(0, length)));
    }

    [Fact]
    public void Randomly_changed_files_never_crash()
    {
        var random = new Random(1);
        byte[][] files = [TestPictures.ToPpm(TestPictures.Pattern(7, 5)), Ascii("P3 2 2 255\n1 2 3 4 5 6 7 8 9 10 11 200")];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. files[i % 2]];
            for (int k = random.Next(1, 4); k > 0; k--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            PictureAssert.DecodesOrIsRefused(damaged);
        }
    }
}
