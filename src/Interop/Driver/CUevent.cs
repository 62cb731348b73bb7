namespace AlexNetCuda.Interop.Driver;

/// <summary>An event: a place in a stream.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("CUevent_st")]
public readonly record struct CUevent(nint Value);
