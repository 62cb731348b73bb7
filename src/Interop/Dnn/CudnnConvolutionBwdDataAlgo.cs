namespace AlexNetCuda.Interop.Dnn;

/// <summary>An algorithm for the gradient of the convolution's input.</summary>
[NativeEnum("cudnnConvolutionBwdDataAlgo_t", "CUDNN_CONVOLUTION_BWD_DATA_")]
public enum CudnnConvolutionBwdDataAlgo
{
    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_0</c>.</summary>
    Algo0 = 0,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_1</c>.</summary>
    Algo1 = 1,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT</c>.</summary>
    AlgoFft = 2,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING</c>.</summary>
    AlgoFftTiling = 3,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD</c>.</summary>
    AlgoWinograd = 4,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED</c>.</summary>
    AlgoWinogradNonfused = 5,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT</c>.</summary>
    AlgoCount = 6,
}
