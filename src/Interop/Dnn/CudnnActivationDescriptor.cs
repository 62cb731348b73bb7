namespace AlexNetCuda.Interop.Dnn;

/// <summary>The description of an activation.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cudnnActivationStruct")]
public readonly record struct CudnnActivationDescriptor(nint Value);
