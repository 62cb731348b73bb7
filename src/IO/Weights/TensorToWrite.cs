using System.Runtime.InteropServices;

namespace AlexNetCuda.IO;

/// <summary>Gives some of a tensor's values to a file that is being written.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="first">The row-major index of the first value asked for. Calls go through a tensor in order, each value asked for once.</param>
/// <param name="destination">Takes the values from there on.</param>
public delegate void TensorFill<T>(long first, Span<T> destination);

/// <summary>A tensor for a file: name, type, shape, and where its values come from when they are written, a piece at a time.</summary>
public sealed class TensorToWrite
{
    private TensorToWrite(string name, TensorDataType dataType, IReadOnlyList<long> shape, Action<long, Span<byte>> fill)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        int size = TensorDataTypes.SizeOf(dataType);
        if (shape.Count > TensorShapes.MostDimensions || !TensorShapes.TryCount([.. shape], size, out long count, out long bytes))
            throw new ArgumentException($"Tensor {TensorShapes.Show(name)} cannot have the shape {TensorShapes.Show(shape)}.", nameof(shape));
        (Name, DataType, Shape, Count, Bytes, FillBytes) = (name, dataType, [.. shape], count, bytes, fill);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public TensorDataType DataType { get; }

    /// <summary>The dimensions, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>The size of the values in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Gives values from the element of an index on as bytes, least significant first.</summary>
    internal Action<long, Span<byte>> FillBytes { get; }

    /// <summary>A tensor of single-precision numbers.</summary>
    /// <param name="name">The name.</param>
    /// <param name="shape">The dimensions, each at least 0, at most 64 of them.</param>
    /// <param name="fill">Gives the values.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or there are more elements than can be counted.</exception>
    public static TensorToWrite Float32(string name, IReadOnlyList<long> shape, TensorFill<float> fill) => Create(name, TensorDataType.Float32, shape, fill);

    /// <inheritdoc cref="Float32(string, IReadOnlyList{long}, TensorFill{float})"/>
    /// <summary>A tensor of double-precision numbers.</summary>
    public static TensorToWrite Float64(string name, IReadOnlyList<long> shape, TensorFill<double> fill) => Create(name, TensorDataType.Float64, shape, fill);

    /// <inheritdoc cref="Float32(string, IReadOnlyList{long}, TensorFill{float})"/>
    /// <summary>A tensor of signed 64-bit integers.</summary>
    public static TensorToWrite Int64(string name, IReadOnlyList<long> shape, TensorFill<long> fill) => Create(name, TensorDataType.Int64, shape, fill);

    /// <inheritdoc cref="Float32(string, IReadOnlyList{long}, TensorFill{float})"/>
    /// <summary>A tensor of bytes.</summary>
    public static TensorToWrite UInt8(string name, IReadOnlyList<long> shape, TensorFill<byte> fill) => Create(name, TensorDataType.UInt8, shape, fill);

    private static TensorToWrite Create<T>(string name, TensorDataType type, IReadOnlyList<long> shape, TensorFill<T> fill)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(fill);
        return new TensorToWrite(name, type, shape, (first, bytes) =>
        {
            fill(first, MemoryMarshal.Cast<byte, T>(bytes));
            if (!BitConverter.IsLittleEndian) TensorBytes.Reverse(bytes, TensorDataTypes.SizeOf(type));
        });
    }
}
