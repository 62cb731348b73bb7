using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

/// <summary>Pictures of red = column and green = row tell where each value of a result came from.</summary>
public class AugmentationTests
{
    private const int Size = 20; // of 16 lanes and a rest
    private static readonly Preprocessing Raw = new() { Resize = 32 };

    private static float[][] Draw(Picture picture, Augmentation augmentation, int epochs, Preprocessing? preprocessing = null)
    {
        var augmenter = new Augmenter(augmentation, new PixelWriter(preprocessing ?? Raw, Size), seed: 3);
        var images = new float[epochs][];
        for (int e = 0; e < epochs; e++) augmenter.Write(ScaledPixels.Of(picture), e, index: 7, images[e] = new float[3 * Size * Size]);
        return images;
    }

    private static float At(float[] image, int channel, int x, int y) => image[(channel * Size * Size) + (y * Size) + x];

    private static Picture Coordinates(int width, int height) => TestPictures.Make(width, height, (x, y) => (x, y, 9));

    [Theory]
    [InlineData(32, 32)]
    [InlineData(47, 32)]
    [InlineData(32, 101)]
    public void A_crop_is_a_square_of_the_picture_anywhere_in_it_mirrored_or_not(int width, int height)
    {
        Picture picture = Coordinates(width, height);
        var places = new HashSet<(float, float)>();
        int mirrored = 0;
        foreach (float[] image in Draw(picture, new Augmentation(), 400))
        {
            bool mirror = At(image, 0, 0, 0) > At(image, 0, 1, 0);
            float left = At(image, 0, mirror ? Size - 1 : 0, 0), top = At(image, 1, 0, 0);
            for (int y = 0; y < Size; y++)
            {
                for (int x = 0; x < Size; x++)
                {
                    if ((At(image, 0, x, y), At(image, 1, x, y), At(image, 2, x, y)) != (left + (mirror ? Size - 1 - x : x), top + y, 9))
                        Assert.Fail($"({x}, {y}) is not of the square at ({left}, {top})");
                }
            }

            places.Add((left, top));
            mirrored += mirror ? 1 : 0;
        }

        // Every column and row that a crop can begin at is among 400 draws, but for a chance below 1e-2 of one of 82.
        Assert.InRange(mirrored, 160, 240); // four standard deviations
        Assert.Equal(0, places.Min(p => p.Item1));
        Assert.Equal(width - Size, places.Max(p => p.Item1));
        Assert.InRange(places.Min(p => p.Item2), 0, 2);
        Assert.InRange(places.Max(p => p.Item2), height - Size - 2, height - Size);
    }

    [Fact]
    public void Without_variation_the_middle_is_taken()
    {
        foreach (float[] image in Draw(Coordinates(33, 32), Augmentation.None, 3))
            Assert.Equal((6, 6), (At(image, 0, 0, 0), At(image, 1, 0, 0)));
    }

    [Fact]
    public void Switching_a_variation_does_not_change_what_the_others_draw()
    {
        Picture picture = Coordinates(47, 41);
        float[][] all = Draw(picture, new Augmentation(), 50), unmirrored = Draw(picture, new Augmentation { Mirror = false }, 50);
        for (int e = 0; e < 50; e++)
        {
            Assert.Equal(Math.Min(At(all[e], 0, 0, 0), At(all[e], 0, Size - 1, 0)), At(unmirrored[e], 0, 0, 0));
            Assert.Equal(At(all[e], 1, 0, 0), At(unmirrored[e], 1, 0, 0));
        }
    }

