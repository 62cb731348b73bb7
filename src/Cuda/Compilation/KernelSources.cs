using System.Reflection;

namespace AlexNetCuda.Cuda.Compilation;

/// <summary>The kernels' CUDA C++ sources: one a module, and the header they share.</summary>
public sealed class KernelSources
{
    /// <summary>The name of the shared header.</summary>
    public const string HeaderName = "common.cuh";

    private readonly Dictionary<string, string> _modules;

    private KernelSources(Dictionary<string, string> modules, string header)
    {
        _modules = modules;
        Header = header;
    }

    /// <summary>The sources that were built into this assembly.</summary>
    public static KernelSources Embedded { get; } = ReadEmbedded();

    /// <summary>The text of common.cuh.</summary>
    public string Header { get; }

    /// <summary>The modules' names, in order: "lrn" for lrn.cu.</summary>
    public IReadOnlyList<string> Modules => [.. _modules.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads the sources from a directory.</summary>
    /// <exception cref="IOException">The directory or common.cuh is not there.</exception>
    public static KernelSources Read(string directory)
    {
        var modules = Directory.EnumerateFiles(directory, "*.cu")
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), Text, StringComparer.Ordinal);
        return new KernelSources(modules, Text(Path.Combine(directory, HeaderName)));

        static string Text(string file) => File.ReadAllText(file).ReplaceLineEndings("\n");
    }

    /// <summary>A module's text.</summary>
    /// <exception cref="ArgumentException">There is no such module; the message names those there are.</exception>
    public string Source(string module) =>
        _modules.TryGetValue(module, out var text)
            ? text
            : throw new ArgumentException($"no kernel module '{module}'; there are {string.Join(", ", Modules)}", nameof(module));

    /// <summary>The PTX that ships with this assembly, for a module.</summary>
    /// <exception cref="ArgumentException">There is no such module.</exception>
    public static string ShippedPtx(string module) =>
        ReadResource($"ptx/{module}.ptx") ?? throw new ArgumentException($"no PTX is shipped for a module '{module}'", nameof(module));

    private static KernelSources ReadEmbedded()
    {
        const string Prefix = "source/", Suffix = ".cu";
        var modules = Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .ToDictionary(name => name[Prefix.Length..^Suffix.Length], name => ReadResource(name)!, StringComparer.Ordinal);
        return new KernelSources(modules, ReadResource(Prefix + HeaderName)!);
    }

    private static string? ReadResource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
