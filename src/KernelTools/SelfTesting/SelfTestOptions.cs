using AlexNetCuda.Interop.Nvrtc;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>What a self-test checks.</summary>
public sealed record SelfTestOptions
{
    /// <summary>Which GPU, from 0, in the driver's order.</summary>
    public int Ordinal { get; init; }

    /// <summary>Only checks whose group and name contain this run, whatever the case; null: all.</summary>
    public string? Filter { get; init; }

    /// <summary>NVRTC, for a second group of kernels that it compiles for the exact GPU; null: the shipped PTX alone.</summary>
    public NvrtcLibrary? Nvrtc { get; init; }
}
