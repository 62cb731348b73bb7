using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>A column-major matrix in device memory.</summary>
/// <param name="Operand">The parameter's name, for reports.</param>
/// <param name="Address">The device address of its first element.</param>
/// <param name="Kind">How its elements lie there.</param>
/// <param name="Rows">Elements of a column.</param>
/// <param name="Columns">How many columns.</param>
/// <param name="LeadingDimension">Elements from a column's first to the next one's.</param>
internal readonly record struct Matrix(string Operand, ulong Address, ElementKind Kind, long Rows, long Columns, long LeadingDimension)
{
    /// <summary>From the first element to the end of the last, with what lies between the columns.</summary>
    internal long Bytes
    {
        get
        {
            if (Rows == 0 || Columns == 0) return 0;
            Int128 bytes = ((((Int128)Columns - 1) * LeadingDimension) + Rows) * Kind.Size();
            return bytes > long.MaxValue ? long.MaxValue : (long)bytes;
        }
    }

    /// <summary>Whether its elements are where loads of their size may go.</summary>
    internal bool IsAligned => Address % (ulong)Kind.Size() == 0;

    /// <summary>What a piece of work does with it.</summary>
    internal MemoryUse Use(bool reads, bool writes) => new(Address, Bytes, reads, writes, Operand);

    /// <summary>Whether both are the same elements in the same places.</summary>
    internal bool IsSame(Matrix other) => this with { Operand = other.Operand } == other;

    /// <summary>
    /// Whether an element of one lies on one of the other. Parts of one larger matrix may lie between each other's columns
    /// without that; of matrices with different leading dimensions, whole ranges are compared.
    /// </summary>
    internal bool Overlaps(Matrix other)
    {
        if (Address > other.Address) return other.Overlaps(this);
        if (Bytes == 0 || other.Bytes == 0 || other.Address - Address >= (ulong)Bytes) return false;
        long stride = LeadingDimension * Kind.Size(), otherStride = other.LeadingDimension * other.Kind.Size();
        if (stride != otherStride) return true;
        (long columns, long offset) = Math.DivRem((long)(other.Address - Address), stride);
        long length = Rows * Kind.Size(), otherLength = other.Rows * other.Kind.Size();
        // The other's column j begins beside our column j + columns, and may run on beside the one after it.
        return (columns < Columns && offset < length) || (columns + 1 < Columns && offset + otherLength > stride);
    }
}

/// <summary>The types of elements, by the libraries' numbers.</summary>
internal static class DataTypes
{
    /// <summary>How elements of a type lie in memory; null for a type that is not simulated.</summary>
    internal static ElementKind? Kind(this CudaDataType type) => type switch
    {
        CudaDataType.R32F => ElementKind.Float32,
        CudaDataType.R16F => ElementKind.Float16,
        CudaDataType.R16BF => ElementKind.BFloat16,
        _ => null,
    };

    /// <summary>
    /// Whether a product reads operands of one type and writes another, summed in float32, as the tables of cublasGemmEx and
    /// cublasLtMatmul say: 16 bits into the same 16 bits or float32, float32 into float32; the faster precisions take float32 alone.
    /// </summary>
    internal static bool IsInTable(CublasComputeType compute, ElementKind a, ElementKind b, ElementKind c) => compute switch
    {
        CublasComputeType.Compute32f or CublasComputeType.Compute32fPedantic => a == b && (c == a || c == ElementKind.Float32),
        CublasComputeType.Compute32fFast16f or CublasComputeType.Compute32fFast16bf or CublasComputeType.Compute32fFastTf32 =>
            a == ElementKind.Float32 && b == ElementKind.Float32 && c == ElementKind.Float32,
        _ => false,
    };
}
