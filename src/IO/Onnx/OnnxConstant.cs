using System.Globalization;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.IO.Onnx;

/// <summary>A value of a graph that is known: an initialiser, a Constant, or a ConstantOfShape, which is a shape and one number and takes memory only when it is read.</summary>
internal sealed class OnnxConstant
{
    private const int LongestShape = 64;
    private readonly OnnxTensor? _tensor;
    private readonly double _fill;

    private OnnxConstant(IReadOnlyList<int> dimensions, OnnxTensor? tensor, double fill, bool integers)
    {
        (Dimensions, _tensor, _fill, IsIntegers) = (dimensions, tensor, fill, integers);
        Count = dimensions.Aggregate(1L, (product, d) => product * d);
    }

    /// <summary>The dimensions, outermost first, each at least 1; none for a scalar.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>Whether the elements are integers.</summary>
    public bool IsIntegers { get; }

    /// <summary>The dimensions for messages, as <c>[96, 3, 11, 11]</c>.</summary>
    public string Shape => Text(Dimensions);

    /// <summary>A constant of a tensor.</summary>
    public static OnnxConstant Of(OnnxTensor tensor) =>
        new(tensor.Dimensions, tensor, 0, tensor.Type is not (DataType.Float or DataType.Double or DataType.Float16));

    /// <summary>One number, as a scalar.</summary>
    public static OnnxConstant Of(double value, bool integer) => new([], null, value, integer);

    /// <summary>What the node ConstantOfShape gives.</summary>
    /// <param name="node">The node.</param>
    /// <param name="shape">Its input.</param>
    /// <exception cref="OnnxException">A dimension is below 1, there are more elements than an array holds, or the value is not one element.</exception>
    public static OnnxConstant OfShape(OnnxNode node, OnnxConstant shape)
    {
        long count = 1;
        long[] dimensions = shape.ToIntegers(node);
        foreach (long size in dimensions)
        {
            if (size is < 1 or > int.MaxValue) throw node.Error(string.Create(CultureInfo.InvariantCulture, $"a dimension of {size} is not supported."));
            if ((count *= size) > Array.MaxLength) throw node.Error("it has more elements than an array holds.");
        }

        OnnxConstant? value = node.Tensor("value") is { } tensor ? Of(tensor) : null;
        if (value is { Count: not 1 }) throw node.Error($"value is one element, not {value.Shape}.");
        return new([.. dimensions.Select(d => (int)d)], null, value is null ? 0 : value._tensor!.To<double>()[0], value is { IsIntegers: true });
    }

    /// <summary>The same elements in another shape of as many.</summary>
    public OnnxConstant WithDimensions(IReadOnlyList<int> dimensions) => new(dimensions, _tensor, _fill, IsIntegers);

    /// <summary>The elements in row-major order.</summary>
    public float[] ToFloats()
    {
        if (_tensor is not null) return _tensor.To<float>();
        var values = new float[Count];
        Array.Fill(values, (float)_fill);
        return values;
    }

    /// <summary>Gives the elements to a parameter of as many.</summary>
    public void WriteTo(Parameter parameter)
    {
        if (_tensor is not null && _tensor.TryGetFloats(out ReadOnlySpan<float> values)) parameter.Write(values);
        else parameter.Write(ToFloats());
    }

    /// <summary>The elements, where they are a few integers: a shape, axes.</summary>
    /// <param name="reader">The node that reads them, for messages.</param>
    /// <exception cref="OnnxException">They are no integers, or too many to be a shape.</exception>
    public long[] ToIntegers(OnnxNode reader)
    {
        if (!IsIntegers) throw reader.Error("a shape or axes are integers.");
        if (Count > LongestShape) throw reader.Error(string.Create(CultureInfo.InvariantCulture, $"a shape or axes of {Count} numbers are not supported."));
        return _tensor is not null ? _tensor.To<long>() : [.. Enumerable.Repeat((long)_fill, (int)Count)];
    }

    /// <summary>Dimensions for messages, as <c>[96, 3, 11, 11]</c>.</summary>
    public static string Text(IEnumerable<int> dimensions) => $"[{string.Join(", ", dimensions.Select(d => d.ToString(CultureInfo.InvariantCulture)))}]";
}
