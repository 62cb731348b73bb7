namespace AlexNetCuda.Interop.Driver;

/// <summary>A kernel of a loaded module.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUfunc_st")]
public readonly record struct CUfunction(nint Value);
