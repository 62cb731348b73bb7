namespace AlexNetCuda.Interop.Blas;

/// <summary>The description of a matrix.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cublasLtMatrixLayoutOpaque_t")]
public readonly record struct CublasLtMatrixLayout(nint Value);
