namespace AlexNetCuda.Interop.Blas;

/// <summary>The precision a product is computed in.</summary>
[NativeEnum("cublasComputeType_t", "CUBLAS_")]
public enum CublasComputeType
{
    /// <summary><c>CUBLAS_COMPUTE_32F</c>.</summary>
    Compute32f = 68,

    /// <summary><c>CUBLAS_COMPUTE_32F_PEDANTIC</c>.</summary>
    Compute32fPedantic = 69,

    /// <summary><c>CUBLAS_COMPUTE_32F_FAST_16F</c>.</summary>
    Compute32fFast16f = 74,

    /// <summary><c>CUBLAS_COMPUTE_32F_FAST_16BF</c>.</summary>
    Compute32fFast16bf = 75,

    /// <summary><c>CUBLAS_COMPUTE_32F_FAST_TF32</c>.</summary>
    Compute32fFastTf32 = 77,
}
