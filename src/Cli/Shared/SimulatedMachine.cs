using AlexNetCuda.Interop;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator;

namespace AlexNetCuda.Cli;

/// <summary>A simulated GPU with a cache of its own: what the simulated cuDNN chooses is not for the real one of the same name.</summary>
internal sealed class SimulatedMachine : IDisposable
{
    private readonly SimulatedCuda _cuda;

    /// <summary>Switches it on.</summary>
    /// <param name="architecture">One of <see cref="DeviceName.Architectures"/>; null for an A100.</param>
    /// <param name="threads">Threads of the host; 0: one a core.</param>
    /// <param name="checks">Whether every launch is watched by the PTX machine's checkers, and streams for hazards.</param>
    public SimulatedMachine(int? architecture, int threads, bool checks = false)
    {
        SimulatedGpu gpu = architecture switch { 61 => SimulatedGpu.Gtx1080Ti, 75 => SimulatedGpu.TeslaT4, 90 => SimulatedGpu.H100, _ => SimulatedGpu.A100 };
        Options = new SimulatorOptions { Gpus = [gpu], Workers = threads, Checks = checks ? Checks.All : Checks.None, ReportHazards = checks };
        _cuda = new SimulatedCuda(Options);
    }

    /// <summary>What is simulated, and how closely it is watched.</summary>
    public SimulatorOptions Options { get; }

    /// <summary>Where its compiled kernels and algorithms are kept, as long as it runs.</summary>
    public string CacheDirectory { get; } = Path.Combine(Path.GetTempPath(), "alexnet-sim-" + Path.GetRandomFileName());

    /// <summary>Its libraries.</summary>
    public CudaLibraries Libraries => _cuda.Libraries;

    /// <summary>What has been noticed.</summary>
    public IReadOnlyList<string> Noticed => [.. _cuda.Reports.Select(r => r.ToString()!)];

    /// <summary>Switches it off.</summary>
    public void Dispose()
    {
        _cuda.Dispose();
        if (Directory.Exists(CacheDirectory)) Directory.Delete(CacheDirectory, recursive: true);
    }
}
