namespace AlexNetCuda.Interop.Blas;

/// <summary>How GemmEx picks its algorithm.</summary>
[NativeEnum("cublasGemmAlgo_t", "CUBLAS_GEMM_")]
public enum CublasGemmAlgo
{
    /// <summary><c>CUBLAS_GEMM_DEFAULT</c>.</summary>
    Default = -1,
}
