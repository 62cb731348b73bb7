using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Driver;

namespace AlexNetCuda.Simulator;

/// <summary>
/// A machine with CUDA, made of software: the driver, cuBLAS, cublasLt and cuDNN behind the contracts of Interop. It does what is
/// asked as late as it may, and notices what the real libraries would let pass.
/// </summary>
public sealed class SimulatedCuda : IDisposable
{
    private readonly SimulatorCore _core;
    private CudaLibraries? _libraries;

    /// <summary>A machine that has just been switched on.</summary>
    /// <param name="options">What it is, and how closely it watches; null for an A100 and no watching.</param>
    public SimulatedCuda(SimulatorOptions? options = null)
    {
        _core = new SimulatorCore(options ?? new SimulatorOptions());
        Driver = new SimulatedDriver(_core);
    }

    /// <summary>The driver.</summary>
    public ICudaDriver Driver { get; }

    /// <summary>All libraries.</summary>
    public CudaLibraries Libraries => _libraries ??= SimulatedLibraries.Create(Driver, _core);

    /// <summary>What has been asked.</summary>
    public SimulatorCounters Counters => _core.Counters;

    /// <summary>What has been noticed, in the order it was: tests fail for anything here.</summary>
    public IReadOnlyList<SimulatorReport> Reports => _core.Reports;

    internal ISimulatorCore Core => _core;

    /// <summary>Handles and memory that have not been given back, or had not been when their context went or this was disposed.</summary>
    public IReadOnlyList<string> Leaks() => _core.Leaks();

    /// <summary>Frees everything; <see cref="Reports"/>, <see cref="Counters"/> and <see cref="Leaks"/> stay.</summary>
    public void Dispose() => _core.Dispose();
}
