using AlexNetCuda.Interop.Blas;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>A handle of cublasLt.</summary>
internal sealed record LtContext(SimulatedGpu Gpu);

/// <summary>A product as it was described: what does not fit is found when it is used, as in the real library.</summary>
internal sealed class LtDescription(CublasComputeType compute, CudaDataType scale)
{
    public CublasComputeType Compute { get; } = compute;

    public CudaDataType Scale { get; } = scale;

    public CublasOperation TransA { get; private set; }

    public CublasOperation TransB { get; private set; }

    public CublasLtEpilogue Epilogue { get; private set; } = CublasLtEpilogue.Default;

    public ulong BiasPointer { get; private set; }

    /// <summary>The bias's type; -1: that of D.</summary>
    public CudaDataType BiasType { get; private set; } = (CudaDataType)(-1);

    /// <summary>Sets an attribute; false for one that is not known, or a value of another size.</summary>
    public unsafe bool Set(CublasLtMatmulDescAttribute attribute, void* value, nuint bytes)
    {
        int size = attribute == CublasLtMatmulDescAttribute.BiasPointer ? sizeof(ulong) : sizeof(int);
        if (value is null || bytes != (nuint)size) return false;
        switch (attribute)
        {
            case CublasLtMatmulDescAttribute.TransA:
                TransA = *(CublasOperation*)value;
                return true;
            case CublasLtMatmulDescAttribute.TransB:
                TransB = *(CublasOperation*)value;
                return true;
            case CublasLtMatmulDescAttribute.Epilogue:
                Epilogue = *(CublasLtEpilogue*)value;
                return true;
            case CublasLtMatmulDescAttribute.BiasPointer:
                BiasPointer = *(ulong*)value;
                return true;
            case CublasLtMatmulDescAttribute.BiasDataType:
                BiasType = *(CudaDataType*)value;
                return true;
            default:
                return false;
        }
    }
}

/// <summary>A matrix as it was described.</summary>
internal sealed record LtLayout(CudaDataType Type, ulong Rows, ulong Columns, long LeadingDimension);

/// <summary>Wishes for the search of an algorithm, at first those that the header documents.</summary>
internal sealed class LtPreference
{
    public ulong MaxWorkspaceBytes { get; private set; }

    /// <summary>The reduction schemes that are allowed: all.</summary>
    public LtReduction Reductions { get; private set; } = LtReduction.All;

    /// <summary>How the addresses of A, B, C and D will be aligned, in bytes.</summary>
    public uint[] Alignments { get; } = [256, 256, 256, 256];

    /// <summary>Sets a wish; false for one that is not known, or a value of another size.</summary>
    public unsafe bool Set(CublasLtMatmulPreferenceAttribute attribute, void* value, nuint bytes)
    {
        int size = attribute == CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes ? sizeof(ulong) : sizeof(uint);
        if (value is null || bytes != (nuint)size) return false;
        switch (attribute)
        {
            case CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes:
                MaxWorkspaceBytes = *(ulong*)value;
                return true;
            case CublasLtMatmulPreferenceAttribute.ReductionSchemeMask:
                Reductions = *(LtReduction*)value;
                return true;
            case >= CublasLtMatmulPreferenceAttribute.MinAlignmentABytes and <= CublasLtMatmulPreferenceAttribute.MinAlignmentDBytes:
                Alignments[attribute - CublasLtMatmulPreferenceAttribute.MinAlignmentABytes] = *(uint*)value;
                return true;
            default:
                return false;
        }
    }
}

/// <summary>cublasLtReductionScheme_t: where the sums of a split sum's parts are kept.</summary>
[Flags]
internal enum LtReduction : uint
{
    /// <summary>The sum is not split.</summary>
    None = 0,

    /// <summary>In the output, in its type.</summary>
    InPlace = 1,

    /// <summary>In the workspace, in the type of the sums.</summary>
    ComputeType = 2,

    /// <summary>In the workspace, in the output's type.</summary>
    OutputType = 4,

    /// <summary>Every scheme.</summary>
    All = 7,
}
