namespace AlexNetCuda.Interop.Dnn;

/// <summary>Whether filters are turned over.</summary>
[NativeEnum("cudnnConvolutionMode_t", "CUDNN_")]
public enum CudnnConvolutionMode
{
    /// <summary><c>CUDNN_CONVOLUTION</c>.</summary>
    Convolution = 0,

    /// <summary><c>CUDNN_CROSS_CORRELATION</c>.</summary>
    CrossCorrelation = 1,
}
