using System.Text.Json;
using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

public class PreprocessingTests
{
    private static float[] Normalised(Preprocessing preprocessing, Picture picture, int size = 1)
    {
        var views = new EvaluationViews(1, size, preprocessing with { Resize = Math.Min(picture.Width, picture.Height) });
        var image = new float[views.Length];
        views.Write(picture, image);
        return image;
    }

    private static Picture Colour(int r, int g, int b) => TestPictures.Make(1, 1, (_, _) => (r, g, b));

    [Fact]
    public void Torchvision_makes_of_black_and_white_what_is_known()
    {
        // The range of torchvision's normalised values, as many notebooks print it.
        float[] black = [-2.117904f, -2.0357144f, -1.8044444f], white = [2.2489083f, 2.4285715f, 2.64f];
        Assert.Equal(256, Preprocessing.Torchvision.Resize);
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(black[c], Normalised(Preprocessing.Torchvision, Colour(0, 0, 0))[c], 1e-6);
            Assert.Equal(white[c], Normalised(Preprocessing.Torchvision, Colour(255, 255, 255))[c], 1e-6);
        }
    }

    [Fact]
    public void Caffe_has_blue_first()
    {
        Assert.Equal(256, Preprocessing.Caffe.Resize);
        Assert.Equal([30 - 104.00698793f, 20 - 116.66876762f, 10 - 122.67891434f], Normalised(Preprocessing.Caffe, Colour(10, 20, 30)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(32)]
    public void Every_pixel_of_every_width_has_its_place(int size)
    {
        // A value is pixel * factor + offset, two roundings where (scale * pixel - mean) / deviation has three.
        Picture picture = TestPictures.Pattern(size, size);
        float[] image = Normalised(Preprocessing.Torchvision with { Channels = ChannelOrder.Bgr }, picture, size);
        for (int i = 0; i < size * size; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                double expected = ((picture.Pixels[(3 * i) + 2 - c] / 255.0) - Preprocessing.Torchvision.Mean[c]) / Preprocessing.Torchvision.Deviation[c];
                Assert.Equal(expected, image[(c * size * size) + i], 1e-6);
            }
        }
    }

    [Fact]
    public void A_mean_image_of_the_training_pictures_leaves_a_mean_of_zero()
    {
        Picture[] pictures = [TestPictures.Pattern(30, 24), TestPictures.Pattern(24, 27), TestPictures.Smooth(33, 24)];
        using var data = new MemoryDataset(pictures);
        DatasetStatistics statistics = DatasetStatistics.Compute(data, [0, 1, 2], 24, 20, cancellationToken: TestContext.Current.CancellationToken);
        Preprocessing preprocessing = Preprocessing.Torchvision with { Resize = 24, Channels = ChannelOrder.Bgr };
        preprocessing = preprocessing with { MeanImage = statistics.MeanImage(preprocessing) };
        var sums = new double[3 * 20 * 20];
        foreach (Picture picture in pictures)
        {
            float[] image = Normalised(preprocessing, picture, 20);
            for (int i = 0; i < sums.Length; i++) sums[i] += image[i];
        }

        Assert.All(sums, s => Assert.Equal(0, s, 3e-6)); // three values of up to 4.4, each rounded to 2.4e-7
    }

    [Fact]
    public void A_mean_image_in_JSON_is_exact_and_checked()
    {
        Preprocessing preprocessing = Preprocessing.Caffe with { MeanImage = new MeanImage([1.1f, -0f, float.Epsilon]) };
        string json = JsonSerializer.Serialize(preprocessing);
        Assert.Contains("zcyMPwAAAIABAAAA", json, StringComparison.Ordinal); // cdcc8c3f 00000080 01000000, little-endian
        Preprocessing read = JsonSerializer.Deserialize<Preprocessing>(json)!;
        Assert.Equal(preprocessing.MeanImage.Values.ToArray(), read.MeanImage!.Values.ToArray());
        Assert.Equal(preprocessing.Mean, read.Mean);
        foreach (string bad in new[] { "1", "\"?\"", "\"AAAA\"", "\"AAAAAA==\"", "\"AADAfwAAwH8AAMB/\"", "[]" })
            Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<MeanImage>(bad));
    }

    [Fact]
    public void Views_are_the_middle_the_corners_and_their_mirror_images()
    {
        Picture picture = TestPictures.Make(13, 10, (x, y) => (x, y, 0));
        var views = new EvaluationViews(10, 6, new Preprocessing { Resize = 10 });
        var images = new float[views.Length];
        views.Write(picture, images);
        (int Left, int Top)[] corners = [(3, 2), (0, 0), (7, 0), (0, 4), (7, 4)];
        for (int v = 0; v < 10; v++)
        {
            for (int i = 0; i < 36; i++)
            {
                (int y, int x) = Math.DivRem(i, 6);
                Assert.Equal(corners[v % 5].Left + (v < 5 ? x : 5 - x), images[(v * 108) + i]);
                Assert.Equal(corners[v % 5].Top + y, images[(v * 108) + 36 + i]);
            }
        }

        var five = new float[540];
        new EvaluationViews(5, 6, new Preprocessing { Resize = 10 }).Write(picture, five);
        Assert.Equal(images[..540], five);
        Assert.Throws<ArgumentException>(() => views.Write(picture, five));
        Assert.Throws<ArgumentException>(() => new EvaluationViews(2, 6, Preprocessing.Caffe));
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Preprocessing good = Preprocessing.Torchvision;
        good.Validate(224);
        Refused(good with { Resize = 223 }, "resize of 223");
        Refused(good with { Resize = 5000 }, "resize of 5000");
        Refused(good with { Scale = 0 }, "scale of 0");
        Refused(good with { Scale = float.NaN }, "scale of NaN");
        Refused(good with { Mean = [1, 2] }, "mean");
        Refused(good with { Mean = [1, 2, float.PositiveInfinity] }, "mean");
        Refused(good with { Mean = null! }, "mean");
        Refused(good with { Deviation = [1, 0, 1] }, "deviation");
        Refused(good with { Channels = (ChannelOrder)7 }, "order of channels");
        Refused(good with { MeanImage = new MeanImage(new float[3 * 4]) }, "mean image of 2 x 2");
        Assert.Throws<ArgumentException>(() => new MeanImage(new float[6]));
        Assert.Throws<ArgumentException>(() => new MeanImage([]));
        Assert.Throws<ArgumentException>(() => good.Validate(0));

        static void Refused(Preprocessing preprocessing, string part) =>
            Assert.Contains(part, Assert.Throws<ArgumentException>(() => preprocessing.Validate(224)).Message, StringComparison.Ordinal);
    }
}
