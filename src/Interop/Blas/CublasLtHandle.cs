namespace AlexNetCuda.Interop.Blas;

/// <summary>A handle of cublasLt. Threads may share it.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cublasLtContext")]
public readonly record struct CublasLtHandle(nint Value);
