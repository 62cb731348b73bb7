namespace AlexNetCuda.Interop.Driver;

/// <summary>How page-locked host memory behaves (the header's CU_MEMHOSTALLOC_ constants).</summary>
[Flags]
[NativeConstants("CU_MEMHOSTALLOC_")]
public enum CUmemHostAllocFlags
{
    /// <summary>Page-locked for the current context only.</summary>
    None = 0,

    /// <summary>Page-locked for every context.</summary>
    Portable = 1,

    /// <summary>Mapped into the device's address space.</summary>
    DeviceMap = 2,

    /// <summary>Fast for the device to read, very slow for the host to read.</summary>
    WriteCombined = 4,
}
