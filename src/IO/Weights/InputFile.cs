using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>Opens files of weights and reads parts of them; what the file system refuses is a <see cref="WeightFileException"/>.</summary>
internal static class InputFile
{
    public static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, e);
        }
    }

    public static FileStream OpenStream(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, e);
        }
    }

    public static WeightFileException CannotRead(string path, Exception cause) => new(path, cause switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        UnauthorizedAccessException => "it is a folder, or may not be read.",
        _ => $"it cannot be read: {cause.Message}",
    }, cause);

    /// <summary>Reads exactly as many bytes as there is room for.</summary>
    public static void Fill(SafeFileHandle handle, string path, Span<byte> destination, long offset)
    {
        try
        {
            while (destination.Length > 0)
            {
                int read = RandomAccess.Read(handle, destination, offset);
                if (read == 0)
                    throw new WeightFileException(path, string.Create(CultureInfo.InvariantCulture, $"it ends at byte {offset}: it became shorter while it was read."));
                destination = destination[read..];
                offset += read;
            }
        }
        catch (IOException e)
        {
            throw CannotRead(path, e);
        }
    }
}
