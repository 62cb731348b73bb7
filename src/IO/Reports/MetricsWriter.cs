using System.Text;

namespace AlexNetCuda.IO;

/// <summary>Appends to metrics.csv, flushed a line at a time: whatever becomes of the run, the file has all whole lines. Used by one thread at a time.</summary>
public sealed class MetricsWriter : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;

    private MetricsWriter(string path)
    {
        _path = path;
        try
        {
            _stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: it cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Begins a file; one that is there is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static MetricsWriter Create(string path) => Open(path, []);

    /// <summary>Goes on with a file: its lines of later steps are dropped, as is a line that was cut off. A file that is missing is begun.</summary>
    /// <param name="path">The file.</param>
    /// <param name="step">The step that the run is resumed after; lines of it are kept.</param>
    /// <exception cref="InvalidDataException">A line is not one of metrics; the file is as it was.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static MetricsWriter Resume(string path, long step) =>
        Open(path, File.Exists(path) ? [.. MetricsFile.Read(path).Where(r => r.Step <= step)] : []);

    /// <summary>Appends a line.</summary>
    /// <param name="row">The line.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(MetricsRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(row.ToLine() + "\n"));
            _stream.Flush();
        }
        catch (IOException e)
        {
            throw new IOException($"{_path}: it cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static MetricsWriter Open(string path, IReadOnlyList<MetricsRow> kept)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text = string.Concat(kept.Select(r => r.ToLine()).Prepend(MetricsRow.Header).Select(l => l + "\n"));
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), (reason, cause) => new IOException($"{path}: {reason}", cause));
        return new MetricsWriter(path);
    }
}
