namespace AlexNetCuda.Cpu;

/// <summary>How a CPU device computes.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>The number of threads, 1 to 1024; 0 means one a processor.</summary>
    public int Threads { get; init; }
}
