namespace AlexNetCuda.Interop.Blas;

/// <summary>What is done to a product before it is written.</summary>
[NativeEnum("cublasLtEpilogue_t", "CUBLASLT_EPILOGUE_")]
public enum CublasLtEpilogue
{
    /// <summary><c>CUBLASLT_EPILOGUE_DEFAULT</c>.</summary>
    Default = 1,

    /// <summary><c>CUBLASLT_EPILOGUE_BIAS</c>.</summary>
    Bias = 4,

    /// <summary><c>CUBLASLT_EPILOGUE_RELU_BIAS</c>.</summary>
    ReluBias = 6,
}
