using Xunit;

namespace AlexNetCuda.IO.Tests;

/// <summary>Where the repository's test pictures are, and folders that go away after a test.</summary>
internal static class TestFiles
{
    public static string Root { get; } = FindRoot();

    public static string Picture(string name) => Path.Combine(Root, "tests", "data", "pictures", name);

    public static string Weights(string name) => Path.Combine(Root, "tests", "data", "weights", name);

    /// <summary>1,551 photographs that some machines have beside the repository; the test is skipped elsewhere.</summary>
    public static string SignDigits()
    {
        string path = Path.GetFullPath(Path.Combine(Root, "..", "shared", "data", "sign-digits"));
        if (!Directory.Exists(path))
            Assert.Skip("the sign-digits photographs are not on this machine");
        return path;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (File.Exists(Path.Combine(d.FullName, "AlexNetCuda.sln")))
                return d.FullName;
        }

        throw new InvalidOperationException("AlexNetCuda.sln is in no folder above the tests.");
    }
}

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("alexnetcuda-io-").FullName;

    public string Add(string relativePath, ReadOnlySpan<byte> data)
    {
        string path = System.IO.Path.Combine(Path, relativePath);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, data);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class PictureAssert
{
    public static void Close(Picture expected, Picture actual, int tolerance)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        for (int i = 0; i < expected.Pixels.Length; i++)
        {
            if (Math.Abs(expected.Pixels[i] - actual.Pixels[i]) > tolerance)
            {
                (int y, int x) = Math.DivRem(i / 3, expected.Width);
                Assert.Fail($"channel {i % 3} of ({x}, {y}) is {actual.Pixels[i]}, not {expected.Pixels[i]} +- {tolerance}");
            }
        }
    }

    /// <summary>Decodes what may be damaged: any outcome but a picture or a <see cref="PictureException"/> fails the test. True: a
    /// picture.</summary>
    public static bool DecodesOrIsRefused(ReadOnlySpan<byte> data)
    {
        try
        {
            PictureDecoder.Decode(data, "damaged");
            return true;
        }
        catch (PictureException e)
        {
            Assert.StartsWith("damaged: ", e.Message, StringComparison.Ordinal);
            return false;
        }
    }
}

internal static class TestPictures
{
    /// <summary>The function pattern of make_pictures.py.</summary>
    public static Picture Pattern(int width, int height) =>
        Make(width, height, (x, y) => ((x * 7) + (y * 3), (x ^ y) * 11, (x + y) % 2 == 0 ? 230 : 20));

    /// <summary>Ramps that JPEG changes little.</summary>
    public static Picture Smooth(int width, int height) =>
        Make(width, height, (x, y) => (x * 255 / (width - 1), y * 255 / (height - 1), (x + y) * 255 / (width + height - 2)));

    public static Picture Make(int width, int height, Func<int, int, (int R, int G, int B)> colour)
    {
        var pixels = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++)
        {
            (int r, int g, int b) = colour(i % width, i / width);
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = ((byte)r, (byte)g, (byte)b);
        }

        return new Picture(width, height, pixels);
    }

    public static byte[] ToPpm(Picture p) => [.. System.Text.Encoding.ASCII.GetBytes($"P6\n{p.Width} {p.Height}\n255\n"), .. p.Pixels];
}
