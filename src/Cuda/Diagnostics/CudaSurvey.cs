using System.Text.RegularExpressions;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Cuda.Diagnostics;

/// <summary>Looks at a machine's CUDA: asks the libraries for what they are and tries each device. It judges nothing, and throws for nothing it finds.</summary>
public static unsafe partial class CudaSurvey
{
    // Megabytes of text to look through.
    private static readonly Lazy<Version> s_shippedPtxVersion = new(() => KernelSources.Embedded.Modules
        .Select(module => Version.Parse(PtxHeader().Match(KernelSources.ShippedPtx(module)).Groups["version"].Value))
        .Max()!);

    /// <summary>The environment variables that change what the libraries or the search for them do.</summary>
    public static IReadOnlyList<string> Variables { get; } =
    [
        "NVIDIA_TF32_OVERRIDE", "CUDA_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING", "CUDA_DISABLE_PTX_JIT", "NVTX_INJECTION64_PATH",
        "ALEXNETCUDA_LIBRARIES", "ALEXNETCUDA_NVRTC",
    ];

    /// <summary>Looks at what a search for the native libraries brought.</summary>
    /// <param name="found">What the search brought.</param>
    /// <param name="variable">Reads an environment variable.</param>
    public static CudaFacts Look(FoundCudaLibraries found, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(variable);
        var report = found.Report;
        return Look(
            new CudaFacts
            {
                PtxVersion = ShippedPtxVersion(),
                Libraries =
                [
                    Searched(CudaLibrary.Driver, report.Driver),
                    Searched(CudaLibrary.Cublas, report.Blas),
                    Searched(CudaLibrary.CublasLt, report.BlasLt),
                    Searched(CudaLibrary.Cudnn, report.Dnn),
                    Searched(CudaLibrary.Nvrtc, report.Nvrtc),
                ],
                NvrtcArchitectures = found.Nvrtc?.Architectures ?? [],
                NvrtcProblem = found.NvrtcProblem,
            },
            found.Driver,
            found.Blas,
            found.Dnn,
            variable);

        static CudaLibraryFacts Searched(CudaLibrary library, LibraryReport search) =>
            new(library, search.Taken?.Version, search.Taken?.CudaVersion, search.Taken?.Path, search) { File = Target(search.Taken?.Path) };
    }

    /// <summary>Looks at libraries that did not have to be searched for, as simulated ones.</summary>
    /// <param name="libraries">The libraries.</param>
    /// <param name="variable">Reads an environment variable.</param>
    public static CudaFacts Look(CudaLibraries libraries, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(libraries);
        ArgumentNullException.ThrowIfNull(variable);
        var lt = libraries.BlasLt;
        var driver = DriverVersion(libraries.Driver);
        var cublas = BlasVersion(libraries.Blas.GetProperty);
        var cublasLt = lt is null ? null : BlasVersion(lt.GetProperty);
        return Look(
            new CudaFacts
            {
                PtxVersion = ShippedPtxVersion(),
                Libraries =
                [
                    new(CudaLibrary.Driver, driver, driver, null, null),
                    new(CudaLibrary.Cublas, cublas, Short(cublas), null, null),
                    new(CudaLibrary.CublasLt, cublasLt, Short(cublasLt), null, null),
                    new(CudaLibrary.Cudnn, DnnVersion((int)libraries.Dnn.GetVersion()), Thousands((int)libraries.Dnn.GetCudartVersion()), null, null),
                    new(CudaLibrary.Nvrtc, null, null, null, null),
                ],
            },
            libraries.Driver,
            libraries.Blas,
            libraries.Dnn,
            variable);

        static Version? Short(Version? version) => version is null ? null : new Version(version.Major, version.Minor);
    }

    private static CudaFacts Look(CudaFacts facts, ICudaDriver? driver, ICublas? blas, ICudnn? dnn, Func<string, string?> variable)
    {
        facts = facts with
        {
            Environment = Variables.Where(name => variable(name) is not null).ToDictionary(name => name, name => variable(name)!, StringComparer.Ordinal),
        };
        if (dnn is not null)
        {
            // 100 major + 10 minor; a version that says nothing is not believed.
            var newest = (int)dnn.GetMaxDeviceVersion();
            facts = facts with { CudnnNewestCapability = newest >= 100 ? new Version(newest / 100, newest % 100 / 10) : null };
        }

        if (driver is null) return facts;
        if (Failure(driver, "cuInit", driver.Init(0)) is { } refused) return facts with { DriverFailure = refused };
        int count = 0;
        if (Failure(driver, "cuDeviceGetCount", driver.DeviceGetCount(&count)) is { } uncounted) return facts with { DriverFailure = uncounted };
        var looked = facts;
        return facts with { Devices = [.. Enumerable.Range(0, Math.Max(count, 0)).Select(ordinal => new DeviceTrial(looked, driver, blas, dnn).Run(ordinal))] };
    }

    /// <summary>The newest version in the headers of the PTX that ships.</summary>
    public static Version ShippedPtxVersion() => s_shippedPtxVersion.Value;

    internal static CudaCallFailure? Failure(ICudaDriver driver, string function, CUresult status)
    {
        if (status == CUresult.Success) return null;
        byte* text = null;
        return driver.GetErrorString(status, &text) == CUresult.Success && text is not null
            ? new CudaCallFailure(function, (int)status, Texts.Read(text))
            : new CudaCallFailure(function, (int)status, status.ToString());
    }

    private static string? Target(string? path)
    {
        try
        {
            return path is null ? null : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // a bare name, or a link that can't be read: nobody needs it to run
        }
    }

    private static Version? DriverVersion(ICudaDriver driver)
    {
        int version = 0;
        return driver.DriverGetVersion(&version) == CUresult.Success ? Thousands(version) : null;
    }

    private delegate CublasStatus PropertyReader(LibraryProperty property, int* value);

    private static Version? BlasVersion(PropertyReader read)
    {
        var parts = stackalloc int[3];
        for (var part = LibraryProperty.MajorVersion; part <= LibraryProperty.PatchLevel; part++)
        {
            if (read(part, &parts[(int)part]) != CublasStatus.Success) return null;
        }

        return new Version(parts[0], parts[1], parts[2]);
    }

    private static Version DnnVersion(int version)
    {
        var major = version >= 90_000 ? 10_000 : 1000;
        return new Version(version / major, version % major / 100, version % 100);
    }

    private static Version Thousands(int version) => new(version / 1000, version % 1000 / 10);

    [GeneratedRegex(@"^\.version (?<version>\d+\.\d+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex PtxHeader();
}
