namespace AlexNetCuda.Simulator.Core;

/// <summary>
/// How long things take, by a model just good enough for events to give positive, plausible times that are the same in every run:
/// a latency, and bytes over a bandwidth. Streams do not slow each other down.
/// </summary>
internal static class ClockModel
{
    public const double CallSeconds = 1e-6;
    public const double MarkSeconds = 0.5e-6;
    public const double LaunchSeconds = 3e-6;
    public const double CopySeconds = 5e-6;
    private const int LanesPerMultiprocessor = 64;

    /// <summary>The memory's bandwidth: two transfers a clock.</summary>
    public static double BytesPerSecond(SimulatedGpu gpu) => 2.0 * gpu.MemoryClockKilohertz * 1e3 * gpu.BusBits / 8;

    /// <summary>PCI Express with sixteen lanes: generation 3 before Ampere, 4 on it, 5 after.</summary>
    public static double HostBytesPerSecond(SimulatedGpu gpu) => gpu.Major switch { < 8 => 12e9, 8 => 24e9, _ => 50e9 };

    /// <summary>A kernel that is bound by its instructions.</summary>
    public static double KernelSeconds(SimulatedGpu gpu, long threadInstructions) =>
        LaunchSeconds + (threadInstructions / ((double)gpu.Multiprocessors * LanesPerMultiprocessor * gpu.ClockKilohertz * 1e3));
}
