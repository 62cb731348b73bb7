using System.Text.Json;
using AlexNetCuda.Interop.Dnn;

namespace AlexNetCuda.Cuda;

/// <summary>
/// The algorithms chosen for convolutions, kept in one file from run to run, by device, library version, sizes and mode. A file that cannot be read or written
/// is no fault: the choice is made anew.
/// </summary>
internal sealed class AlgorithmCache
{
    /// <summary>What is kept where no algorithm was acceptable.</summary>
    internal const string None = "none";

    private readonly string _path;
    private readonly Dictionary<string, string> _choices;

    internal AlgorithmCache(string directory)
    {
        _path = Path.Combine(directory, "convolutions.json");
        _choices = Read(_path);
    }

    /// <summary>An algorithm as it is kept: its name and precision.</summary>
    internal static string NameOf(ConvolutionCandidate algorithm) => $"{algorithm.Name} {algorithm.MathType}";

    internal string? Find(string key) => _choices.GetValueOrDefault(key);

    internal void Keep(string key, string choice)
    {
        if (Find(key) == choice) return;
        _choices[key] = choice;
        Write();
    }

    private static Dictionary<string, string> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(path)) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    /// <summary>Replaces the file as a whole, so that another process never reads half of it; what that one kept meanwhile is taken over.</summary>
    private void Write()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            foreach ((string key, string choice) in Read(_path)) _choices.TryAdd(key, choice);
            string temporary = $"{_path}.{Guid.NewGuid():n}";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(_choices));
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next run measures again.
        }
    }
}
