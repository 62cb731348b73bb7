namespace AlexNetCuda.Interop.Driver;

/// <summary>A stream: work that is done in order. 0 is the legacy default stream.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUstream_st")]
public readonly record struct CUstream(nint Value);
