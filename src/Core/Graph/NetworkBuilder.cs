using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda;

/// <summary>
/// Describes a network layer by layer; each reads the one before, or what <see cref="From"/> names. Shapes are checked at once, so that an error names the layer that does not fit.
/// </summary>
/// <example><code>
/// Network network = new NetworkBuilder("small", channels: 3, height: 32, width: 32)
///     .Convolution("conv1", 16, kernel: 3).Relu().MaxPool("pool1", 2, 2)
///     .FullyConnected("fc2", 10).SoftmaxCrossEntropy().Build();
/// </code></example>
public sealed class NetworkBuilder
{
    private readonly string _name;
    private readonly int _channels, _height, _width;
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Shape> _shapes = [];
    private string _current = Network.InputName;
    private string? _loss;

    /// <summary>Begins a network.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="channels">The channels of an image.</param>
    /// <param name="height">The rows of an image.</param>
    /// <param name="width">The columns of an image.</param>
    /// <exception cref="ArgumentException">A size is below 1 or the name is empty.</exception>
    public NetworkBuilder(string name, int channels, int height, int width)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (channels < 1 || height < 1 || width < 1)
            throw new ArgumentException($"An image of network '{name}' has at least 1 channel, row and column, not {channels}x{height}x{width}.");
        (_name, _channels, _height, _width) = (name, channels, height, width);
        _shapes[Network.InputName] = new Shape(1, channels, height, width);
        _shapes[Network.LabelsName] = new Shape(1);
    }

    /// <summary>The initialiser of weights of the layers that follow, if none is given: He.</summary>
    public Initializer DefaultWeights { get; set; } = new HeNormalInitializer();

    /// <summary>The initialiser of biases of the layers that follow, if none is given: 0.</summary>
    public Initializer DefaultBiases { get; set; } = new ConstantInitializer(0);

    /// <summary>The shape, for a batch of 1, of what the next layer reads.</summary>
    public Shape CurrentShape => _shapes[_current];

    /// <summary>The name of what the next layer reads: the last layer's, or what <see cref="From"/> named.</summary>
    public string Current => _current;

    /// <summary>Begins a branch: the next layer reads this one instead of the last.</summary>
    /// <param name="layer">A layer added before, or <see cref="Network.InputName"/>.</param>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public NetworkBuilder From(string layer)
    {
        _current = Existing(layer);
        return this;
    }

    /// <summary>Adds any layer. A loss becomes the network's, of the layer before it.</summary>
    /// <exception cref="ArgumentException">The name is taken, or there is a loss already.</exception>
    /// <exception cref="ShapeException">The layer does not admit the shape before it.</exception>
    public NetworkBuilder Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return layer is LossLayer loss ? AddLoss(loss, null) : Add(layer, _current);
    }

    /// <summary>Adds a convolution with a square kernel.</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="filters">Output channels.</param>
    /// <param name="kernel">Rows and columns of the kernel.</param>
    /// <param name="stride">Rows and columns from one window to the next.</param>
    /// <param name="padding">The padding rule; null is SAME.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <param name="weights">The initialiser of weights.</param>
    /// <param name="biases">The initialiser of biases.</param>
    public NetworkBuilder Convolution(
        string name, int filters, int kernel, int stride = 1, Padding? padding = null, int groups = 1, bool bias = true,
        Initializer? weights = null, Initializer? biases = null) =>
        Add(new ConvolutionLayer(
            name, filters, Window.Square(kernel, stride, padding ?? Padding.Same), groups, bias, weights ?? DefaultWeights, biases ?? DefaultBiases));

    /// <summary>Adds a rectifier.</summary>
    /// <param name="name">The layer's name; null is the name of the layer before with <c>/relu</c>.</param>
    public NetworkBuilder Relu(string? name = null) => Add(new ReluLayer(name ?? _current + "/relu"));

    /// <summary>Adds a local response normalisation; see <see cref="LrnLayer"/> for the formula.</summary>
    public NetworkBuilder Lrn(string name, int radius, float bias, float alpha, float beta) => Add(new LrnLayer(name, radius, bias, alpha, beta));

    /// <summary>Adds a max-pooling with a square window.</summary>
    public NetworkBuilder MaxPool(string name, int kernel, int stride, Padding? padding = null, SizeRounding rounding = SizeRounding.Floor) =>
        Add(new MaxPoolLayer(name, Window.Square(kernel, stride, padding ?? Padding.Valid, rounding)));

    /// <summary>Adds an average pooling with a square window.</summary>
    public NetworkBuilder AveragePool(
        string name, int kernel, int stride, Padding? padding = null, SizeRounding rounding = SizeRounding.Floor, bool countPadding = false) =>
        Add(new AveragePoolLayer(name, Window.Square(kernel, stride, padding ?? Padding.Valid, rounding), countPadding));

    /// <summary>Adds a fully connected layer; images are flattened in C, H, W order.</summary>
    public NetworkBuilder FullyConnected(string name, int outputs, bool bias = true, Initializer? weights = null, Initializer? biases = null) =>
        Add(new FullyConnectedLayer(name, outputs, bias, weights ?? DefaultWeights, biases ?? DefaultBiases));

    /// <summary>Adds a dropout.</summary>
    /// <param name="keepProbability">The probability to keep an element.</param>
    /// <param name="name">The layer's name, part of the generator's counter; null is the name of the layer before with <c>/dropout</c>.</param>
    public NetworkBuilder Dropout(float keepProbability, string? name = null) => Add(new DropoutLayer(name ?? _current + "/dropout", keepProbability));

    /// <summary>Adds a flattening.</summary>
    public NetworkBuilder Flatten(string name = "flatten") => Add(new FlattenLayer(name));

    /// <summary>Adds a concatenation of channels, of [N, C, H, W], or of features, of [N, C].</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="layers">What is joined, in order: layers added before, or <see cref="Network.InputName"/>; alike in all but the channels.</param>
    /// <exception cref="ArgumentException">There is no such layer, or the name is taken.</exception>
    /// <exception cref="ShapeException">The shapes do not go together.</exception>
    public NetworkBuilder Concat(string name, params IReadOnlyList<string> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Add(new ConcatLayer(name), [.. layers.Select(Existing)]);
    }

    /// <summary>Adds a softmax.</summary>
    public NetworkBuilder Softmax(string name = "softmax") => Add(new SoftmaxLayer(name));

    /// <summary>Adds an argmax.</summary>
    public NetworkBuilder ArgMax(string name = "argmax") => Add(new ArgMaxLayer(name));

    /// <summary>Makes sum(x^2) / 2 of a layer's output the loss.</summary>
    /// <param name="of">The layer; null is the last one.</param>
    /// <param name="name">The loss's name.</param>
    public NetworkBuilder L2Loss(string? of = null, string name = "loss") => AddLoss(new L2LossLayer(name), of);

    /// <summary>Makes the mean softmax cross-entropy of a layer's output and the labels the loss.</summary>
    /// <param name="of">The layer, of [N, classes]; null is the last one.</param>
    /// <param name="name">The loss's name.</param>
    public NetworkBuilder SoftmaxCrossEntropy(string? of = null, string name = "loss") => AddLoss(new SoftmaxCrossEntropyLayer(name), of);

    /// <summary>Ends the description.</summary>
    /// <param name="target">The layer whose output a forward pass is asked for; null is the last one.</param>
    /// <exception cref="ArgumentException">There is no layer, or none of that name.</exception>
    public Network Build(string? target = null)
    {
        if (_current == Network.InputName) throw new ArgumentException($"Network '{_name}' has no layer.");
        target ??= _current;
        if (!_nodes.Any(n => n.Layer.Name == target)) throw new ArgumentException($"Network '{_name}' has no layer '{target}'.", nameof(target));
        return new Network(_name, _channels, _height, _width, [.. _nodes], target, _loss);
    }

    private NetworkBuilder AddLoss(LossLayer loss, string? of)
    {
        if (_loss is not null) throw new ArgumentException($"Network '{_name}' has a loss already, '{_loss}'.");
        string source = of ?? _current;
        if (!_nodes.Any(n => n.Layer.Name == source)) throw new ArgumentException($"Network '{_name}' has no layer '{source}' to take a loss of.", nameof(of));
        string last = _current;
        _ = loss.NeedsLabels ? Add(loss, source, Network.LabelsName) : Add(loss, source);
        _current = last; // a loss ends its branch: what follows reads the layer before it
        _loss = loss.Name;
        return this;
    }

    private string Existing(string layer) =>
        layer != Network.LabelsName && _shapes.ContainsKey(layer)
            ? layer
            : throw new ArgumentException($"Network '{_name}' has no layer '{layer}' to read.", nameof(layer));

    private NetworkBuilder Add(Layer layer, params string[] inputs)
    {
        if (string.IsNullOrWhiteSpace(layer.Name) || _shapes.ContainsKey(layer.Name))
            throw new ArgumentException($"Network '{_name}': the name '{layer.Name}' of a {layer.Kind} layer is taken or empty.");
        _shapes[layer.Name] = layer.InferShape([.. inputs.Select(i => _shapes[i])]);
        _nodes.Add(new Node(layer, inputs));
        _current = layer.Name;
        return this;
    }
}
