using System.IO.Enumeration;

namespace AlexNetCuda.IO;

/// <summary>Finds the pictures of a folder tree.</summary>
public static class PictureFolder
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".ppm"];

    /// <summary>All files below a folder whose names end in .jpg, .jpeg, .png or .ppm, in either case.</summary>
    /// <remarks>Hidden files and folders (also those whose names begin with a dot) are passed over; links to files are followed, links to
    /// folders are not.</remarks>
    /// <param name="directory">The folder.</param>
    /// <returns>Paths that begin with <paramref name="directory"/>, sorted by the ordinal order of their relative paths written with '/',
    /// so
    /// that the order is the same on every system.</returns>
    /// <exception cref="PictureException">There is no such folder, it is a file, it or a folder below it cannot be read, or it has no
    /// pictures.</exception>
    public static IReadOnlyList<string> Enumerate(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (File.Exists(directory))
            throw new PictureException(directory, "it is a file; a folder of pictures is wanted.");
        if (!Directory.Exists(directory))
            throw new PictureException(directory, "there is no such folder.");

        string[] paths;
        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false };
            paths = [.. new FileSystemEnumerable<string>(directory, (ref FileSystemEntry e) => e.ToSpecifiedFullPath(), options)
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory && IsVisible(ref e) && IsPicture(e.FileName),
                ShouldRecursePredicate = (ref FileSystemEntry e) => IsVisible(ref e) && !IsLink(ref e),
            }];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PictureException(directory, $"the folder cannot be read: {e.Message}", e);
        }

        if (paths.Length == 0)
        {
            throw new PictureException(
                directory, $"the folder has no pictures ({string.Join(", ", Extensions)}), nor have the folders below it.");
        }

        string[] keys = Array.ConvertAll(paths, p => Path.GetRelativePath(directory, p).Replace('\\', '/'));
        Array.Sort(keys, paths, StringComparer.Ordinal);
        return paths;
    }

    /// <summary>The names of the folders directly in a folder, hidden ones and links left out, in ordinal order. Throws <see cref="PictureException"/>.</summary>
    internal static IReadOnlyList<string> Folders(string directory)
    {
        try
        {
            string[] names = [.. new FileSystemEnumerable<string>(
                directory, (ref FileSystemEntry e) => e.FileName.ToString(), new EnumerationOptions { IgnoreInaccessible = false })
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) => e.IsDirectory && IsVisible(ref e) && !IsLink(ref e),
            }];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PictureException(directory, $"the folder cannot be read: {e.Message}", e);
        }
    }

    private static bool IsVisible(ref FileSystemEntry entry) => !entry.IsHidden && entry.FileName[0] != '.';

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != FileAttributes.None;

    private static bool IsPicture(ReadOnlySpan<char> fileName)
    {
        foreach (string extension in Extensions)
        {
            if (fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
