namespace AlexNetCuda.Interop.Dnn;

/// <summary>The description of a convolution.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cudnnConvolutionStruct")]
public readonly record struct CudnnConvolutionDescriptor(nint Value);
