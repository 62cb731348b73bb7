using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>What a module is loaded from. Only PTX can be run here.</summary>
internal static unsafe class ModuleImage
{
    private const uint ElfMagic = 0x464C_457F;
    private const uint FatbinMagic = 0xBA55_ED50;

    // Machine after machine loads the same modules, and parsing and decoding them takes longer than most runs: the last so many stay, more than the device has, and
    // others as long as one of their machines lives.
    private const int Kept = 48;
    private static readonly ConcurrentDictionary<string, WeakReference<PtxModule>> s_parsed = new(StringComparer.Ordinal);
    private static readonly Queue<PtxModule> s_kept = new();

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

        string key = Convert.ToHexString(SHA256.HashData(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(bytes)));
        PtxModule? parsed = Known(key);
        string text = parsed is null ? Marshal.PtrToStringUTF8((nint)image) ?? "" : "";
        int? version = parsed is null ? Version(text) : (10 * parsed.Version.Major) + parsed.Version.Minor;
        if (version is not { } isa)
        {
            log.Error("the image is neither PTX nor machine code: it has no .version");
            return CUresult.ErrorInvalidImage;
        }

        if (isa > NewestIsa(driverVersion))
        {
            log.Error($"ptxas application ptx input, line 1; fatal   : Unsupported .version {isa / 10}.{isa % 10}; current version is '{NewestIsa(driverVersion) / 10}.{NewestIsa(driverVersion) % 10}'");
            return CUresult.ErrorUnsupportedPtxVersion;
        }

        try
        {
            parsed ??= Parse(text, key);
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

    private static PtxModule? Known(string key) => s_parsed.TryGetValue(key, out WeakReference<PtxModule>? known) && known.TryGetTarget(out PtxModule? module) ? module : null;

    private static PtxModule Parse(string text, string key)
    {
        PtxModule module = PtxModule.Parse(text);
        s_parsed[key] = new WeakReference<PtxModule>(module);
        lock (s_kept)
        {
            s_kept.Enqueue(module);
            if (s_kept.Count > Kept) s_kept.Dequeue();
        }

        return module;
    }

    /// <summary>The number in sm_80; null where there is none.</summary>
    public static int? Architecture(string target)
    {
        int first = target.AsSpan().IndexOfAnyInRange('0', '9');
        return first < 0 ? null : Number(target.AsSpan(first), out _);
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

    /// <summary>The version that the first line with <c>.version 7.8</c> states: 10 major + minor; null where there is none.</summary>
    private static int? Version(string text)
    {
        const string Directive = ".version";
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> rest = line.TrimStart();
            if (!rest.StartsWith(Directive, StringComparison.Ordinal)) continue;
            rest = rest[Directive.Length..];
            ReadOnlySpan<char> number = rest.TrimStart();
            if (number.Length < rest.Length && Number(number, out int digits) is { } major && number[digits..] is ['.', .. var fraction] && Number(fraction, out _) is { } minor)
                return (10 * major) + minor;
        }

        return null;
    }

    /// <summary>The number that a text begins with, and how many digits it has; null where there is none that fits.</summary>
    private static int? Number(ReadOnlySpan<char> text, out int digits)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        digits = end < 0 ? text.Length : end;
        return int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
    }
}
