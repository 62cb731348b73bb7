namespace AlexNetCuda.Interop.Dnn;

/// <summary>A handle of cuDNN. One thread at a time may use it.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cudnnContext")]
public readonly record struct CudnnHandle(nint Value);
