using System.Globalization;

namespace AlexNetCuda.Layers;

/// <summary>Rectifier: y = 0 where x is below 0, else x (so that NaN stays). Its gradient is 0 where y is at most 0.</summary>
/// <param name="Name">The layer's name.</param>
public sealed record ReluLayer(string Name) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "ReLU";

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs) => Single(inputs);
}

/// <summary>[N, C, H, W] to [N, C * H * W], in C, H, W order.</summary>
/// <param name="Name">The layer's name.</param>
public sealed record FlattenLayer(string Name) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "flatten";

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Single(inputs);
        if (input.CountPerImage > int.MaxValue) throw Error(input, "that is more features than one dimension holds.");
        return new Shape(input.N, (int)input.CountPerImage);
    }
}

/// <summary>
/// Dropout (Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014), inverted as in TensorFlow:
/// an element is kept and divided by the probability, or is 0. The mask comes from Philox4x32-10: the key is the seed, the counter
/// (element's NCHW index / 4 as 64 bits, FNV-1a-32 of the layer's name, step); word index % 4 as u in [0, 1); kept if u is below the probability.
/// </summary>
/// <param name="Name">The layer's name.</param>
/// <param name="KeepProbability">The probability to keep an element, above 0 and at most 1.</param>
public sealed record DropoutLayer(string Name, float KeepProbability) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "dropout";

    /// <inheritdoc/>
    public override string Settings => string.Create(CultureInfo.InvariantCulture, $"keep {KeepProbability}");

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Single(inputs);
        return KeepProbability is > 0 and <= 1 ? input : throw Error(input, $"the probability to keep is above 0 and at most 1, not {KeepProbability}.");
    }
}

/// <summary>Softmax over dimension 1 of [N, C]: y[c] = exp(x[c] - m) / sum over j of exp(x[j] - m), m the row's maximum.</summary>
/// <param name="Name">The layer's name.</param>
public sealed record SoftmaxLayer(string Name) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "softmax";

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Single(inputs);
        return input.Rank == 2 ? input : throw Error(input, "it needs [N, classes].");
    }
}

/// <summary>The index of the first largest element of each row of [N, C] (NaN is larger than any number): [N], integers. It has no gradient.</summary>
/// <param name="Name">The layer's name.</param>
public sealed record ArgMaxLayer(string Name) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "argmax";

    /// <inheritdoc/>
    public override ElementType? OutputElement => ElementType.Int32;

    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Single(inputs);
        return input.Rank == 2 ? new Shape(input.N) : throw Error(input, "it needs [N, classes].");
    }
}
