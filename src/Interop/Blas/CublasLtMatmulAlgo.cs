using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Blas;

/// <summary>An algorithm of cublasLt: 64 bytes that only the same version of the library understands.</summary>
[NativeStruct("cublasLtMatmulAlgo_t")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CublasLtMatmulAlgo
{
    /// <summary>The bytes.</summary>
    public fixed ulong Data[8];
}
