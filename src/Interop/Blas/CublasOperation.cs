namespace AlexNetCuda.Interop.Blas;

/// <summary>How an operand of a product is read.</summary>
[NativeEnum("cublasOperation_t", "CUBLAS_OP_")]
public enum CublasOperation
{
    /// <summary><c>CUBLAS_OP_N</c>.</summary>
    N = 0,

    /// <summary><c>CUBLAS_OP_T</c>.</summary>
    T = 1,
}
