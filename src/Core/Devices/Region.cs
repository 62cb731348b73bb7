using AlexNetCuda.Layers;

namespace AlexNetCuda.Devices;

/// <summary>A layer with the shapes of its inputs and of its output in one compiled network.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Inputs">The shapes of its inputs.</param>
/// <param name="Output">The shape of its output.</param>
public sealed record ShapedLayer(Layer Layer, IReadOnlyList<Shape> Inputs, Shape Output);

/// <summary>
/// A chain of layers that a device is asked to run as one operator: each but the first reads the one before, whose result nobody else reads.
/// </summary>
/// <param name="Layers">The layers, in order.</param>
/// <param name="Inputs">The formats in which the first layer's inputs exist; an operator may ask for others, and gets conversions.</param>
public sealed record Region(IReadOnlyList<ShapedLayer> Layers, IReadOnlyList<TensorFormat> Inputs)
{
    /// <summary>The first layer's name, which names the region.</summary>
    public string Name => Layers[0].Layer.Name;

    /// <summary>The shape of the last layer's output.</summary>
    public Shape Output => Layers[^1].Output;

    /// <summary>Whether the gradient of an input is wanted. Where there are several, <see cref="Bindings.InputGradients"/> says of which.</summary>
    public bool InputGradient { get; init; }

    /// <summary>The names of the parameters of these layers whose gradients are wanted.</summary>
    public IReadOnlySet<string> ParameterGradients { get; init; } = new HashSet<string>();

    /// <summary>Whether dropout layers drop; otherwise they pass everything on unchanged.</summary>
    public bool Dropout { get; init; }

    /// <summary>The seed of the run: the key of dropout's generator.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a backward pass is wanted at all.</summary>
    public bool Backward => InputGradient || ParameterGradients.Count > 0;
}
