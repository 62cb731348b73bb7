using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda;

/// <summary>A layer in a network, with the names of what it reads.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Inputs">The names of layers, or <see cref="Network.InputName"/> or <see cref="Network.LabelsName"/>.</param>
public sealed record Node(Layer Layer, IReadOnlyList<string> Inputs);

/// <summary>
/// The description of a network: its layers, what they read, its loss. It holds no values and knows no device; it is immutable and thread-safe.
/// Made by a <see cref="NetworkBuilder"/>, compiled by <see cref="Compile"/>.
/// </summary>
public sealed class Network
{
    /// <summary>The name of the images, [N, C, H, W], among the inputs of layers.</summary>
    public const string InputName = "input";

    /// <summary>The name of the labels, [N] integers, among the inputs of layers.</summary>
    public const string LabelsName = "labels";

    internal Network(string name, int channels, int height, int width, IReadOnlyList<Node> nodes, string target, string? lossName)
    {
        Name = name;
        (Channels, Height, Width) = (channels, height, width);
        Nodes = nodes;
        Target = target;
        Loss = lossName is null ? null : nodes.Single(n => n.Layer.Name == lossName);
        var shapes = InferShapes(1);
        Parameters = [.. nodes.SelectMany(n => n.Layer.GetParameters(shapes[n.Inputs[0]]))];
    }

    /// <summary>The network's name.</summary>
    public string Name { get; }

    /// <summary>The channels of an image.</summary>
    public int Channels { get; }

    /// <summary>The rows of an image.</summary>
    public int Height { get; }

    /// <summary>The columns of an image.</summary>
    public int Width { get; }

    /// <summary>All layers, each after those it reads; a loss is among them.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The name of the layer whose output a forward pass is asked for, if nothing else is said.</summary>
    public string Target { get; }

    /// <summary>The loss, or null.</summary>
    public Node? Loss { get; }

    /// <summary>The name of the layer of whose output the loss is taken, or null.</summary>
    public string? LossSource => Loss?.Inputs[0];

    /// <summary>The parameters, in the order of the layers.</summary>
    public IReadOnlyList<ParameterInfo> Parameters { get; }

    /// <summary>The number of weights and biases.</summary>
    public long ParameterCount => Parameters.Sum(p => p.Shape.Count);

    /// <summary>Whether any layer is a dropout.</summary>
    public bool HasDropout => Nodes.Any(n => n.Layer is DropoutLayer);

    /// <summary>The shape of a batch of images.</summary>
    public Shape InputShape(int batch) => new(batch, Channels, Height, Width);

    /// <summary>The node of a layer.</summary>
    /// <exception cref="ArgumentException">The network has no layer of that name.</exception>
    public Node this[string layer] => Nodes.FirstOrDefault(n => n.Layer.Name == layer)
        ?? throw new ArgumentException($"Network '{Name}' has no layer '{layer}'. It has: {string.Join(", ", Nodes.Select(n => n.Layer.Name))}.");

    /// <summary>The shapes of the images, the labels and every layer's output for a batch.</summary>
    /// <param name="batch">The number of images, at least 1.</param>
    /// <exception cref="ArgumentException">The batch is below 1.</exception>
    /// <exception cref="ShapeException">A layer does not admit its input.</exception>
    public IReadOnlyDictionary<string, Shape> InferShapes(int batch)
    {
        if (batch < 1) throw new ArgumentException($"A batch has at least 1 image, not {batch}.", nameof(batch));
        var shapes = new Dictionary<string, Shape> { [InputName] = InputShape(batch), [LabelsName] = new(batch) };
        foreach (Node node in Nodes)
        {
            Shape[] inputs = [.. node.Inputs.Select(i => shapes[i])];
            shapes.Add(node.Layer.Name, node.Layer.InferShape(inputs));
        }

        return shapes;
    }

    /// <summary>Makes values for all parameters.</summary>
    /// <param name="seed">The seed; the same seed makes the same values.</param>
    /// <param name="storage">Float32, or Float64 for work in double precision on the reference device.</param>
    /// <param name="initializer">An initialiser instead of those of the layers.</param>
    /// <param name="cancellation">Stops the work.</param>
    public Parameters CreateParameters(
        ulong seed = 0, ElementType storage = ElementType.Float32, Initializer? initializer = null, CancellationToken cancellation = default) =>
        new(this, seed, storage, initializer, cancellation);

    /// <summary>Makes an executable of this network for a device.</summary>
    /// <param name="device">The device; it must outlive the executable.</param>
    /// <param name="parameters">The parameters, which several executables may share.</param>
    /// <param name="options">Batch, mode and the rest.</param>
    /// <exception cref="ArgumentException">An option does not fit the network, or the parameters are another network's.</exception>
    /// <exception cref="NotSupportedException">The device cannot run a layer.</exception>
    /// <exception cref="DeviceOutOfMemoryException">The device has not enough memory.</exception>
    public Executable Compile(IDevice device, Parameters parameters, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(parameters);
        return ExecutableBuilder.Build(this, device, parameters, options ?? new CompileOptions());
    }

    /// <summary>
    /// Says what memory <see cref="Compile"/> would take, without taking it: the same operators are made and the same plan, and freed again. What a device
    /// needs to make its operators (scratch to try algorithms on) it takes for that long.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="options">Batch, mode and the rest.</param>
    /// <exception cref="ArgumentException">An option does not fit the network.</exception>
    /// <exception cref="NotSupportedException">The device cannot run a layer.</exception>
    public MemoryRequirements PlanMemory(IDevice device, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        return ExecutableBuilder.Plan(this, device, options ?? new CompileOptions());
    }
}
