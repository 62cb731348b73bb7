namespace AlexNetCuda.Interop.Driver;

/// <summary>A context of the driver: one process's state on one device.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUctx_st")]
public readonly record struct CUcontext(nint Value);
