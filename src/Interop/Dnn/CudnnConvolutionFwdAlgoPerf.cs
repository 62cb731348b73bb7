using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Dnn;

/// <summary>What cuDNN says of an algorithm for the convolution.</summary>
[NativeStruct("cudnnConvolutionFwdAlgoPerfStruct")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CudnnConvolutionFwdAlgoPerf
{
    /// <summary>The algorithm.</summary>
    public CudnnConvolutionFwdAlgo Algo;

    /// <summary>Whether the algorithm takes these descriptors; the other fields hold only where it is Success.</summary>
    public CudnnStatus Status;

    /// <summary>Milliseconds measured, or -1.</summary>
    public float Time;

    /// <summary>Bytes of workspace.</summary>
    public nuint Memory;

    /// <summary>Whether the algorithm gives the same bits every time.</summary>
    public CudnnDeterminism Determinism;

    /// <summary>The precision the algorithm takes.</summary>
    public CudnnMathType MathType;

    private fixed int _reserved[3];
}
