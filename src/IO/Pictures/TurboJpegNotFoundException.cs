namespace AlexNetCuda.IO;

/// <summary>libjpeg-turbo, which decodes JPEG, is not installed or too old. The message says what was tried and what to install.</summary>
public sealed class TurboJpegNotFoundException : DllNotFoundException
{
    /// <summary>Makes the message from what was tried.</summary>
    /// <param name="tried">The names and paths tried, in order, each perhaps with what was wrong with it.</param>
    public TurboJpegNotFoundException(IReadOnlyList<string> tried)
        : base(Describe(tried)) => Tried = tried;

    /// <summary>The names and paths tried, in order, each perhaps with what was wrong with it.</summary>
    public IReadOnlyList<string> Tried { get; }

    private static string Describe(IReadOnlyList<string> tried)
    {
        ArgumentNullException.ThrowIfNull(tried);
        return "JPEG pictures need libjpeg-turbo's TurboJPEG library (2.0 or later), which was not found. "
            + "Install the package libturbojpeg0 (Debian), libturbojpeg (Ubuntu), turbojpeg (Fedora), "
            + "libjpeg-turbo (Arch, Alpine, vcpkg), jpeg-turbo (Homebrew), "
            + "or libjpeg-turbo's own installer (Windows); "
            + $"or set {TurboJpegLibrary.PathVariable} to the library's path. Tried: {string.Join(", ", tried)}.";
    }
}
