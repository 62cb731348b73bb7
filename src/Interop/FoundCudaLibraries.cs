using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.Interop;

/// <summary>What a search for the native libraries brought: those that serve are loaded, each on its own, whatever the others lack.</summary>
/// <param name="Report">What was found, tried and lacks.</param>
/// <param name="Driver">The driver, or null.</param>
/// <param name="Blas">cuBLAS, or null.</param>
/// <param name="BlasLt">cublasLt, or null.</param>
/// <param name="Dnn">cuDNN, or null.</param>
/// <param name="Nvrtc">NVRTC, or null.</param>
public sealed record FoundCudaLibraries(CudaLibrariesReport Report, ICudaDriver? Driver, ICublas? Blas, ICublasLt? BlasLt, ICudnn? Dnn, NvrtcLibrary? Nvrtc)
{
    /// <summary>Why NVRTC does not serve although its file does, or null.</summary>
    public string? NvrtcProblem { get; init; }
}
