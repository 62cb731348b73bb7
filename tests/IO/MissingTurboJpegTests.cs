using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.IO.Tests;

public class MissingTurboJpegTests
{
    [Fact]
    public async Task Without_the_library_a_folder_with_a_JPEG_fails_as_a_whole()
    {
        // A process loads the library once, so its absence takes a process of its own: this test again, with the library hidden from it.
        string hidden = Path.Combine(AppContext.BaseDirectory, "no-such-library");
        if (Environment.GetEnvironmentVariable(TurboJpegLibrary.PathVariable) == hidden)
        {
            CheckWithoutTheLibrary();
            return;
        }

        string assembly = typeof(MissingTurboJpegTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [TurboJpegLibrary.PathVariable] = hidden },
        };
        string test = $"{GetType().FullName}.{nameof(Without_the_library_a_folder_with_a_JPEG_fails_as_a_whole)}";
        foreach (string argument in new[] { "exec", assembly, "-method", test })
            start.ArgumentList.Add(argument);
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0 && output.Contains("Total: 1,", StringComparison.Ordinal), output + await error);
    }

    private static void CheckWithoutTheLibrary()
    {
        using var folder = new TempFolder();
        folder.Add("a.ppm", TestPictures.ToPpm(TestPictures.Pattern(8, 8)));
        Assert.Equal(1, PictureSet.Load(folder.Path, 8).Count);

        folder.Add("b.jpg", File.ReadAllBytes(TestFiles.Picture("grey.jpg")));
        TurboJpegNotFoundException e = Assert.Throws<TurboJpegNotFoundException>(() => PictureSet.Load(folder.Path, 8));
        Assert.Contains("libturbojpeg0", e.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-library", e.Message, StringComparison.Ordinal);
    }
}
