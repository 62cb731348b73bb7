using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Blas;

/// <summary>What cublasLt says of an algorithm for a product.</summary>
[NativeStruct("cublasLtMatmulHeuristicResult_t")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CublasLtMatmulHeuristicResult
{
    /// <summary>The algorithm.</summary>
    public CublasLtMatmulAlgo Algo;

    /// <summary>Bytes of workspace.</summary>
    public nuint WorkspaceSize;

    /// <summary>Whether the algorithm takes this product; the other fields hold only where it is Success.</summary>
    public CublasStatus State;

    /// <summary>How often the product fills the device's multiprocessors.</summary>
    public float WavesCount;

    private fixed int _reserved[4];
}
