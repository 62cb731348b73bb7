namespace AlexNetCuda.Cpu;

/// <summary>How a CPU device computes.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>The number of threads, 1 to 1024; 0 means one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether convolutions run by direct algorithms alone. Otherwise many of 3x3 and 5x5 run by Winograd's minimal filtering, which takes a third of the time or less and errs
    /// by some 2e-6 of the output's norm (direct: 5e-7).
    /// </summary>
    public bool Exact { get; init; }
}
