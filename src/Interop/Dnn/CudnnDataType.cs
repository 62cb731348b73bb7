namespace AlexNetCuda.Interop.Dnn;

/// <summary>The type of a tensor's elements, or of a sum.</summary>
[NativeEnum("cudnnDataType_t", "CUDNN_DATA_")]
public enum CudnnDataType
{
    /// <summary><c>CUDNN_DATA_FLOAT</c>.</summary>
    Float = 0,

    /// <summary><c>CUDNN_DATA_HALF</c>.</summary>
    Half = 2,

    /// <summary><c>CUDNN_DATA_BFLOAT16</c>.</summary>
    BFloat16 = 9,
}
