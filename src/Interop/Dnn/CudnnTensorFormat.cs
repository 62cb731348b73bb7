namespace AlexNetCuda.Interop.Dnn;

/// <summary>The order of a tensor's dimensions in memory.</summary>
[NativeEnum("cudnnTensorFormat_t", "CUDNN_TENSOR_")]
public enum CudnnTensorFormat
{
    /// <summary><c>CUDNN_TENSOR_NCHW</c>.</summary>
    Nchw = 0,

    /// <summary><c>CUDNN_TENSOR_NHWC</c>.</summary>
    Nhwc = 1,
}
