namespace AlexNetCuda.Interop.Blas;

/// <summary>The type of a matrix's elements.</summary>
[NativeEnum("cudaDataType_t", "CUDA_")]
public enum CudaDataType
{
    /// <summary><c>CUDA_R_16F</c>.</summary>
    R16F = 2,

    /// <summary><c>CUDA_R_16BF</c>.</summary>
    R16BF = 14,

    /// <summary><c>CUDA_R_32F</c>.</summary>
    R32F = 0,
}
