namespace AlexNetCuda.Interop.Dnn;

/// <summary>An algorithm for the gradient of the convolution's filters.</summary>
[NativeEnum("cudnnConvolutionBwdFilterAlgo_t", "CUDNN_CONVOLUTION_BWD_FILTER_")]
public enum CudnnConvolutionBwdFilterAlgo
{
    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0</c>.</summary>
    Algo0 = 0,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1</c>.</summary>
    Algo1 = 1,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT</c>.</summary>
    AlgoFft = 2,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3</c>.</summary>
    Algo3 = 3,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD</c>.</summary>
    AlgoWinograd = 4,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD_NONFUSED</c>.</summary>
    AlgoWinogradNonfused = 5,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING</c>.</summary>
    AlgoFftTiling = 6,

    /// <summary><c>CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT</c>.</summary>
    AlgoCount = 7,
}
