using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.Cuda.Compilation;

/// <summary>
/// Compiled kernels on disk: one file a module, architecture, compiler, flags and source text, so that a change of any of them
/// is another file. A file carries the SHA-256 of its content; a damaged one is compiled again. Several processes may share
/// the directory.
/// </summary>
/// <param name="directory">Where; it is made when needed.</param>
public sealed class CubinCache(string directory)
{
    /// <summary>The directory of this user: ALEXNETCUDA_CACHE, or alexnetcuda in the system's place for caches.</summary>
    public static string DefaultDirectory
    {
        get
        {
            if (Environment.GetEnvironmentVariable("ALEXNETCUDA_CACHE") is { Length: > 0 } named)
            {
                return named;
            }

            var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return Path.Combine(home.Length > 0 ? home : Path.GetTempPath(), "alexnetcuda", "kernels");
        }
    }

    /// <summary>The cubin of a key, from disk, or made and kept. That it cannot be kept (a read-only disk) is no error.</summary>
    /// <param name="key">Everything the cubin depends on.</param>
    /// <param name="compile">Makes it.</param>
    public byte[] GetOrAdd(string key, Func<byte[]> compile)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(compile);
        var path = Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".cubin");
        if (Read(path) is { } kept)
        {
            return kept;
        }

        var image = compile();
        Keep(path, image);
        return image;
    }

    private static byte[]? Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            return bytes.Length > SHA256.HashSizeInBytes
                && SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes))
                ? bytes[SHA256.HashSizeInBytes..]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Keep(string path, byte[] image)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var draft = $"{path}.{Guid.NewGuid():n}";
            File.WriteAllBytes(draft, [.. SHA256.HashData(image), .. image]);
            File.Move(draft, path, overwrite: true);   // whole or not at all, for whoever reads at the same time
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a cache the kernels are compiled again at the next start.
        }
    }
}

/// <summary>What a driver loads for a module.</summary>
/// <param name="Data">A cubin, or PTX in UTF-8 with a closing zero.</param>
/// <param name="IsCubin">Which of the two.</param>
public sealed record KernelImage(byte[] Data, bool IsCubin)
{
    // Devices come and go in a process, and the text stays.
    private static readonly ConcurrentDictionary<string, KernelImage> s_shipped = new(StringComparer.Ordinal);

    /// <summary>The PTX that ships with this assembly: the same object for all who ask.</summary>
    /// <exception cref="ArgumentException">There is no such module.</exception>
    internal static KernelImage Shipped(string module) =>
        s_shipped.GetOrAdd(module, name => new KernelImage([.. Encoding.UTF8.GetBytes(KernelSources.ShippedPtx(name)), 0], IsCubin: false));
}

/// <summary>Chooses what a driver loads: a cubin for the exact GPU where NVRTC can make one, else the shipped PTX.</summary>
/// <param name="library">NVRTC, or null: not on this machine.</param>
/// <param name="cache">Where cubins are kept.</param>
public sealed class KernelImages(NvrtcLibrary? library, CubinCache cache)
{
    /// <summary>
    /// The image of a module for a GPU. NVRTC's own PTX is never used: a driver refuses PTX newer than itself (status 222), and
    /// NVRTC may be newer than the driver. The shipped PTX (7.8, compute_60) is taken by every driver since CUDA 11.8.
    /// </summary>
    /// <param name="module">The module, as "lrn".</param>
    /// <param name="architecture">The GPU's, as 80 for sm_80.</param>
    /// <exception cref="NvrtcException">The source does not compile.</exception>
    /// <exception cref="ArgumentException">There is no such module.</exception>
    public KernelImage Get(string module, int architecture)
    {
        if (library is null || !library.Architectures.Contains(architecture))
        {
            return KernelImage.Shipped(module);
        }

        var sources = KernelSources.Embedded;
        var key = string.Join(
            '\n', module, architecture, library.Version, string.Join(' ', KernelCompiler.Options), sources.Header, sources.Source(module));
        return new KernelImage(
            cache.GetOrAdd(key, () => new KernelCompiler(library, sources).ToCubin(module, architecture).Image), IsCubin: true);
    }
}
