using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.Cuda;

/// <summary>How the CUDA device works. Each switch turns one thing off, so that a fault can be bisected.</summary>
public sealed record CudaDeviceOptions
{
    /// <summary>Which GPU, from 0, in the driver's order.</summary>
    public int Ordinal { get; init; }

    /// <summary>What is computed with.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// The order of the dimensions of 16-bit activations; null: the one in which convolutions were measured to be faster, or, where nothing is measured, NHWC on GPUs
    /// with tensor cores. float32 is always NCHW.
    /// </summary>
    public Layout? Layout { get; init; }

    /// <summary>Whether a step is captured into a CUDA graph and launched as one.</summary>
    public bool Graphs { get; init; } = true;

    /// <summary>Whether layers are fused into one operator.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>Whether fully connected layers use cublasLt's epilogues.</summary>
    public bool BlasLt { get; init; } = true;

    /// <summary>Whether only algorithms run that give the same bits every time, chosen without timing any.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Whether the device is synchronised after each operator, so that a fault names the operator it happened in. Without graphs.</summary>
    public bool SyncChecks { get; init; }

    /// <summary>
    /// Whether a convolution of a stride over at most 4 channels, as the first of AlexNet, runs as one without stride over the channels of whole blocks of pixels: for
    /// 3 channels the library has no fast algorithms, for 48 it has.
    /// </summary>
    public bool SpaceToDepth { get; init; } = true;

    /// <summary>The most bytes of scratch memory a convolution's algorithm may take; null: a sixteenth of the device's memory, from 256 MiB to 2 GiB.</summary>
    public long? ConvolutionWorkspaceBytes { get; init; }

    /// <summary>
    /// How often a convolution's best algorithms, of those that the library has measured once, are timed again to choose among them, and between the library's own
    /// bias and ReLU and our kernel; and how often those are timed that cublasLt proposes for a product. 0: the libraries are taken at their word.
    /// </summary>
    public int Trials { get; init; } = 5;

    /// <summary>NVRTC, which compiles the kernels for the exact GPU; null: the shipped PTX, which the driver compiles.</summary>
    public NvrtcLibrary? Nvrtc { get; init; }

    /// <summary>Where compiled kernels and the choices of algorithms are kept from run to run.</summary>
    public string CacheDirectory { get; init; } = CubinCache.DefaultDirectory;
}
