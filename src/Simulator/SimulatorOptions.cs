using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator;

/// <summary>A failure on purpose: the n-th call of a function gives a status and does nothing.</summary>
/// <param name="Function">The exported name, as cuMemAlloc_v2 or cudnnConvolutionForward.</param>
/// <param name="Call">Which call of it, from 1.</param>
/// <param name="Status">The status it gives, in the numbers of the function's own library (of cuDNN 9 for cuDNN).</param>
public sealed record InjectedFault(string Function, int Call, int Status)
{
    /// <summary>
    /// Whether the call itself succeeds, and what it put into a stream fails when it runs: the status (700, 715 to 719, ...) then
    /// breaks the context.
    /// </summary>
    public bool IsLate { get; init; }

    /// <summary>
    /// A status of the driver (700, 719, ...) that the call breaks every context with, as when the GPU falls off its bus: what was put into streams is given up, and each
    /// later call in the context gives this status. 0: the contexts stay whole.
    /// </summary>
    public int BreaksContextWith { get; init; }
}

/// <summary>The machine that is simulated, and how closely it watches. Same options, same calls: same results.</summary>
public sealed record SimulatorOptions
{
    /// <summary>The GPUs, by ordinal.</summary>
    public IReadOnlyList<SimulatedGpu> Gpus { get; init; } = [SimulatedGpu.A100];

    /// <summary>What cuDriverGetVersion says: 1000 major + 10 minor.</summary>
    public int DriverVersion { get; init; } = 12_040;

    /// <summary>What cuBLAS and cublasLt say: 10000 major + 100 minor + patch.</summary>
    public int CublasVersion { get; init; } = 120_401;

    /// <summary>What cuDNN says: 8907 for 8.9.7, 90100 for 9.1.0. Its tables of what is supported go by it.</summary>
    public int CudnnVersion { get; init; } = 90_100;

    /// <summary>Whether there is a cublasLt.</summary>
    public bool HasCublasLt { get; init; } = true;

    /// <summary>NVIDIA_TF32_OVERRIDE as the libraries see it: false forbids TF32 everywhere, null leaves it to the caller's flags.</summary>
    public bool? Tf32Override { get; init; }

    /// <summary>The PTX machine's checkers for every launch.</summary>
    public Checks Checks { get; init; }

    /// <summary>
    /// Whether accesses of two streams to the same memory that nothing orders are reported. Needs to watch every access: slow. What
    /// the host itself does in page-locked memory cannot be seen; all its threads count as one.
    /// </summary>
    public bool ReportHazards { get; init; }

    /// <summary>Whether new device memory and workspaces are filled with NaN patterns instead of zeros.</summary>
    public bool Poison { get; init; } = true;

    /// <summary>Draws which stream goes on, the order of sums of algorithms that are not deterministic, and the PTX machine's schedule; 0: natural orders.</summary>
    public int Seed { get; init; }

    /// <summary>Threads of the host that work at once; 0: all processors.</summary>
    public int Workers { get; init; }

    /// <summary>
    /// Receives a line for every call, if not null: function, arguments without addresses that differ from run to run, and the status
    /// (of cuBLAS and cuDNN only that of failures on purpose).
    /// </summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Failures on purpose.</summary>
    public IReadOnlyList<InjectedFault> Faults { get; init; } = [];
}
