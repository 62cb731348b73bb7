using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>What a compute capability allows (CUDA C++ Programming Guide, "Technical Specifications per Compute Capability").</summary>
internal static class GpuLimits
{
    public const int ThreadsPerBlock = 1024;
    public const int BlockX = 1024;
    public const int BlockZ = 64;
    public const int GridY = 65535;
    public const int SharedBytes = 48 << 10;
    public const int Registers = 64 << 10;

    /// <summary>Shared memory of a multiprocessor: what a block can have at most, and the kilobyte that the system takes of each block since 8.0.</summary>
    public static int SharedBytesPerMultiprocessor(SimulatedGpu gpu) => gpu.Architecture switch
    {
        60 => 64 << 10,
        61 => 96 << 10,
        62 => 64 << 10,
        < 80 => gpu.SharedBytesOptIn,
        _ => gpu.SharedBytesOptIn + (1 << 10),
    };

    public static int ThreadsPerMultiprocessor(SimulatedGpu gpu) => gpu.Architecture switch
    {
        75 => 1024,
        86 or 87 or 89 or >= 120 => 1536,
        _ => 2048,
    };

    public static int BlocksPerMultiprocessor(SimulatedGpu gpu) => gpu.Architecture switch
    {
        75 or 86 or 87 => 16,
        89 or >= 120 => 24,
        _ => 32,
    };

    /// <summary>A device attribute; null for one that is not known.</summary>
    public static int? Attribute(SimulatedGpu gpu, CUdeviceAttribute attribute) => attribute switch
    {
        CUdeviceAttribute.MaxThreadsPerBlock => ThreadsPerBlock,
        CUdeviceAttribute.MaxBlockDimX or CUdeviceAttribute.MaxBlockDimY => BlockX,
        CUdeviceAttribute.MaxBlockDimZ => BlockZ,
        CUdeviceAttribute.MaxGridDimX => int.MaxValue,
        CUdeviceAttribute.MaxGridDimY or CUdeviceAttribute.MaxGridDimZ => GridY,
        CUdeviceAttribute.MaxSharedMemoryPerBlock => SharedBytes,
        CUdeviceAttribute.WarpSize => 32,
        CUdeviceAttribute.MaxRegistersPerBlock => Registers,
        CUdeviceAttribute.ClockRate => gpu.ClockKilohertz,
        CUdeviceAttribute.MultiprocessorCount => gpu.Multiprocessors,
        CUdeviceAttribute.KernelExecTimeout => 0,
        CUdeviceAttribute.Integrated => 0,
        CUdeviceAttribute.ComputeMode => 0,
        CUdeviceAttribute.EccEnabled => gpu.BusBits > 1024 ? 1 : 0,
        CUdeviceAttribute.MemoryClockRate => gpu.MemoryClockKilohertz,
        CUdeviceAttribute.GlobalMemoryBusWidth => gpu.BusBits,
        CUdeviceAttribute.L2CacheSize => gpu.L2Bytes,
        CUdeviceAttribute.MaxThreadsPerMultiprocessor => ThreadsPerMultiprocessor(gpu),
        CUdeviceAttribute.AsyncEngineCount => gpu.Major < 7 ? 2 : 3,
        CUdeviceAttribute.UnifiedAddressing => 1,
        CUdeviceAttribute.ComputeCapabilityMajor => gpu.Major,
        CUdeviceAttribute.ComputeCapabilityMinor => gpu.Minor,
        CUdeviceAttribute.MaxSharedMemoryPerMultiprocessor => SharedBytesPerMultiprocessor(gpu),
        CUdeviceAttribute.MaxSharedMemoryPerBlockOptin => gpu.SharedBytesOptIn,
        _ => null,
    };
}
