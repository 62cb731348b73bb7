using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.Kernels.Tests.Compilation;
using AlexNetCuda.KernelTools;
using Xunit;

[assembly: AssemblyFixture(typeof(AlexNetCuda.Kernels.Tests.Harness.MutantRecord))]

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>
/// What NVRTC makes of the mutants, recorded in tests/data/mutants.ptx.br: so that they need no NVRTC, and no minutes for some 500 compilations. A source that is not in
/// it is compiled; with <c>ALEXNETCUDA_RECORD_MUTANTS=1</c> all are, and the file is written again. One recorded PTX in 32 is compared with what NVRTC makes.
/// </summary>
public sealed class MutantRecord : IDisposable
{
    private const int SampledOneIn = 32;

    // By the hash of what is compiled, and how.
    private static readonly Lazy<FrozenDictionary<string, string>> s_recorded = new(Read);

    private static readonly ConcurrentDictionary<string, (string Kernel, string Ptx)> s_made = [];

    private static string[] Options { get; } = ["--gpu-architecture=compute_60", .. KernelCompiler.Options];

    private static bool IsRecording { get; } = Environment.GetEnvironmentVariable("ALEXNETCUDA_RECORD_MUTANTS") == "1";

    // Null where the tests run without a checkout.
    private static string? Record { get; } = Nvrtc.Root is null ? null : Path.Combine(Nvrtc.Root, "tests", "data", "mutants.ptx.br");

    /// <summary>Writes the record, when the tests are over, if this is a run that records.</summary>
    public void Dispose()
    {
        if (!IsRecording || s_made.IsEmpty || Record is null)
        {
            return;
        }

        // Mutants of a kernel side by side: what is like the text before it takes next to no room.
        using var file = new BinaryWriter(new BrotliStream(File.Create(Record), CompressionLevel.SmallestSize));
        foreach (var (key, (_, ptx)) in s_made.OrderBy(made => made.Value.Kernel, StringComparer.Ordinal).ThenBy(made => made.Key, StringComparer.Ordinal))
        {
            file.Write(key);
            file.Write(ptx);
        }
    }

    /// <summary>The PTX of a mutant, for compute_60. The test is skipped where it is neither recorded nor can be made.</summary>
    /// <param name="module">The module.</param>
    /// <param name="kernel">The one kernel that the source has.</param>
    /// <param name="source">The source, which includes nothing.</param>
    internal static string Compile(string module, string kernel, string source)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [KernelBuild.PinnedVersion, .. Options, source]))));
        if (IsRecording || !s_recorded.Value.TryGetValue(key, out var ptx))
        {
            ptx = Compile(Nvrtc.LoadPinnedOrSkip(), module, source);
            s_made[key] = (kernel, ptx);
        }
        else if (Convert.ToInt32(key[..2], 16) % SampledOneIn == 0 && Nvrtc.FindPinned() is { } nvrtc)
        {
            Assert.True(ptx == Compile(nvrtc, module, source), $"a recorded mutant of {kernel} is not what NVRTC makes of its source: record them again");
        }

        return ptx;
    }

    /// <summary>The PTX, for compute_60, of a source that includes nothing.</summary>
    internal static string Compile(NvrtcLibrary nvrtc, string module, string source) =>
        Encoding.UTF8.GetString(nvrtc.Compile($"{module}.cu", source, new Dictionary<string, string>(), Options).Image);

    private static FrozenDictionary<string, string> Read()
    {
        Dictionary<string, string> recorded = [];
        if (File.Exists(Record))
        {
            using var whole = new MemoryStream();
            using (var file = new BrotliStream(File.OpenRead(Record), CompressionMode.Decompress))
            {
                file.CopyTo(whole);
            }

            whole.Position = 0;
            using var reader = new BinaryReader(whole);
            while (whole.Position < whole.Length)
            {
                recorded.Add(reader.ReadString(), reader.ReadString());
            }
        }

        return recorded.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
