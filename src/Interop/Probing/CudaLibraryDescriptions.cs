using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.Interop.Probing;

/// <summary>The libraries of a CUDA device: their names, what they must have, and how they tell their versions without a device.</summary>
internal static unsafe class CudaLibraryDescriptions
{
    private static readonly string s_variable = "ALEXNETCUDA_LIBRARIES";

    /// <summary>The CUDA majors whose cuBLAS is known, the newest first.</summary>
    internal static IReadOnlyList<int> CudaMajors { get; } = [13, 12];

    internal static LibraryDescription Driver { get; } = new(
        "The CUDA driver",
        [new("libcuda.so.1", 0)],
        [new("nvcuda.dll", 0)],
        s_variable,
        new Version(12, 0),
        EntryPoints.Of<CudaDriverTable>(),
        InspectDriver,
        "Install NVIDIA's driver for the GPU (525 or newer, which takes CUDA 12.0): https://www.nvidia.com/drivers; on Debian, the package nvidia-driver.")
    {
        IsDriver = true,
    };

    internal static LibraryDescription Cublas { get; } = new(
        "cuBLAS",
        [.. CudaMajors.Select(major => new LibraryName($"libcublas.so.{major}", major, new Companion($"libcublasLt.so.{major}", "", Required: false)))],
        [.. CudaMajors.Select(major => new LibraryName($"cublas64_{major}.dll", major, new Companion("", $"cublasLt64_{major}.dll", Required: false)))],
        s_variable,
        new Version(12, 0),
        EntryPoints.Of<CublasTable>(),
        library => InspectBlas(library, "cublasGetProperty"),
        Advise("cuBLAS of CUDA 12 or 13", "nvidia-cublas-cu12"))
    {
        PipFolders = ["cublas", "cu13"],
    };

    internal static LibraryDescription CublasLt { get; } = new(
        "cublasLt",
        [.. CudaMajors.Select(major => new LibraryName($"libcublasLt.so.{major}", major))],
        [.. CudaMajors.Select(major => new LibraryName($"cublasLt64_{major}.dll", major))],
        s_variable,
        new Version(12, 0),
        EntryPoints.Of<CublasLtTable>(),
        library => InspectBlas(library, "cublasLtGetProperty"),
        Advise("cublasLt, which comes with cuBLAS", "nvidia-cublas-cu12"))
    {
        PipFolders = ["cublas", "cu13"],
    };

    internal static LibraryDescription Cudnn { get; } = new(
        "cuDNN",
        [
            new("libcudnn.so.9", 0, [.. Sublibraries(9, "graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled")]),
            new("libcudnn.so.8", 0, [.. Sublibraries(8, "ops_infer", "ops_train", "cnn_infer", "cnn_train")]),
        ],
        [
            new("cudnn64_9.dll", 0, [.. Sublibraries(9, "graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled")]),
            new("cudnn64_8.dll", 0, [.. Sublibraries(8, "ops_infer", "ops_train", "cnn_infer", "cnn_train")]),
        ],
        s_variable,
        new Version(8, 9),
        EntryPoints.Of<CudnnTable>(),
        InspectCudnn,
        Advise("cuDNN 8.9 or 9, of the same CUDA major version as cuBLAS (https://developer.nvidia.com/cudnn)", "nvidia-cudnn-cu12"))
    {
        PipFolders = ["cudnn"],
    };

    /// <summary>NVRTC, the newest first.</summary>
    internal static LibraryDescription Nvrtc { get; } = new(
        "NVRTC (the CUDA run-time compiler)",
        [
            .. CudaMajors.Select(major => new LibraryName($"libnvrtc.so.{major}", major, Builtins)),
            new("libnvrtc.so.11.2", 11, Builtins),
        ],
        [
            .. CudaMajors.Select(major => new LibraryName($"nvrtc64_{major}0_0.dll", major, Builtins)),
            new("nvrtc64_112_0.dll", 11, Builtins),
        ],
        "ALEXNETCUDA_NVRTC",
        new Version(11, 2),
        EntryPoints.Of<NvrtcTable>(),
        InspectNvrtc,
        "Install the CUDA toolkit's NVRTC (11.2 or newer), or set ALEXNETCUDA_NVRTC to a directory that holds it; on Debian, "
            + "tools/get-debian-packages.sh bookworm artifacts/nvrtc libnvrtc11.2 libnvrtc-builtins11.8 fetches it.")
    {
        PipFolders = ["cuda_nvrtc", "cu13"],
    };

