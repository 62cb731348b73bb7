namespace AlexNetCuda.Interop.Blas;

/// <summary>An attribute of a product.</summary>
[NativeEnum("cublasLtMatmulDescAttributes_t", "CUBLASLT_MATMUL_DESC_")]
public enum CublasLtMatmulDescAttribute
{
    /// <summary><c>CUBLASLT_MATMUL_DESC_TRANSA</c>.</summary>
    TransA = 3,

    /// <summary><c>CUBLASLT_MATMUL_DESC_TRANSB</c>.</summary>
    TransB = 4,

    /// <summary><c>CUBLASLT_MATMUL_DESC_EPILOGUE</c>.</summary>
    Epilogue = 7,

    /// <summary><c>CUBLASLT_MATMUL_DESC_BIAS_POINTER</c>.</summary>
    BiasPointer = 8,

    /// <summary><c>CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE</c>.</summary>
    BiasDataType = 26,
}
