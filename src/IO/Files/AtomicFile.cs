namespace AlexNetCuda.IO;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in the same folder, flushed to the disk, then moved over one that was there.
/// What the file system refuses is a <see cref="WeightFileException"/>, or what the caller makes of it.
/// </summary>
internal static class AtomicFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. Whatever it throws, nothing is left behind.</param>
    public static void Write(string path, Action<FileStream> write) =>
        Write(path, write, (reason, cause) => new WeightFileException(path, reason, cause));

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. Whatever it throws, nothing is left behind.</param>
    /// <param name="failure">Makes an exception of what is wrong, without the path, and its cause.</param>
    public static void Write(string path, Action<FileStream> write, Func<string, Exception?, Exception> failure)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw failure("it is a folder; a file is to be written.", null);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}");
        try
        {
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferSize))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, full, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string reason = e is DirectoryNotFoundException ? "there is no such folder." : e.Message;
            throw failure($"it cannot be written: {reason}", e);
        }
    }
}
