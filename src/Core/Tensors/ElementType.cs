namespace AlexNetCuda;

/// <summary>The type of a tensor's elements.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE 754 double precision, 8 bytes: the reference device's type.</summary>
    Float64,

    /// <summary>32-bit signed integer: class labels and the results of argmax.</summary>
    Int32,
}

/// <summary>Facts of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>The size of one element in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of <see cref="ElementType"/>.</exception>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };
}
