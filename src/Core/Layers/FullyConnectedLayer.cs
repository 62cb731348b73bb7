using AlexNetCuda.Initialization;

namespace AlexNetCuda.Layers;

/// <summary>
/// A fully connected layer: [N, features] (or images, flattened in C, H, W order) to [N, Outputs], y[n, o] = b[o] + sum over i of w[o, i] * x[n, i].
/// </summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Outputs">The number of outputs.</param>
/// <param name="HasBias">Whether there are biases.</param>
/// <param name="WeightInitializer">Makes the first weights.</param>
/// <param name="BiasInitializer">Makes the first biases.</param>
public sealed record FullyConnectedLayer(string Name, int Outputs, bool HasBias, Initializer WeightInitializer, Initializer BiasInitializer) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "fully connected";

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Single(inputs);
        if (Outputs < 1) throw Error(input, $"it needs at least 1 output, not {Outputs}.");
        if (input.Rank < 2) throw Error(input, "it needs [N, features] or [N, C, H, W].");
        if (input.CountPerImage > int.MaxValue) throw Error(input, "that is more features than a fully connected layer takes.");
        return new Shape(input.N, Outputs);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterInfo> GetParameters(Shape input)
    {
        int features = (int)input.CountPerImage;
        var weights = new ParameterInfo(Name + "/weights", new Shape(Outputs, features), ParameterRole.Weights, features, Outputs, WeightInitializer);
        return HasBias
            ? [weights, new ParameterInfo(Name + "/biases", new Shape(Outputs), ParameterRole.Biases, features, Outputs, BiasInitializer)]
            : [weights];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape input, Shape output) => output.Count * input.CountPerImage;
}
