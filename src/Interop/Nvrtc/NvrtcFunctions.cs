using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Nvrtc;

/// <summary>
/// The functions of NVRTC that are called here, filled when the library is loaded, so that a missing one is known then. A
/// field's name is the exported name with a capital first letter; the tests hold each signature against cuda-abi.json.
/// </summary>
internal sealed unsafe class NvrtcFunctions
{
    internal readonly delegate* unmanaged<int*, int*, NvrtcResult> NvrtcVersion;
    internal readonly delegate* unmanaged<int*, NvrtcResult> NvrtcGetNumSupportedArchs;
    internal readonly delegate* unmanaged<int*, NvrtcResult> NvrtcGetSupportedArchs;
    internal readonly delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, NvrtcResult> NvrtcCreateProgram;
    internal readonly delegate* unmanaged<nint*, NvrtcResult> NvrtcDestroyProgram;
    internal readonly delegate* unmanaged<nint, int, byte**, NvrtcResult> NvrtcCompileProgram;
    internal readonly delegate* unmanaged<nint, nuint*, NvrtcResult> NvrtcGetPTXSize;
    internal readonly delegate* unmanaged<nint, byte*, NvrtcResult> NvrtcGetPTX;
    internal readonly delegate* unmanaged<nint, nuint*, NvrtcResult> NvrtcGetCUBINSize;
    internal readonly delegate* unmanaged<nint, byte*, NvrtcResult> NvrtcGetCUBIN;
    internal readonly delegate* unmanaged<nint, nuint*, NvrtcResult> NvrtcGetProgramLogSize;
    internal readonly delegate* unmanaged<nint, byte*, NvrtcResult> NvrtcGetProgramLog;

    /// <exception cref="EntryPointNotFoundException">The library lacks a function: it is too old (CUDA 11.2 is the least).</exception>
    internal NvrtcFunctions(nint library)
    {
        NvrtcVersion = (delegate* unmanaged<int*, int*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcVersion");
        NvrtcGetNumSupportedArchs = (delegate* unmanaged<int*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetNumSupportedArchs");
        NvrtcGetSupportedArchs = (delegate* unmanaged<int*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetSupportedArchs");
        NvrtcCreateProgram = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, NvrtcResult>)
            NativeLibrary.GetExport(library, "nvrtcCreateProgram");
        NvrtcDestroyProgram = (delegate* unmanaged<nint*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcDestroyProgram");
        NvrtcCompileProgram = (delegate* unmanaged<nint, int, byte**, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcCompileProgram");
        NvrtcGetPTXSize = (delegate* unmanaged<nint, nuint*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetPTXSize");
        NvrtcGetPTX = (delegate* unmanaged<nint, byte*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetPTX");
        NvrtcGetCUBINSize = (delegate* unmanaged<nint, nuint*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetCUBINSize");
        NvrtcGetCUBIN = (delegate* unmanaged<nint, byte*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetCUBIN");
        NvrtcGetProgramLogSize = (delegate* unmanaged<nint, nuint*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetProgramLogSize");
        NvrtcGetProgramLog = (delegate* unmanaged<nint, byte*, NvrtcResult>)NativeLibrary.GetExport(library, "nvrtcGetProgramLog");
    }
}
