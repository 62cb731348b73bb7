using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.KernelTools;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Compilation;

/// <summary>NVRTC for tests, which skip where it is absent.</summary>
internal static class Nvrtc
{
    /// <summary>The checkout's root, or null where the tests run without one.</summary>
    internal static string? Root { get; } = FindRoot();

    internal static NvrtcLibrary LoadOrSkip()
    {
        try
        {
            var fetched = Root is null ? null : Path.Combine(Root, "artifacts", "nvrtc");
            return NvrtcLibrary.Load(Directory.Exists(fetched) ? fetched : null);
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
        var version = KernelCompiler.VersionOf(new KernelCompiler(library, KernelSources.Embedded).ToPtx("l2_loss"));
        Assert.SkipUnless(version == KernelBuild.PinnedVersion, $"NVRTC is {version}, not {KernelBuild.PinnedVersion}");
        return library;
    }

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
