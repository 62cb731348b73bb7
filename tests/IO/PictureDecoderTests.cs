using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PictureDecoderTests
{
    [Fact]
    public void The_first_bytes_count_and_not_the_name()
    {
        using var folder = new TempFolder();
        string path = folder.Add("really-a-ppm.jpg", "P3 1 1 255 1 2 3"u8);
        Assert.Equal<byte>([1, 2, 3], PictureDecoder.Decode(path).Pixels);
        path = folder.Add("really-a-png.ppm", File.ReadAllBytes(TestFiles.Picture("rgb.png")));
        Assert.Equal(21, PictureDecoder.Decode(path).Width);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\u00FF", "not a JPEG, PNG or PPM")]
    [InlineData("Apache License", "not a JPEG, PNG or PPM")]
    [InlineData("GIF89a", "not a JPEG, PNG or PPM")]
    public void A_file_that_is_no_picture_is_named_and_refused(string content, string part)
    {
        using var folder = new TempFolder();
        string path = folder.Add("photo.jpg", System.Text.Encoding.Latin1.GetBytes(content));
        PictureException e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(path));
        Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Equal((path, e.Message[(path.Length + 2)..]), (e.Path, e.Reason));
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        using var folder = new TempFolder();
        PictureException e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(Path.Combine(folder.Path, "none.jpg")));
        Assert.Contains("there is no such file", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(folder.Path));
        Assert.Contains("it is a folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_file_that_is_no_picture_is_refused_without_being_read()
    {
        using var folder = new TempFolder();
        string path = folder.Add("film.jpg", "RIFF"u8);
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(200 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PictureException>(() => PictureDecoder.Decode(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);

        using (FileStream file = File.OpenWrite(path))
            file.SetLength(600L << 20);
        PictureException e = Assert.Throws<PictureException>(() => PictureDecoder.Decode(path));
        Assert.Contains("512 MiB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_behind_every_signature_never_crash()
    {
        var random = new Random(3);
        byte[][] signatures = [[0xFF, 0xD8, 0xFF], PngWriter.Signature, [.. "P6 3 3 255\n"u8], [.. "P3 3 3 255\n"u8], []];
        TurboJpegEncoder.SkipIfAbsent();
        for (int i = 0; i < 20_000; i++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            PictureAssert.DecodesOrIsRefused([.. signatures[i % signatures.Length], .. noise]);
        }
    }

    [Fact]
    public void A_picture_checks_the_number_of_its_bytes()
    {
        Assert.Throws<ArgumentException>(() => new Picture(2, 2, new byte[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Picture(0, 2, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureDecoder.Decode("x.jpg", -1));
    }
}
