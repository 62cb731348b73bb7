using Xunit;

namespace AlexNetCuda.Testing;

/// <summary>Finds the files that tests read.</summary>
public static class TestData
{
    /// <summary>The root of the repository: the folder of AlexNetCuda.sln above the test's binaries.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests do not run within the repository.</exception>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>A file or folder of tests/data, which are part of the repository.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    public static string Get(params string[] parts)
    {
        string path = Path.Combine([RepositoryRoot, "tests", "data", .. parts]);
        return Exists(path) ? path : throw new FileNotFoundException($"There is no {Path.Combine(parts)} in tests/data.", path);
    }

    /// <summary>The reference results of PyTorch, one a network: tests/data/golden/results/*.json.</summary>
    public static IReadOnlyList<string> GoldenFiles() =>
        [.. Directory.GetFiles(Get("golden", "results"), "*.json").OrderBy(f => f, StringComparer.Ordinal)];

    /// <summary>
    /// A file or folder of the data that lie in a folder <c>shared</c> beside the repository (or in it) and are no part of it; null where absent.
    /// </summary>
    /// <param name="parts">The path within that folder: <c>data</c>, <c>sign-digits</c>.</param>
    public static string? FindShared(params string[] parts) =>
        new[] { Path.Combine(RepositoryRoot, "..", "shared"), Path.Combine(RepositoryRoot, "shared") }
            .Select(folder => Path.GetFullPath(Path.Combine([folder, .. parts])))
            .FirstOrDefault(Exists);

    /// <summary>As <see cref="FindShared"/>, but skips the test, with the reason, where it is absent.</summary>
    public static string RequireShared(params string[] parts)
    {
        string? path = FindShared(parts);
        if (path is null) Assert.Skip($"There is no {Path.Combine(["shared", .. parts])} beside the repository.");
        return path;
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AlexNetCuda.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"There is no AlexNetCuda.sln above {AppContext.BaseDirectory}.");
    }
}
