namespace AlexNetCuda.Interop.Blas;

/// <summary>Whether results may differ from run to run.</summary>
[NativeEnum("cublasAtomicsMode_t", "CUBLAS_ATOMICS_")]
public enum CublasAtomicsMode
{
    /// <summary><c>CUBLAS_ATOMICS_NOT_ALLOWED</c>.</summary>
    NotAllowed = 0,

    /// <summary><c>CUBLAS_ATOMICS_ALLOWED</c>.</summary>
    Allowed = 1,
}
