namespace AlexNetCuda.Cpu;

/// <summary>How a CPU device computes.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>The most threads that a device has.</summary>
    public const int MostThreads = 1024;

    /// <summary>The number of threads, 1 to <see cref="MostThreads"/>; 0 means one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether convolutions run by direct algorithms alone. Otherwise many of 3x3 and 5x5 run by Winograd's minimal filtering, which takes a third of the time and errs by 1e-6 to
    /// 3e-6 (3x3) or 4e-6 (5x5) of the result's norm, where direct algorithms err by 3e-7.
    /// </summary>
    public bool Exact { get; init; }
}
