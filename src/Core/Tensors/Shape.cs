using System.Globalization;

namespace AlexNetCuda;

/// <summary>
/// The logical shape of a tensor, of 1 to 4 positive dimensions. Activations are [N, C, H, W] or [N, features];
/// convolution weights [out, in / groups, height, width]; fully connected weights [out, in].
/// How the elements lie in memory is the matter of a <see cref="Devices.TensorFormat"/>, not of the shape.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int _d0, _d1, _d2, _d3;

    /// <summary>A shape of the given dimensions.</summary>
    /// <param name="dimensions">1 to 4 dimensions, each at least 1.</param>
    /// <exception cref="ArgumentException">There are none, more than four, one is below 1, or their product is beyond 64 bits.</exception>
    public Shape(params ReadOnlySpan<int> dimensions)
    {
        if (dimensions.Length is < 1 or > 4)
            throw new ArgumentException($"A shape has 1 to 4 dimensions, not {dimensions.Length}.", nameof(dimensions));
        foreach (int d in dimensions)
            if (d < 1) throw new ArgumentException($"A dimension of a shape is at least 1, not {d}.", nameof(dimensions));
        Rank = dimensions.Length;
        _d0 = dimensions[0];
        _d1 = Rank > 1 ? dimensions[1] : 1;
        _d2 = Rank > 2 ? dimensions[2] : 1;
        _d3 = Rank > 3 ? dimensions[3] : 1;
        if ((Int128)_d0 * _d1 * _d2 * _d3 > long.MaxValue)
            throw new ArgumentException($"A shape of {this} has more elements than can be counted.", nameof(dimensions));
    }

    /// <summary>The number of dimensions, 1 to 4.</summary>
    public int Rank { get; }

    /// <summary>Dimension <paramref name="axis"/>; 1 for an axis beyond the rank (up to 3).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The axis is not 0 to 3.</exception>
    public int this[int axis] => axis switch
    {
        0 => _d0,
        1 => _d1,
        2 => _d2,
        3 => _d3,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "An axis is 0 to 3."),
    };

    /// <summary>The batch size: dimension 0.</summary>
    public int N => _d0;

    /// <summary>Channels or features: dimension 1.</summary>
    public int C => _d1;

    /// <summary>Height: dimension 2, or 1.</summary>
    public int H => _d2;

    /// <summary>Width: dimension 3, or 1.</summary>
    public int W => _d3;

    /// <summary>The number of elements.</summary>
    public long Count => (long)_d0 * _d1 * _d2 * _d3;

    /// <summary>The number of elements of one image: <see cref="Count"/> over <see cref="N"/>.</summary>
    public long CountPerImage => (long)_d1 * _d2 * _d3;

    /// <summary>The dimensions in order.</summary>
    public int[] ToArray()
    {
        int[] all = [_d0, _d1, _d2, _d3];
        return all[..Rank];
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) =>
        Rank == other.Rank && _d0 == other._d0 && _d1 == other._d1 && _d2 == other._d2 && _d3 == other._d3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _d0, _d1, _d2, _d3);

    /// <summary>Whether two shapes have the same rank and dimensions.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ in rank or in a dimension.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>As <c>[32, 96, 55, 55]</c>.</summary>
    public override string ToString() => Format(ToArray());

    /// <summary>As <see cref="ToString"/> but with the channels last, as TensorFlow prints it: <c>[32, 55, 55, 96]</c>.</summary>
    public string ToStringChannelsLast() => Rank == 4 ? Format([_d0, _d2, _d3, _d1]) : ToString();

    private static string Format(int[] dimensions) =>
        "[" + string.Join(", ", dimensions.Select(d => d.ToString(CultureInfo.InvariantCulture))) + "]";
}
