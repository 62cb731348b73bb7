namespace AlexNetCuda.Interop.Dnn;

/// <summary>The description of a tensor.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cudnnTensorStruct")]
public readonly record struct CudnnTensorDescriptor(nint Value);
