namespace AlexNetCuda.IO;

/// <summary>A tensor of a <see cref="SafetensorsFile"/>, without its values; they lie in row-major order, least significant byte first.</summary>
public sealed class SafetensorsTensor
{
    internal SafetensorsTensor(string name, TensorDataType dataType, IReadOnlyList<long> shape, long count, long offset, long bytes) =>
        (Name, DataType, Shape, Count, Offset, Bytes) = (name, dataType, shape, count, offset, bytes);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public TensorDataType DataType { get; }

    /// <summary>The dimensions, outermost first; none for a scalar. A dimension may be 0.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>The size of the values in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Where the values begin, from the end of the header.</summary>
    internal long Offset { get; }
}
