using System.Runtime.InteropServices;
using System.Text;

namespace AlexNetCuda.Interop;

/// <summary>What to look for when a native library is wanted, and where.</summary>
/// <param name="Title">The library's name for people, as "NVRTC".</param>
/// <param name="LinuxNames">File names on Linux, the preferred one first.</param>
/// <param name="WindowsNames">File names on Windows, the preferred one first.</param>
/// <param name="DirectoryVariable">An environment variable that names a directory to look in first (and below it).</param>
/// <param name="Advice">What to install, for the message when nothing is found.</param>
public sealed record LibraryDescription(
    string Title,
    IReadOnlyList<string> LinuxNames,
    IReadOnlyList<string> WindowsNames,
    string DirectoryVariable,
    string Advice);

/// <summary>A native library that was found and loaded. It stays loaded: nothing here unloads a driver's library.</summary>
/// <param name="Handle">The system's handle.</param>
/// <param name="Path">The full path it was loaded from, or the bare name where the system's loader found it.</param>
public sealed record LoadedLibrary(nint Handle, string Path);

/// <summary>
/// Finds native libraries by versioned names: in the directory a caller gives, the one an environment variable names, beside
/// the program, where the system's loader looks, and in the CUDA toolkit's usual places.
/// </summary>
public static class LibraryProbe
{
    /// <summary>Finds and loads a library.</summary>
    /// <param name="description">What to look for.</param>
    /// <param name="directory">A directory to look in (and below it) before all others, or null.</param>
    /// <param name="beforeLoading">Called with each full path that exists, before it is loaded: for companions that must be loaded first.</param>
    /// <exception cref="DllNotFoundException">Nothing was found, or nothing loads: the message lists what was tried and what to install.</exception>
    public static LoadedLibrary Load(LibraryDescription description, string? directory = null, Action<string>? beforeLoading = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        var names = OperatingSystem.IsWindows() ? description.WindowsNames : description.LinuxNames;
        List<string> tried = [];
        foreach (var (folder, below) in Folders(description, directory))
        {
            foreach (var name in names)
            {
                foreach (var path in Files(folder, name, below))
                {
                    beforeLoading?.Invoke(path);
                    if (TryLoad(path, tried) is { } library)
                    {
                        return library;
                    }
                }
            }

            tried.Add($"{folder}{(below ? " and below" : "")}: {string.Join(", ", names)}");
        }

        foreach (var name in names)
        {
            if (TryLoad(name, tried) is { } library)
            {
                return library;
            }
        }

        var message = new StringBuilder($"{description.Title} was not found. Tried:").AppendLine();
        foreach (var line in tried)
        {
            message.Append("  ").AppendLine(line);
        }

        throw new DllNotFoundException(message.Append(description.Advice).ToString());
    }

    private static LoadedLibrary? TryLoad(string path, List<string> tried)
    {
        if (NativeLibrary.TryLoad(path, out var handle))
        {
            return new LoadedLibrary(handle, path);
        }

        tried.Add(Path.IsPathRooted(path) ? $"{path} (exists, but does not load)" : $"the system's loader: {path}");
        return null;
    }

    private static IEnumerable<(string Folder, bool Below)> Folders(LibraryDescription description, string? directory)
    {
        if (directory is not null)
        {
            yield return (Path.GetFullPath(directory), true);
        }

        if (Environment.GetEnvironmentVariable(description.DirectoryVariable) is { Length: > 0 } named)
        {
            yield return (Path.GetFullPath(named), true);
        }

        yield return (AppContext.BaseDirectory, false);
        if (Environment.GetEnvironmentVariable("CUDA_PATH") is { Length: > 0 } toolkit)
        {
            yield return (Path.Combine(toolkit, OperatingSystem.IsWindows() ? "bin" : "lib64"), false);
        }

        if (OperatingSystem.IsLinux())
        {
            yield return ("/usr/local/cuda/lib64", false);
        }
    }

    private static IEnumerable<string> Files(string folder, string name, bool below)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var options = new EnumerationOptions { RecurseSubdirectories = below, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(folder, name, options).Order(StringComparer.Ordinal);
    }
}
