using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop;

/// <summary>The libraries a CUDA device is built on: the native ones, or others that fulfil the same contracts.</summary>
/// <param name="Driver">The driver API.</param>
/// <param name="Blas">cuBLAS.</param>
/// <param name="BlasLt">cublasLt, or null: products are then finished by our own kernels.</param>
/// <param name="Dnn">cuDNN.</param>
public sealed record CudaLibraries(ICudaDriver Driver, ICublas Blas, ICublasLt? BlasLt, ICudnn Dnn);
