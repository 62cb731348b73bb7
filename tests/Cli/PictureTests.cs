using System.Text;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed class PictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bad_pictures_are_named_and_skipped()
    {
        Directory.CreateDirectory(_folder["class/deeper"]);
        WritePicture("class/one.ppm", 60, 80);
        WritePicture("class/deeper/two.ppm", 57, 57);
        WritePicture("short.ppm", 40, 40, bytesLess: 1);
        File.WriteAllText(_folder["text.png"], "not a picture");
        File.WriteAllText(_folder["LICENSE"], "not even named like one");
        RunResult result = Time();
        Assert.Equal(0, result.Code);
        Assert.Contains(result.Lines, l => l.StartsWith("Images: 2 pictures of ", StringComparison.Ordinal) && l.EndsWith(", 2 skipped", StringComparison.Ordinal));
        string[] messages = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, messages.Length);
        Assert.Contains(messages, m => m.StartsWith("alexnet: " + _folder["short.ppm"] + ": ", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("alexnet: " + _folder["text.png"] + ": ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_folder_gives_1()
    {
        RunResult result = Time(_folder["missing"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("there is no such folder", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_pictures_gives_1()
    {
        File.WriteAllText(_folder["LICENSE"], "text");
        RunResult result = Time();
        Assert.Equal(1, result.Code);
        Assert.Contains("no pictures", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_bad_pictures_alone_gives_1()
    {
        WritePicture("short.ppm", 40, 40, bytesLess: 100);
        RunResult result = Time();
        Assert.Equal(1, result.Code);
        Assert.Contains("short.ppm", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_place_of_a_folder_gives_1()
    {
        WritePicture("one.ppm", 57, 57);
        RunResult result = Time(_folder["one.ppm"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("one.ppm", result.Message, StringComparison.Ordinal);
    }

    private RunResult Time(string? folder = null) =>
        Alexnet.Run("time", "alexnet-conv", "--input-size", "57", "--batch", "3", "--steps", "1", "--burn-in", "1", "--images", folder ?? _folder.Path);

    private void WritePicture(string name, int width, int height, int bytesLess = 0)
    {
        byte[] header = Encoding.ASCII.GetBytes($"P6 {width} {height} 255\n"), pixels = new byte[(3 * width * height) - bytesLess];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i * 7);
        File.WriteAllBytes(_folder[name], [.. header, .. pixels]);
    }
}
