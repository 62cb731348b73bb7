using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Driver;

/// <summary>Why, and where, an executable graph could not be updated.</summary>
[NativeStruct("CUgraphExecUpdateResultInfo_st")]
[StructLayout(LayoutKind.Sequential)]
public struct CUgraphExecUpdateResultInfo
{
    /// <summary>The reason.</summary>
    public CUgraphExecUpdateResult Result;

    /// <summary>The node of the new graph, or none.</summary>
    public CUgraphNode ErrorNode;

    /// <summary>The node an edge comes from, or none.</summary>
    public CUgraphNode ErrorFromNode;
}
