namespace AlexNetCuda.IO;

/// <summary>A tensor of a <see cref="SafetensorsFile"/>.</summary>
public sealed class SafetensorsTensor : WeightTensor
{
    internal SafetensorsTensor(string name, TensorDataType dataType, IReadOnlyList<long> shape, long count, long offset, long bytes)
        : base(name, dataType, shape, count) => (Offset, Bytes) = (offset, bytes);

    /// <summary>The size of the values in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Where the values begin, from the end of the header.</summary>
    internal long Offset { get; }

    /// <summary>The file, once its header was found to be good.</summary>
    internal SafetensorsFile? File { get; set; }

    /// <inheritdoc/>
    public override void Read(Span<float> destination) => ReadFloating(destination);

    /// <inheritdoc/>
    public override void Read(Span<double> destination) => ReadFloating(destination);

    /// <inheritdoc/>
    public override void Read(Span<long> destination)
    {
        Check(destination.Length, floating: false, File!.Path);
        try
        {
            File.ReadPieces(this, destination, TensorBytes.ToIntegers);
        }
        catch (OverflowException e)
        {
            throw new WeightFileException(File.Path, $"tensor {TensorShapes.Show(Name)}: a value is larger than 2^63 - 1.", e);
        }
    }

    private void ReadFloating<T>(Span<T> destination)
        where T : System.Numerics.IFloatingPointIeee754<T>
    {
        Check(destination.Length, floating: true, File!.Path);
        File.ReadPieces(this, destination, TensorBytes.ToFloating);
    }
}