    // NVRTC loads its builtins by bare name, which fails (status 7) when they are not where the system looks: loaded by full path
    // first, they are then found in the process.
    private static Companion Builtins => new("libnvrtc-builtins.so*", "nvrtc-builtins64_*.dll", Required: false);

    // cuDNN is a shim that loads these by bare name at its first call, and ends the process where one is missing.
    private static IEnumerable<Companion> Sublibraries(int major, params string[] names) =>
        names.Select(name => new Companion($"libcudnn_{name}.so.{major}", $"cudnn_{name}64_{major}.dll", Required: true));

    private static string Advise(string what, string wheel) =>
        $"Install {what}: with the CUDA toolkit (https://developer.nvidia.com/cuda-downloads) or by `pip install {wheel}`; or set {s_variable} to a directory that holds it.";

    private static LibraryFacts InspectDriver(LoadedLibrary library)
    {
        int version;
        var status = ((delegate* unmanaged<int*, CUresult>)Export(library, "cuDriverGetVersion"))(&version);
        return status switch
        {
            CUresult.Success => new LibraryFacts(Thousands(version), Thousands(version)),
            CUresult.ErrorStubLibrary => throw new InvalidOperationException("is the toolkit's stub to link against, not a driver"),
            _ => throw new InvalidOperationException($"does not tell its version: cuDriverGetVersion gave {(int)status} ({status})"),
        };
    }

    private static LibraryFacts InspectBlas(LoadedLibrary library, string function)
    {
        var get = (delegate* unmanaged<LibraryProperty, int*, CublasStatus>)Export(library, function);
        var parts = stackalloc int[3];
        for (var part = LibraryProperty.MajorVersion; part <= LibraryProperty.PatchLevel; part++)
        {
            var status = get(part, &parts[(int)part]);
            if (status != CublasStatus.Success)
            {
                throw new InvalidOperationException($"does not tell its version: {function} gave {(int)status} ({status})");
            }
        }

        // cuBLAS counts its major versions with CUDA's, and its minor ones nearly.
        return new LibraryFacts(new Version(parts[0], parts[1], parts[2]), new Version(parts[0], parts[1]));
    }

    private static LibraryFacts InspectCudnn(LoadedLibrary library)
    {
        var version = (int)((delegate* unmanaged<nuint>)Export(library, "cudnnGetVersion"))();
        var cuda = (int)((delegate* unmanaged<nuint>)Export(library, "cudnnGetCudartVersion"))();
        var major = version >= 90000 ? 10000 : 1000;
        return new LibraryFacts(new Version(version / major, version % major / 100, version % 100), Thousands(cuda));
    }

    private static LibraryFacts InspectNvrtc(LoadedLibrary library)
    {
        int major, minor;
        var status = ((delegate* unmanaged<int*, int*, NvrtcResult>)Export(library, "nvrtcVersion"))(&major, &minor);
        return status == NvrtcResult.Success
            ? new LibraryFacts(new Version(major, minor), new Version(major, minor))
            : throw new InvalidOperationException($"does not tell its version: nvrtcVersion gave {(int)status} ({status})");
    }

    private static nint Export(LoadedLibrary library, string name) =>
        System.Runtime.InteropServices.NativeLibrary.TryGetExport(library.Handle, name, out var address)
            ? address
            : throw new InvalidOperationException($"lacks {name}: it is not what its name says");

    private static Version Thousands(int version) => new(version / 1000, version % 1000 / 10);
}
