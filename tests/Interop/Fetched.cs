using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>Debian's packages of the real libraries, where tools/get-debian-packages.sh was told to put them in the checkout.</summary>
internal static class Fetched
{
    /// <summary>The folder that holds packages, or null.</summary>
    internal static string? Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var fetched = Path.Combine(folder.FullName, "artifacts", name);
            if (Directory.Exists(fetched))
            {
                return fetched;
            }
        }

        return null;
    }

    /// <summary>The folder that holds packages; the test is skipped where they were not fetched.</summary>
    internal static string FolderOrSkip(string name, string suite, string packages)
    {
        var folder = Folder(name);
        Assert.SkipWhen(folder is null, $"not fetched: tools/get-debian-packages.sh {suite} artifacts/{name} {packages}");
        return folder!;
    }
}
