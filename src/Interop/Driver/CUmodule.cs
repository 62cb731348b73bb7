namespace AlexNetCuda.Interop.Driver;

/// <summary>A loaded module of kernels.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUmod_st")]
public readonly record struct CUmodule(nint Value);
