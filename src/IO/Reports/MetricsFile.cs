using System.Globalization;
using System.Text;

namespace AlexNetCuda.IO;

/// <summary>Reads metrics.csv: UTF-8, a line of column names, then a line a measurement, each ended by a line feed.</summary>
public static class MetricsFile
{
    /// <summary>All lines of a file. A last line that has no end (a run was cut off while it was written) is left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line is not one of metrics; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<MetricsRow> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text;
        try
        {
            text = File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file." : $"it cannot be read: {e.Message}";
            throw new IOException($"{path}: {reason}", e);
        }

        string[] lines = text.Split('\n')[..^1]; // behind the last line feed is nothing, or a line that was cut off
        var rows = new List<MetricsRow>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (i == 0 && line == MetricsRow.Header) continue;
            if (i == 0) throw new InvalidDataException($"{path}: its first line is not that of metrics, '{MetricsRow.Header}'.");
            rows.Add(MetricsRow.Parse(line) ?? throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"{path}, line {i + 1}: it is not a line of metrics ({MetricsRow.Header}).")));
        }

        return rows;
    }
}
