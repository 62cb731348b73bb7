using Xunit;

namespace AlexNetCuda.IO.Tests;

public class TurboJpegLibraryTests
{
    [Fact]
    public void A_missing_library_is_reported_with_what_was_tried_and_what_to_install()
    {
        string[] names = ["no-such-turbojpeg.so.0", "/nowhere/turbojpeg.dll"];
        TurboJpegNotFoundException e = Assert.Throws<TurboJpegNotFoundException>(() => TurboJpegLibrary.Load(names));
        Assert.Equal(names, e.Tried);
        foreach (string part in (string[])["libturbojpeg0", "jpeg-turbo (Homebrew)", .. names])
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_the_functions_is_passed_over_and_said_to_be_unusable()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("libc.so.6 stands for the wrong library here");
        TurboJpegNotFoundException e = Assert.Throws<TurboJpegNotFoundException>(() => TurboJpegLibrary.Load(["libc.so.6"]));
        Assert.Contains("libc.so.6 (found, but not usable", e.Message, StringComparison.Ordinal);
        Assert.Contains("tjInitDecompress", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_name_is_tried_when_one_is_missing()
    {
        TurboJpegEncoder.SkipIfAbsent();
        TurboJpegLibrary library = TurboJpegLibrary.Load(["no-such-turbojpeg.so.0", .. TurboJpegLibrary.UsualNames()]);
        Assert.Contains(new TurboJpegScale(1, 8), library.Scales.ToArray());
        Assert.Contains(new TurboJpegScale(1, 1), library.Scales.ToArray());
    }
}
