namespace AlexNetCuda.Interop.Nvrtc;

/// <summary>A program that NVRTC compiles.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("_nvrtcProgram")]
internal readonly record struct NvrtcProgram(nint Value);
