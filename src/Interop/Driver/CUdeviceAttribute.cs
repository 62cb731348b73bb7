namespace AlexNetCuda.Interop.Driver;

/// <summary>A number about a device.</summary>
[NativeEnum("CUdevice_attribute_enum", "CU_DEVICE_ATTRIBUTE_")]
public enum CUdeviceAttribute
{
    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK</c>.</summary>
    MaxThreadsPerBlock = 1,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X</c>.</summary>
    MaxBlockDimX = 2,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y</c>.</summary>
    MaxBlockDimY = 3,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z</c>.</summary>
    MaxBlockDimZ = 4,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X</c>.</summary>
    MaxGridDimX = 5,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y</c>.</summary>
    MaxGridDimY = 6,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z</c>.</summary>
    MaxGridDimZ = 7,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK</c>.</summary>
    MaxSharedMemoryPerBlock = 8,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_WARP_SIZE</c>.</summary>
    WarpSize = 10,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK</c>.</summary>
    MaxRegistersPerBlock = 12,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_CLOCK_RATE</c>.</summary>
    ClockRate = 13,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT</c>.</summary>
    MultiprocessorCount = 16,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_KERNEL_EXEC_TIMEOUT</c>.</summary>
    KernelExecTimeout = 17,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_INTEGRATED</c>.</summary>
    Integrated = 18,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_COMPUTE_MODE</c>.</summary>
    ComputeMode = 20,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_ECC_ENABLED</c>.</summary>
    EccEnabled = 32,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE</c>.</summary>
    MemoryClockRate = 36,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH</c>.</summary>
    GlobalMemoryBusWidth = 37,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE</c>.</summary>
    L2CacheSize = 38,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR</c>.</summary>
    MaxThreadsPerMultiprocessor = 39,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT</c>.</summary>
    AsyncEngineCount = 40,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING</c>.</summary>
    UnifiedAddressing = 41,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR</c>.</summary>
    ComputeCapabilityMajor = 75,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR</c>.</summary>
    ComputeCapabilityMinor = 76,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR</c>.</summary>
    MaxSharedMemoryPerMultiprocessor = 81,

    /// <summary><c>CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN</c>.</summary>
    MaxSharedMemoryPerBlockOptin = 97,
}
