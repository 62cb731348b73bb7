namespace AlexNetCuda.Interop.Blas;

/// <summary>A handle of cuBLAS. One thread at a time may use it.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cublasContext")]
public readonly record struct CublasHandle(nint Value);
