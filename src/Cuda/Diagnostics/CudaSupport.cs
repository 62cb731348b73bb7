using AlexNetCuda.Cuda.Compilation;

namespace AlexNetCuda.Cuda.Diagnostics;

/// <summary>What goes with what: NVIDIA's tables as far as this engine needs them.</summary>
public static class CudaSupport
{
    /// <summary>The least compute capability of the kernels.</summary>
    public static Version KernelsLeast { get; } = new(KernelCompiler.LeastArchitecture / 10, KernelCompiler.LeastArchitecture % 10);

    /// <summary>The least compute capability with TF32 and bfloat16 in its tensor cores: Ampere (CUDA C++ Programming Guide, "Arithmetic Instructions" and "Compute Capability 8.x").</summary>
    public static Version Tf32AndBfloat16Least { get; } = new(8, 0);

    /// <summary>
    /// The least compute capability a cuDNN runs on. The matrices list 5.0 up to 9.10.2 (docs.nvidia.com/deeplearning/cudnn, support matrices
    /// of 8.9.6, 9.0.0, 9.5.1 and 9.10.2); 9.11.0 dropped all before Turing (release notes of cuDNN 9.11.0, cited in
    /// github.com/pytorch/pytorch/issues/162574), and whatever is built for CUDA 13 never had them.
    /// </summary>
    /// <param name="cudnn">cuDNN's version.</param>
    /// <param name="cuda">The CUDA version it was built with, or null.</param>
    public static Version CudnnLeast(Version cudnn, Version? cuda)
    {
        ArgumentNullException.ThrowIfNull(cudnn);
        return cudnn >= new Version(9, 11) || cuda?.Major >= 13 ? new Version(7, 5) : new Version(5, 0);
    }

    /// <summary>
    /// The least compute capability a cuBLAS runs on. CUDA 13.0 removed library support for Maxwell, Pascal and Volta (CUDA Toolkit release
    /// notes, "Deprecated Architectures"; developer.nvidia.com/blog/navigating-gpu-architecture-support-a-guide-for-nvidia-cuda-developers);
    /// CUDA 12.0 had removed Kepler (its release notes).
    /// </summary>
    /// <param name="cublas">cuBLAS's version.</param>
    public static Version CublasLeast(Version cublas)
    {
        ArgumentNullException.ThrowIfNull(cublas);
        return cublas.Major >= 13 ? new Version(7, 5) : new Version(5, 0);
    }

    /// <summary>
    /// The CUDA version a driver must take at least so that it loads PTX: each version of PTX came with one of CUDA
    /// (PTX ISA, "Release Notes", the table of PTX release history; cuda.bindings.utils of NVIDIA's cuda-python has it as code).
    /// </summary>
    /// <param name="ptx">The version in the PTX's header.</param>
    public static Version DriverForPtx(Version ptx)
    {
        ArgumentNullException.ThrowIfNull(ptx);
        return (ptx.Major, ptx.Minor) switch
        {
            (8, >= 7) => new Version(12, ptx.Minor + 1),   // 8.6 was late: CUDA 12.6 still wrote 8.5
            (8, 6) => new Version(12, 7),
            _ => new Version(ptx.Major + 4, ptx.Minor),
        };
    }

    /// <summary>
    /// The oldest driver for libraries of a CUDA major version, by minor version compatibility
    /// (docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html, table 1).
    /// </summary>
    /// <param name="major">CUDA's major version.</param>
    public static int DriverBranch(int major) => major switch
    {
        <= 11 => 450,
        12 => 525,
        _ => 580,
    };
}
