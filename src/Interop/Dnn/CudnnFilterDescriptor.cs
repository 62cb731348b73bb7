namespace AlexNetCuda.Interop.Dnn;

/// <summary>The description of filters.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cudnnFilterStruct")]
public readonly record struct CudnnFilterDescriptor(nint Value);
