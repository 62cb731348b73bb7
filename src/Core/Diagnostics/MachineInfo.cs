using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Diagnostics;

/// <summary>The machine that a measurement was made on.</summary>
/// <param name="Cpu">The processor's model.</param>
/// <param name="Cores">The logical processors that this process may use.</param>
/// <param name="Simd">The vector instruction sets that this process may use, the widest first.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Runtime">The .NET version.</param>
/// <param name="MemoryBytes">The memory that this process may use.</param>
public sealed record MachineInfo(string Cpu, int Cores, string Simd, string OperatingSystem, string Runtime, long MemoryBytes)
{
    /// <summary>This machine.</summary>
    public static MachineInfo Current { get; } = new(
        CpuModel(), Environment.ProcessorCount, SimdSets(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>A line with all of it.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Cpu}, {Cores} cores, {Simd}, {MemoryBytes / (double)(1 << 30):F1} GiB; {OperatingSystem}; {Runtime}");

    private static string CpuModel()
    {
        const string cpuInfo = "/proc/cpuinfo";
        string? model = null;
        if (File.Exists(cpuInfo))
        {
            string? line = File.ReadLines(cpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            model = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        model ??= Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER"); // Windows
        return string.IsNullOrEmpty(model) ? RuntimeInformation.ProcessArchitecture.ToString() : model;
    }

    private static string SimdSets()
    {
        (bool Supported, string Name)[] sets =
        [
            (Avx512F.IsSupported, "AVX-512"), (Avx2.IsSupported, "AVX2"), (Fma.IsSupported, "FMA"), (Avx.IsSupported, "AVX"), (Sse42.IsSupported, "SSE4.2"),
            (AdvSimd.IsSupported, "AdvSimd"),
        ];
        string[] supported = [.. sets.Where(s => s.Supported).Select(s => s.Name)];
        return supported.Length > 0 ? string.Join(" ", supported) : "no SIMD";
    }
}
