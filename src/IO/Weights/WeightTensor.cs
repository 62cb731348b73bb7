namespace AlexNetCuda.IO;

/// <summary>A named tensor of a file of weights, of any format. Its values are read when they are asked for, while the file is open.</summary>
public abstract class WeightTensor
{
    private protected WeightTensor(string name, TensorDataType dataType, IReadOnlyList<long> shape, long count) =>
        (Name, DataType, Shape, Count) = (name, dataType, shape, count);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public TensorDataType DataType { get; }

    /// <summary>The dimensions, outermost first; none for a scalar. A dimension may be 0.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>Reads the values of a tensor of any floating-point type.</summary>
    /// <param name="destination">Takes all values in row-major order, rounded to nearest where the file's type is wider.</param>
    /// <exception cref="ArgumentException">The length is not that of the tensor.</exception>
    /// <exception cref="WeightFileException">The tensor's type is an integer, or the file cannot be read.</exception>
    public abstract void Read(Span<float> destination);

    /// <inheritdoc cref="Read(Span{float})"/>
    public abstract void Read(Span<double> destination);

    /// <summary>Reads the values of a tensor of any integer type, or truth values as 0 and 1.</summary>
    /// <param name="destination">Takes all values in row-major order.</param>
    /// <exception cref="ArgumentException">The length is not that of the tensor.</exception>
    /// <exception cref="WeightFileException">The tensor's type is a floating-point one, a value is beyond 63 bits, or the file cannot be read.</exception>
    public abstract void Read(Span<long> destination);

    /// <summary>Checks a destination's length and the kind of the elements.</summary>
    /// <param name="length">The destination's length.</param>
    /// <param name="floating">Whether floating-point numbers are asked for.</param>
    /// <param name="path">The file, for messages.</param>
    private protected void Check(int length, bool floating, string path)
    {
        if (length != Count)
            throw new ArgumentException($"Tensor {TensorShapes.Show(Name)} of shape {TensorShapes.Show(Shape)} takes a destination of {Count}, not {length}.");
        if (TensorDataTypes.IsFloating(DataType) == floating) return;
        throw new WeightFileException(
            path, $"tensor {TensorShapes.Show(Name)}: its elements are {DataType}, not {(floating ? "floating-point numbers" : "integers")}.");
    }
}
