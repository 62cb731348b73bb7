namespace AlexNetCuda.Layers;

/// <summary>A loss: one number of a batch, of which the gradients are taken.</summary>
/// <param name="Name">The layer's name.</param>
public abstract record LossLayer(string Name) : Layer(Name)
{
    /// <summary>Whether the second input is the labels.</summary>
    public abstract bool NeedsLabels { get; }
}

/// <summary>TensorFlow's l2_loss: sum of x^2 / 2 over the whole batch.</summary>
/// <param name="Name">The layer's name.</param>
public sealed record L2LossLayer(string Name) : LossLayer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "l2 loss";

    /// <inheritdoc/>
    public override bool NeedsLabels => false;

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        Single(inputs);
        return new Shape(1);
    }
}

/// <summary>
/// The mean over the batch of -log softmax(x)[label], for x of [N, C] and integer labels [N] from 0 to C - 1.
/// </summary>
/// <param name="Name">The layer's name.</param>
public sealed record SoftmaxCrossEntropyLayer(string Name) : LossLayer(Name)
{
    /// <inheritdoc/>
    public override string Kind => "softmax cross-entropy";

    /// <inheritdoc/>
    public override bool NeedsLabels => true;

    /// <inheritdoc/>
    public override Shape InferShape(IReadOnlyList<Shape> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != 2) throw new ShapeException($"Layer '{Name}' ({Kind}) has two inputs, scores and labels, not {inputs.Count}.");
        if (inputs[0].Rank != 2) throw Error(inputs[0], "it needs [N, classes].");
        if (inputs[1].Rank != 1 || inputs[1].N != inputs[0].N) throw Error(inputs[0], $"the labels have the shape {inputs[1]}, not [{inputs[0].N}].");
        return new Shape(1);
    }
}
