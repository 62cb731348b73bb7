namespace AlexNetCuda.Interop.Nvtx;

/// <summary>NvtxExportTableCallbacks of nvtxTypes.h: where a profiler asks for the slots it fills.</summary>
internal unsafe struct NvtxExportTableCallbacks
{
    internal nuint StructSize;
    internal delegate* unmanaged<int, nint***, uint*, int> GetModuleFunctionTable;
}

/// <summary>NvtxExportTableVersionInfo of nvtxTypes.h: which version of the headers a profiler has before it.</summary>
internal unsafe struct NvtxExportTableVersionInfo
{
    internal nuint StructSize;
    internal uint Version;
    internal uint Reserved;
    internal delegate* unmanaged<uint, void> SetInjectionNvtxVersion;
}
