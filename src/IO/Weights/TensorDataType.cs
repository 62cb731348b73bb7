namespace AlexNetCuda.IO;

/// <summary>The type of the elements of a tensor in a file.</summary>
public enum TensorDataType
{
    /// <summary>IEEE 754 double precision, 8 bytes.</summary>
    Float64,

    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    Float16,

    /// <summary>The upper half of a single, 2 bytes.</summary>
    BFloat16,

    /// <summary>Signed, 8 bytes.</summary>
    Int64,

    /// <summary>Signed, 4 bytes.</summary>
    Int32,

    /// <summary>Signed, 2 bytes.</summary>
    Int16,

    /// <summary>Signed, 1 byte.</summary>
    Int8,

    /// <summary>Unsigned, 8 bytes.</summary>
    UInt64,

    /// <summary>Unsigned, 4 bytes.</summary>
    UInt32,

    /// <summary>Unsigned, 2 bytes.</summary>
    UInt16,

    /// <summary>Unsigned, 1 byte.</summary>
    UInt8,

    /// <summary>1 byte: 0 for false, 1 for true.</summary>
    Bool,
}

/// <summary>Facts of <see cref="TensorDataType"/>.</summary>
public static class TensorDataTypes
{
    /// <summary>The size of one element in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of <see cref="TensorDataType"/>.</exception>
    public static int SizeOf(TensorDataType type) => type switch
    {
        TensorDataType.Float64 or TensorDataType.Int64 or TensorDataType.UInt64 => 8,
        TensorDataType.Float32 or TensorDataType.Int32 or TensorDataType.UInt32 => 4,
        TensorDataType.Float16 or TensorDataType.BFloat16 or TensorDataType.Int16 or TensorDataType.UInt16 => 2,
        TensorDataType.Int8 or TensorDataType.UInt8 or TensorDataType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool IsFloating(TensorDataType type) =>
        type is TensorDataType.Float64 or TensorDataType.Float32 or TensorDataType.Float16 or TensorDataType.BFloat16;
}
