using System.Buffers;
using System.Numerics;

namespace AlexNetCuda.IO;

/// <summary>An array as numpy stores it: bytes that a stream gives, in either order of bytes and of dimensions.</summary>
internal sealed class NpyTensor : WeightTensor
{
    private const int PieceBytes = 1 << 18;
    private readonly NpyPlace _place;
    private readonly NpyElements _elements;
    private readonly bool _fortranOrder;
    private readonly Func<Stream> _open;

    /// <summary>Describes an array.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="header">Its type and shape; of elements that are no objects, and of a size that was checked.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="open">Opens a stream that is at the first value.</param>
    public NpyTensor(string name, NpyPlace place, NpyHeader header, int count, Func<Stream> open)
        : base(name, header.Elements!.Type, header.Shape, count)
    {
        (_place, _elements, _open) = (place, header.Elements, open);
        _fortranOrder = header.FortranOrder && header.Shape.Length > 1;
    }

    /// <inheritdoc/>
    public override void Read(Span<float> destination) => ReadAll(destination, floating: true, TensorBytes.ToFloating);

    /// <inheritdoc/>
    public override void Read(Span<double> destination) => ReadAll(destination, floating: true, TensorBytes.ToFloating);

    /// <inheritdoc/>
    public override void Read(Span<long> destination)
    {
        try
        {
            ReadAll(destination, floating: false, TensorBytes.ToIntegers);
        }
        catch (OverflowException e)
        {
            throw _place.Error("a value is larger than 2^63 - 1.", e);
        }
    }

    private void ReadAll<T>(Span<T> destination, bool floating, TensorConversion<T> convert)
        where T : INumber<T>
    {
        Check(destination.Length, floating, _place.Path);
        if (!_fortranOrder)
        {
            ReadInOrder(destination, convert);
            return;
        }

        // Row-major, it is the array with its axes from last to first.
        T[] values = GC.AllocateUninitializedArray<T>(destination.Length);
        ReadInOrder(values, convert);
        int rank = Shape.Count;
        TensorAxes.Permute(values, (long[])[.. Shape.Reverse()], (int[])[.. Enumerable.Range(0, rank).Reverse()], destination);
    }

    private void ReadInOrder<T>(Span<T> destination, TensorConversion<T> convert)
    {
        int size = _elements.Size, most = PieceBytes / size;
        using Stream stream = _open();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (int first = 0; first < destination.Length; first += most)
            {
                int count = Math.Min(most, destination.Length - first);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                _place.Fill(stream, bytes);
                if (_elements.BigEndian) TensorBytes.Reverse(bytes, size);
                convert(bytes, _elements.Type, destination.Slice(first, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
