namespace AlexNetCuda.Interop.Dnn;

/// <summary>An algorithm for the convolution.</summary>
[NativeEnum("cudnnConvolutionFwdAlgo_t", "CUDNN_CONVOLUTION_FWD_ALGO_")]
public enum CudnnConvolutionFwdAlgo
{
    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM</c>.</summary>
    ImplicitGemm = 0,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM</c>.</summary>
    ImplicitPrecompGemm = 1,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_GEMM</c>.</summary>
    Gemm = 2,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_DIRECT</c>.</summary>
    Direct = 3,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_FFT</c>.</summary>
    Fft = 4,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING</c>.</summary>
    FftTiling = 5,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD</c>.</summary>
    Winograd = 6,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED</c>.</summary>
    WinogradNonfused = 7,

    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_COUNT</c>.</summary>
    Count = 8,
}
