namespace AlexNetCuda.Interop.Driver;

/// <summary>A node of a graph.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUgraphNode_st")]
public readonly record struct CUgraphNode(nint Value);
