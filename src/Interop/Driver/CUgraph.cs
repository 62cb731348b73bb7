namespace AlexNetCuda.Interop.Driver;

/// <summary>A graph of work.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUgraph_st")]
public readonly record struct CUgraph(nint Value);
