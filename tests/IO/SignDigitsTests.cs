using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.IO.Tests;

/// <summary>Real photographs from a phone, beside the repository on some machines.</summary>
public class SignDigitsTests
{
    [Fact]
    public void All_1551_photographs_are_decoded_and_nothing_else_is_taken_for_one()
    {
        string folder = TestFiles.SignDigits();
        TurboJpegEncoder.SkipIfAbsent();
        var watch = Stopwatch.StartNew();
        PictureSet set = PictureSet.Load(folder, 227);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
        Assert.Equal(1551, set.Count);
        Assert.Empty(set.Skipped);

        var data = new float[3 * 227 * 227];
        set.CopyBatch(1550, 1, data);
        Assert.All(data, v => Assert.InRange(v, -123.68f, 255 - 103.94f));
        Assert.True(data.Max() - data.Min() > 50, "the photograph is nearly one colour");
    }

    [Fact]
    public void The_large_photograph_is_turned_upright_and_decoded_small()
    {
        string path = Path.Combine(TestFiles.SignDigits(), "7", "IMG_5874.JPG");
        TurboJpegEncoder.SkipIfAbsent();
        Assert.Equal(6, JpegMarkers.Read(File.ReadAllBytes(path)).Orientation);
        Picture small = PictureDecoder.Decode(path, 227), whole = PictureDecoder.Decode(path);
        Assert.Equal((378, 378), (small.Width, small.Height));
        Assert.Equal((3024, 3024), (whole.Width, whole.Height));
        PictureAssert.Close(PictureTransform.ResizeAndCrop(whole, 64), PictureTransform.ResizeAndCrop(small, 64), 12);
    }
}
