namespace AlexNetCuda.Layers;

/// <summary>
/// One layer of a network as a description: its name, its settings, the shapes it makes and the parameters it has. It knows no device.
/// </summary>
/// <param name="Name">The layer's name, unique in its network.</param>
public abstract record Layer(string Name)
{
    /// <summary>The kind of layer, as <c>convolution</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Settings for people: <c>11x11 / 4 SAME</c>; empty where there are none.</summary>
    public virtual string Settings => "";

    /// <summary>The type of the output's elements; null means the type in which the device computes.</summary>
    public virtual ElementType? OutputElement => null;

    /// <summary>Whether the layer has a gradient.</summary>
    public virtual bool IsDifferentiable => true;

    /// <summary>The shape of the output.</summary>
    /// <param name="inputs">The shapes of the inputs, with the batch.</param>
    /// <exception cref="ShapeException">The layer does not admit these shapes; the message names layer and shapes.</exception>
    public abstract Shape InferShape(IReadOnlyList<Shape> inputs);

    /// <summary>The parameters that the layer has for an input of this shape.</summary>
    public virtual IReadOnlyList<ParameterInfo> GetParameters(Shape input) => [];

    /// <summary>The multiply-adds of one forward pass over inputs of these shapes; 0 for layers without weights.</summary>
    public virtual long MultiplyAdds(Shape input, Shape output) => 0;

    /// <summary>The exception for a shape that this layer does not admit.</summary>
    private protected ShapeException Error(Shape input, string reason) =>
        new($"Layer '{Name}' ({Kind}) cannot take an input of shape {input}: {reason}");

    /// <summary>Throws unless there is one input of 4 dimensions; returns it.</summary>
    private protected Shape Image(IReadOnlyList<Shape> inputs)
    {
        Shape input = Single(inputs);
        return input.Rank == 4 ? input : throw Error(input, "it needs images, [N, C, H, W].");
    }

    /// <summary>Throws unless there is one input; returns it.</summary>
    private protected Shape Single(IReadOnlyList<Shape> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return inputs.Count == 1 ? inputs[0] : throw new ShapeException($"Layer '{Name}' ({Kind}) has one input, not {inputs.Count}.");
    }
}

/// <summary>A shape does not fit a layer; the message names both.</summary>
public sealed class ShapeException : Exception
{
    /// <summary>An exception without a message.</summary>
    public ShapeException() { }

    /// <summary>An exception with a message that names layer and shapes.</summary>
    public ShapeException(string message) : base(message) { }

    /// <summary>An exception with a message and its cause.</summary>
    public ShapeException(string message, Exception innerException) : base(message, innerException) { }
}
