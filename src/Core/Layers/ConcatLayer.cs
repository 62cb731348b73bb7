namespace AlexNetCuda.Layers;

/// <summary>
/// Concatenation along dimension 1: inputs [N, C_i, H, W], alike in all but C_i, to [N, C_0 + C_1 + ..., H, W], in the order of the inputs; of [N, C_i] likewise.
/// The gradient of each input is its part of the output's.
/// </summary>
/// <param name="Name">The layer's name.</param>
public sealed record ConcatLayer(string Name) : Layer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "concat";

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) throw new ShapeException($"Layer '{Name}' ({Kind}) has at least one input.");
        Shape first = inputs[0];
        if (first.Rank is not (2 or 4)) throw Error(first, "it needs [N, C, H, W] or [N, C].");
        foreach (Shape input in inputs.Where(s => s.Rank != first.Rank || s.N != first.N || s.H != first.H || s.W != first.W))
            throw Error(input, $"input 0 has shape {first}; all but the channels have to be alike.");
        long channels = inputs.Sum(s => (long)s.C);
        if (channels > int.MaxValue) throw Error(first, $"all inputs together have {channels} channels, more than one dimension holds.");
        return first.Rank == 2 ? new Shape(first.N, (int)channels) : new Shape(first.N, (int)channels, first.H, first.W);
    }
}
