namespace AlexNetCuda.Interop.Blas;

/// <summary>The description of a product.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cublasLtMatmulDescOpaque_t")]
public readonly record struct CublasLtMatmulDesc(nint Value);
