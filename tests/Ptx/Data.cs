using System.Reflection;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>The PTX files of this project: sources in data/sources, compiled by NVRTC 11.8 and clang-14.</summary>
internal static class Data
{
    public static IEnumerable<string> Names =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n =>
            n.EndsWith(".ptx", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public static string Read(string compiler, string name)
    {
        string suffix = $".data.{compiler}.{name}.ptx";
        string resource = Names.Single(n => n.EndsWith(suffix, StringComparison.Ordinal));
        return Text(resource);
    }

    /// <summary>A line of a source, from 1.</summary>
    public static string SourceLine(string name, int line)
    {
        string resource = Assembly.GetExecutingAssembly().GetManifestResourceNames().Single(n => n.EndsWith($".sources.{name}", StringComparison.Ordinal));
        return Text(resource).Split('\n')[line - 1];
    }

    public static string Text(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
