namespace AlexNetCuda.Interop.Driver;

/// <summary>A graph made executable.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUgraphExec_st")]
public readonly record struct CUgraphExec(nint Value);
