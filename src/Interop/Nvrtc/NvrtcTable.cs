namespace AlexNetCuda.Interop.Nvrtc;

/// <summary>The entry points of NVRTC, found when the library is loaded. CUDA 11.2 is the first to have them all.</summary>
internal unsafe struct NvrtcTable
{
    [EntryPoint("nvrtcVersion")]
    internal delegate* unmanaged<int*, int*, NvrtcResult> Version;

    [EntryPoint("nvrtcGetNumSupportedArchs")]
    internal delegate* unmanaged<int*, NvrtcResult> GetNumSupportedArchs;

    [EntryPoint("nvrtcGetSupportedArchs")]
    internal delegate* unmanaged<int*, NvrtcResult> GetSupportedArchs;

    [EntryPoint("nvrtcCreateProgram")]
    internal delegate* unmanaged<NvrtcProgram*, byte*, byte*, int, byte**, byte**, NvrtcResult> CreateProgram;

    [EntryPoint("nvrtcDestroyProgram")]
    internal delegate* unmanaged<NvrtcProgram*, NvrtcResult> DestroyProgram;

    [EntryPoint("nvrtcCompileProgram")]
    internal delegate* unmanaged<NvrtcProgram, int, byte**, NvrtcResult> CompileProgram;

    [EntryPoint("nvrtcGetPTXSize")]
    internal delegate* unmanaged<NvrtcProgram, nuint*, NvrtcResult> GetPtxSize;

    [EntryPoint("nvrtcGetPTX")]
    internal delegate* unmanaged<NvrtcProgram, byte*, NvrtcResult> GetPtx;

    [EntryPoint("nvrtcGetCUBINSize")]
    internal delegate* unmanaged<NvrtcProgram, nuint*, NvrtcResult> GetCubinSize;

    [EntryPoint("nvrtcGetCUBIN")]
    internal delegate* unmanaged<NvrtcProgram, byte*, NvrtcResult> GetCubin;

    [EntryPoint("nvrtcGetProgramLogSize")]
    internal delegate* unmanaged<NvrtcProgram, nuint*, NvrtcResult> GetProgramLogSize;

    [EntryPoint("nvrtcGetProgramLog")]
    internal delegate* unmanaged<NvrtcProgram, byte*, NvrtcResult> GetProgramLog;
}
