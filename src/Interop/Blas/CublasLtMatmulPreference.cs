namespace AlexNetCuda.Interop.Blas;

/// <summary>Wishes for the search of an algorithm.</summary>
/// <param name="Value">The address the library gave; 0 is none.</param>
[NativeHandle("cublasLtMatmulPreferenceOpaque_t")]
public readonly record struct CublasLtMatmulPreference(nint Value);
