using AlexNetCuda.Interop;

namespace AlexNetCuda.Cuda.Diagnostics;

/// <summary>A library of CUDA that the engine uses.</summary>
public enum CudaLibrary
{
    /// <summary>The driver.</summary>
    Driver,

    /// <summary>cuBLAS.</summary>
    Cublas,

    /// <summary>cublasLt, which can be done without.</summary>
    CublasLt,

    /// <summary>cuDNN.</summary>
    Cudnn,

    /// <summary>NVRTC, which can be done without.</summary>
    Nvrtc,
}

/// <summary>A library as it was found, or what came of looking for it.</summary>
/// <param name="Library">Which.</param>
/// <param name="Version">Its version, or null: there is none that serves.</param>
/// <param name="CudaVersion">The CUDA version it belongs to (the driver: the newest it takes), or null where it does not say.</param>
/// <param name="Path">Where it was loaded from; null where it was not, or is no file.</param>
/// <param name="Search">What came of looking for it; null where it was not looked for on this machine.</param>
public sealed record CudaLibraryFacts(CudaLibrary Library, Version? Version, Version? CudaVersion, string? Path, LibraryReport? Search)
{
    /// <summary>The file that the path's links end at, which often tells the release (libcuda.so.535.261.03); null where the path is no link.</summary>
    public string? File { get; init; }

    /// <summary>Whether there is one that serves.</summary>
    public bool IsUsable => Version is not null;

    /// <summary>Its name for people.</summary>
    public string Name => NameOf(Library);

    /// <summary>A library's name for people.</summary>
    public static string NameOf(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => "CUDA driver",
        CudaLibrary.Cublas => "cuBLAS",
        CudaLibrary.CublasLt => "cublasLt",
        CudaLibrary.Cudnn => "cuDNN",
        _ => "NVRTC",
    };
}

/// <summary>A call that failed.</summary>
/// <param name="Function">The function, by its exported name.</param>
/// <param name="Status">Its status, in the library's own numbers (of cuDNN 9 for cuDNN).</param>
/// <param name="Text">The status in the library's words.</param>
public sealed record CudaCallFailure(string Function, int Status, string Text)
{
    /// <summary>All of it on one line.</summary>
    public override string ToString() => $"{Function} gave {Status} ({Text})";
}

/// <summary>A device as the driver describes it, and what came of trying it. What the driver does not tell is null.</summary>
/// <param name="Ordinal">Its number, from 0.</param>
public sealed record CudaDeviceFacts(int Ordinal)
{
    /// <summary>The product's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The compute capability.</summary>
    public Version? Capability { get; init; }

    /// <summary>Device memory in bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Device memory that was free when it was tried.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>How many multiprocessors.</summary>
    public int? Multiprocessors { get; init; }

    /// <summary>The multiprocessors' clock.</summary>
    public int? ClockKilohertz { get; init; }

    /// <summary>The memory's clock.</summary>
    public int? MemoryClockKilohertz { get; init; }

    /// <summary>Width of the memory's bus.</summary>
    public int? MemoryBusBits { get; init; }

    /// <summary>Size of the second cache.</summary>
    public int? L2Bytes { get; init; }

    /// <summary>Where it sits, as 0000:01:00.0.</summary>
    public string? PciBusId { get; init; }

    /// <summary>Who may use it: 0 everybody, 2 nobody, 3 one process.</summary>
    public int? ComputeMode { get; init; }

    /// <summary>What was tried on it and worked, in words: a context, a kernel's module, a handle of cuBLAS, of cuDNN.</summary>
    public IReadOnlyList<string> Working { get; init; } = [];

    /// <summary>What failed when it was described and tried.</summary>
    public IReadOnlyList<CudaCallFailure> Failures { get; init; } = [];
}

/// <summary>All that a look at a machine with CUDA, or without, gave; nothing of it is judged yet.</summary>
public sealed record CudaFacts
{
    /// <summary>Each library of <see cref="CudaLibrary"/>, in its order.</summary>
    public required IReadOnlyList<CudaLibraryFacts> Libraries { get; init; }

    /// <summary>The devices, by ordinal.</summary>
    public IReadOnlyList<CudaDeviceFacts> Devices { get; init; } = [];

    /// <summary>Why the devices could not be asked for, or null.</summary>
    public CudaCallFailure? DriverFailure { get; init; }

    /// <summary>The newest compute capability this cuDNN knows, or null where there is none or it does not say.</summary>
    public Version? CudnnNewestCapability { get; init; }

    /// <summary>The architectures NVRTC compiles for, as 80 for sm_80.</summary>
    public IReadOnlyList<int> NvrtcArchitectures { get; init; } = [];

    /// <summary>Why NVRTC does not serve although its file does, or null.</summary>
    public string? NvrtcProblem { get; init; }

    /// <summary>The version of the PTX that ships.</summary>
    public required Version PtxVersion { get; init; }

    /// <summary>The environment variables that matter and are set.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A library.</summary>
    public CudaLibraryFacts this[CudaLibrary library] => Libraries.First(one => one.Library == library);
}
