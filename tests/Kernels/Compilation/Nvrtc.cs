using System.Collections.Concurrent;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Compilation;

/// <summary>NVRTC for tests, which skip where it is absent.</summary>
internal static class Nvrtc
{
    // By path: it takes a compilation to tell.
    private static ConcurrentDictionary<string, string> Versions { get; } = new(StringComparer.Ordinal);

    /// <summary>The checkout's root, or null where the tests run without one.</summary>
    internal static string? Root { get; } = FindRoot();

    internal static NvrtcLibrary LoadOrSkip()
    {
        try
        {
            return Load();
        }
        catch (DllNotFoundException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    /// <summary>The version whose output is compared byte by byte.</summary>
    internal static NvrtcLibrary LoadPinnedOrSkip()
    {
        var library = LoadOrSkip();
        var version = Version(library);
        Assert.SkipUnless(version == KernelBuild.PinnedVersion, $"NVRTC is {version}, not {KernelBuild.PinnedVersion}");
        return library;
    }

    /// <summary>The version whose output is compared byte by byte, or null where it is absent.</summary>
    internal static NvrtcLibrary? FindPinned()
    {
        try
        {
            return Load() is var library && IsPinned(library) ? library : null;
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    }

    internal static bool IsPinned(NvrtcLibrary library) => Version(library) == KernelBuild.PinnedVersion;

    private static NvrtcLibrary Load()
    {
        var fetched = Root is null ? null : Path.Combine(Root, "artifacts", "nvrtc");
        return NvrtcLibrary.Load(Directory.Exists(fetched) ? fetched : null);
    }

    private static string Version(NvrtcLibrary library) => Versions.GetOrAdd(
        library.Path, _ => KernelCompiler.VersionOf(new KernelCompiler(library, KernelSources.Embedded).ToPtx("l2_loss")) ?? "unknown");

    private static string? FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AlexNetCuda.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