    [Fact]
    public void The_shift_of_colours_has_the_components_and_the_size_it_should()
    {
        // Of a grey picture, all pixels of a channel are shifted alike; over many draws the covariance is sigma^2 * sum of value^2 * vector * vector'.
        const int Draws = 4000;
        Picture grey = TestPictures.Make(32, 32, (_, _) => (100, 100, 100));
        float[][] images = Draw(grey, Augmentation.None with { Colours = PrincipalColours.ImageNet }, Draws);
        Assert.All(images[..20], image => Assert.Equal(3, image.Distinct().Count()));
        double[][] shifts = [.. images.Select(i => new[] { (At(i, 0, 5, 5) - 100) / 255.0, (At(i, 1, 5, 5) - 100) / 255.0, (At(i, 2, 5, 5) - 100) / 255.0 })];
        double[] values = [0.2175, 0.0188, 0.0045];
        double[,] vectors = PrincipalColours.ImageNet.Vectors;
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                double expected = Enumerable.Range(0, 3).Sum(k => 0.01 * values[k] * values[k] * vectors[i, k] * vectors[j, k]);
                double actual = shifts.Average(s => s[i] * s[j]);
                Assert.InRange(actual, 0.89 * expected, 1.11 * expected); // a variance of 4,000 draws is exact to 2.2 %: five of these
            }
        }
    }

    [Fact]
    public void The_square_turned_and_scaled_is_where_it_should_be()
    {
        // Bilinear weights give a linear function exactly, but for rounding in single precision.
        Picture picture = Coordinates(90, 80);
        var augmentation = new Augmentation { ScaleJitter = 0.3, RotationDegrees = 40, Mirror = false };
        var scales = new List<double>();
        var angles = new List<double>();
        foreach (float[] image in Draw(picture, augmentation, 300))
        {
            double stepX = (At(image, 0, Size - 1, 0) - At(image, 0, 0, 0)) / (Size - 1), stepY = (At(image, 1, Size - 1, 0) - At(image, 1, 0, 0)) / (Size - 1);
            (float x0, float y0) = (At(image, 0, 0, 0), At(image, 1, 0, 0));
            bool inside = new[] { (0, 0), (0, Size - 1), (Size - 1, 0), (Size - 1, Size - 1) }
                .All(p => At(image, 0, p.Item1, p.Item2) is > 0 and < 89 && At(image, 1, p.Item1, p.Item2) is > 0 and < 79);
            if (!inside) continue; // a corner repeats the edge there
            for (int y = 0; y < Size; y++)
            {
                for (int x = 0; x < Size; x++)
                {
                    Assert.Equal(x0 + (stepX * x) - (stepY * y), At(image, 0, x, y), 1e-3);
                    Assert.Equal(y0 + (stepY * x) + (stepX * y), At(image, 1, x, y), 1e-3);
                }
            }

            scales.Add(Math.Sqrt((stepX * stepX) + (stepY * stepY)));
            angles.Add(Math.Atan2(stepY, stepX) * 180 / Math.PI);
        }

        Assert.InRange(scales.Count, 150, 300);
        Assert.InRange(scales.Min(), 0.7, 0.72);
        Assert.InRange(scales.Max(), 1.25, 1.3);
        Assert.InRange(angles.Min(), -40.001, -36);
        Assert.InRange(angles.Max(), 36, 40.001);
    }

    [Fact]
    public void Beyond_the_picture_its_edge_is_repeated()
    {
        Picture picture = TestPictures.Make(20, 20, (x, y) => (x is 0 or 19 || y is 0 or 19 ? 200 : 50, 0, 0));
        var augmentation = new Augmentation { ScaleJitter = 0.9, RotationDegrees = 180 };
        foreach (float[] image in Draw(picture, augmentation, 200, Raw with { Resize = 20 }))
            Assert.All(image[..(Size * Size)], v => Assert.InRange(v, 50, 200));
    }

    [Fact]
    public void Eigenvectors_are_those_of_the_matrix()
    {
        // The second difference of three points has the eigenvalues 2 and 2 +- sqrt(2).
        double[,] matrix = { { 2, -1, 0 }, { -1, 2, -1 }, { 0, -1, 2 } };
        (double[] values, double[,] v) = SymmetricEigen.Solve(matrix);
        Assert.Equal(2 + Math.Sqrt(2), values[0], 1e-14);
        Assert.Equal(2, values[1], 1e-14);
        Assert.Equal(2 - Math.Sqrt(2), values[2], 1e-14);
        for (int k = 0; k < 3; k++)
        {
            for (int i = 0; i < 3; i++)
                Assert.Equal(values[k] * v[i, k], Enumerable.Range(0, 3).Sum(j => matrix[i, j] * v[j, k]), 1e-14);
            for (int l = 0; l < 3; l++)
                Assert.Equal(k == l ? 1 : 0, Enumerable.Range(0, 3).Sum(i => v[i, k] * v[i, l]), 1e-14);
        }

        Assert.Equal([3, 1, -2], SymmetricEigen.Solve(new double[,] { { 1, 0, 0 }, { 0, -2, 0 }, { 0, 0, 3 } }).Values);
        Assert.Equal([0, 0, 0], SymmetricEigen.Solve(new double[3, 3]).Values);
    }
}
