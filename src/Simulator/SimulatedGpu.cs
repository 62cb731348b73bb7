namespace AlexNetCuda.Simulator;

/// <summary>A GPU as the simulated driver describes it. The numbers are NVIDIA's, of the product named.</summary>
/// <param name="Name">The product's name.</param>
/// <param name="Major">Compute capability, before the dot.</param>
/// <param name="Minor">Compute capability, after the dot.</param>
/// <param name="MemoryBytes">Device memory in bytes: an allocation beyond it fails with ErrorOutOfMemory.</param>
/// <param name="Multiprocessors">How many.</param>
/// <param name="ClockKilohertz">The multiprocessors' clock.</param>
/// <param name="MemoryClockKilohertz">The memory's clock.</param>
/// <param name="BusBits">Width of the memory's bus.</param>
/// <param name="L2Bytes">Size of the second cache.</param>
/// <param name="SharedBytesOptIn">The most shared memory a block can have when its kernel opts in.</param>
public sealed record SimulatedGpu(
    string Name,
    int Major,
    int Minor,
    long MemoryBytes,
    int Multiprocessors,
    int ClockKilohertz,
    int MemoryClockKilohertz,
    int BusBits,
    int L2Bytes,
    int SharedBytesOptIn)
{
    /// <summary>Compute capability as one number: 10 major + minor.</summary>
    public int Architecture => (10 * Major) + Minor;

    /// <summary>sm_61.</summary>
    public static SimulatedGpu Gtx1080Ti { get; } = new("NVIDIA GeForce GTX 1080 Ti", 6, 1, 11L << 30, 28, 1_582_000, 5_505_000, 352, 2_816 << 10, 48 << 10);

    /// <summary>sm_75.</summary>
    public static SimulatedGpu TeslaT4 { get; } = new("Tesla T4", 7, 5, 15L << 30, 40, 1_590_000, 5_001_000, 256, 4 << 20, 64 << 10);

    /// <summary>sm_80.</summary>
    public static SimulatedGpu A100 { get; } = new("NVIDIA A100-SXM4-40GB", 8, 0, 40L << 30, 108, 1_410_000, 1_215_000, 5120, 40 << 20, 163 << 10);

    /// <summary>sm_90.</summary>
    public static SimulatedGpu H100 { get; } = new("NVIDIA H100 80GB HBM3", 9, 0, 80L << 30, 132, 1_980_000, 2_619_000, 5120, 50 << 20, 227 << 10);
}
