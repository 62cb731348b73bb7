using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>What a module is loaded from. Only PTX can be run here.</summary>
internal static unsafe partial class ModuleImage
{
    private const uint ElfMagic = 0x464C_457F;
    private const uint FatbinMagic = 0xBA55_ED50;

    // Machine after machine loads the same modules, and parsing them takes longer than most runs. As long as one of the machines lives.
    private static readonly ConcurrentDictionary<string, WeakReference<PtxModule>> s_parsed = new(StringComparer.Ordinal);

    public static CUresult Read(void* image, int driverVersion, SimulatedGpu gpu, JitLog log, out PtxModule? module)
    {
        module = null;
        // Byte by byte: an empty text ends at its first one.
        var bytes = (byte*)image;
        if ((bytes[0] == 0x7F && *(uint*)image == ElfMagic) || (bytes[0] == 0x50 && *(uint*)image == FatbinMagic))
        {
            log.Error("the image holds machine code, and simulated GPUs run PTX only");
            return CUresult.ErrorNoBinaryForGpu;
        }

        string text = Marshal.PtrToStringUTF8((nint)image) ?? "";
        Match version = VersionDirective().Match(text);
        if (!version.Success)
        {
            log.Error("the image is neither PTX nor machine code: it has no .version");
            return CUresult.ErrorInvalidImage;
        }

        int isa = (10 * int.Parse(version.Groups["major"].ValueSpan, CultureInfo.InvariantCulture)) + int.Parse(version.Groups["minor"].ValueSpan, CultureInfo.InvariantCulture);
        if (isa > NewestIsa(driverVersion))
        {
            log.Error($"ptxas application ptx input, line 1; fatal   : Unsupported .version {isa / 10}.{isa % 10}; current version is '{NewestIsa(driverVersion) / 10}.{NewestIsa(driverVersion) % 10}'");
            return CUresult.ErrorUnsupportedPtxVersion;
        }

        try
        {
            PtxModule parsed = Parse(text);
            if (Architecture(parsed.Target) > gpu.Architecture)
            {
                log.Error($"the PTX is for {parsed.Target}, and the GPU is sm_{gpu.Architecture}");
                return CUresult.ErrorNoBinaryForGpu;
            }

            module = parsed;
            return CUresult.Success;
        }
        catch (PtxParseException error)
        {
            log.Error($"ptxas application ptx input, {error.Message}");
            return CUresult.ErrorInvalidPtx;
        }
    }

    private static PtxModule Parse(string text)
    {
        string key = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())));
        if (s_parsed.TryGetValue(key, out WeakReference<PtxModule>? known) && known.TryGetTarget(out PtxModule? module)) return module;
        module = PtxModule.Parse(text);
        s_parsed[key] = new WeakReference<PtxModule>(module);
        return module;
    }

    /// <summary>The number in sm_80; null where there is none.</summary>
    public static int? Architecture(string target)
    {
        Match match = TargetNumber().Match(target);
        return match.Success ? int.Parse(match.ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The newest PTX that a driver takes (PTX ISA, "Release History"): 10 major + minor.</summary>
    public static int NewestIsa(int driverVersion) => driverVersion switch
    {
        >= 13_000 => 90 + ((driverVersion - 13_000) / 10),
        >= 12_090 => 88,
        >= 12_080 => 87,
        >= 12_050 => 85,
        >= 12_000 => 80 + ((driverVersion - 12_000) / 10),
        _ => 70 + ((driverVersion - 11_000) / 10),
    };

    [GeneratedRegex(@"^\s*\.version\s+(?<major>\d+)\.(?<minor>\d+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VersionDirective();

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TargetNumber();
}
