namespace AlexNetCuda.Cli;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in the same folder, then moved. The temporary file is made at once, so that a place
/// that cannot be written to is known before the work and not after it.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path, _temporary;
    private FileStream? _stream;

    public OutputFile(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new UsageException("The name of the file to write is empty.");
        _path = Path.GetFullPath(path);
        if (Directory.Exists(_path)) throw new CommandException($"{path}: it is a folder; a file is to be written.");
        _temporary = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{Path.GetRandomFileName()}");
        try
        {
            _stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string reason = e is DirectoryNotFoundException ? "there is no such folder." : e.Message;
            throw new CommandException($"{path}: it cannot be written: {reason}", e);
        }
    }

    /// <summary>Where to write.</summary>
    public Stream Stream => _stream ?? throw new ObjectDisposedException(nameof(OutputFile));

    /// <summary>Gives the file its name, in place of one that was there.</summary>
    public void Commit()
    {
        Stream.Dispose();
        _stream = null;
        File.Move(_temporary, _path, overwrite: true);
    }

    /// <summary>Takes the temporary file away, if it was not committed.</summary>
    public void Dispose()
    {
        if (_stream is null) return;
        _stream.Dispose();
        _stream = null;
        File.Delete(_temporary);
    }
}
