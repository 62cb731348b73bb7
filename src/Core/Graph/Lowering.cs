using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda;

/// <summary>A tensor between operators.</summary>
internal sealed class Value(string name, TensorFormat format)
{
    public string Name { get; } = name;

    public TensorFormat Format { get; set; } = format;

    /// <summary>The operator that makes it; null for images and labels.</summary>
    public LoweredOperator? Producer { get; set; }

    public List<LoweredOperator> Consumers { get; } = [];

    public bool NeedsGradient { get; set; }

    /// <summary>Whether it can be read after a run.</summary>
    public bool Kept { get; set; }

    public Storage? Data { get; set; }

    public Storage? Gradient { get; set; }
}

/// <summary>An operator with its place in the graph.</summary>
internal sealed class LoweredOperator(string layer, IOperator op, IReadOnlyList<ShapedLayer> layers)
{
    public string Layer { get; } = layer;

    public IOperator Operator { get; } = op;

    /// <summary>The layers it runs; none for a conversion.</summary>
    public IReadOnlyList<ShapedLayer> Layers { get; } = layers;

    public List<Value> Inputs { get; } = [];

    public required Value Output { get; init; }

    public bool Backward { get; set; }

    public int Index { get; init; }
}

/// <summary>
/// Turns the part of a network that the options ask for into a device's operators: asks the device for the longest chains it runs as one, and converts formats between.
/// </summary>
internal sealed class Lowering
{
    private const int LongestRegion = 8;
    private readonly Network _network;
    private readonly IDevice _device;
    private readonly CompileOptions _options;
    private readonly IReadOnlyDictionary<string, Shape> _shapes;
    private readonly Dictionary<string, Value> _values = [];
    private readonly Dictionary<(string, TensorFormat), Value> _converted = [];
    private readonly HashSet<string> _differentiated = []; // names whose value needs a gradient
    private readonly HashSet<string> _kept = [];
    private readonly HashSet<string> _trained = [];
    private Dictionary<string, int> _readers = [];

    public Lowering(Network network, IDevice device, CompileOptions options)
    {
        (_network, _device, _options) = (network, device, options);
        WithGradients = options.Mode != ExecutionMode.Inference;
        if (WithGradients && network.Loss is null)
            throw new ArgumentException($"Network '{network.Name}' has no loss: it has no gradients to compute. Build it with a loss.");
        if (options.WithLoss && network.Loss is null) throw new ArgumentException($"Network '{network.Name}' has no loss.");
        if (!WithGradients && (options.InputGradient || options.GradientPattern is not null))
            throw new ArgumentException("Gradients are computed in the modes Gradients and Training only.");
        if (options.Mode == ExecutionMode.Training) options.Sgd.Validate();
        else if (options.Accumulate || options.ClipNorm is not null) throw new ArgumentException("Gradients are accumulated and clipped in the mode Training only.");
        if (options.ClipNorm is { } norm && !(norm > 0 && float.IsFinite(norm))) throw new ArgumentException($"The norm that gradients are clipped to is above 0, not {norm}.");
        _shapes = network.InferShapes(options.Batch);
        Target = options.Target ?? (WithGradients ? network.LossSource! : network.Target);
        _kept.Add(Target);
        _kept.UnionWith(options.Keep);
        if (WithLoss) _kept.Add(network.Loss!.Layer.Name);
        _kept.Remove(Network.InputName); // images can always be read
        foreach (string name in _kept) _ = network[name];
    }

    public string Target { get; }

    public bool WithGradients { get; }

    public bool WithLoss => WithGradients || _options.WithLoss;

    /// <summary>The operators in order; whoever made the lowering disposes of them.</summary>
    public List<LoweredOperator> Operators { get; } = [];

    public IReadOnlyDictionary<string, Value> Values => _values;

    /// <summary>Images and labels, as far as they are read, and every value in a format of its own.</summary>
    public IEnumerable<Value> AllValues => _values.Values.Concat(_converted.Values);

    public void Run()
    {
        List<Node> nodes = NeededNodes();
        if (WithGradients) MarkDifferentiated(nodes);
        _readers = nodes.SelectMany(n => n.Inputs).GroupBy(i => i).ToDictionary(g => g.Key, g => g.Count());
        _values[Network.InputName] = Source(Network.InputName, _device.Info.Element);
        if (nodes.Any(n => n.Inputs.Contains(Network.LabelsName))) _values[Network.LabelsName] = Source(Network.LabelsName, ElementType.Int32);
        for (int i = 0; i < nodes.Count;) i += LowerAt(nodes, i);
        foreach (Value value in AllValues.Where(v => v.NeedsGradient && v.Consumers.Count(c => c.Backward) > 1))
            throw new NotSupportedException($"Layer '{value.Name}' is read by more than one layer on the way to the loss; sums of gradients are not supported.");
    }

    private Value Source(string name, ElementType element) =>
        new(name, new PlainFormat(_shapes[name], element)) { NeedsGradient = _differentiated.Contains(name), Kept = true };

    private List<Node> NeededNodes()
    {
        var needed = new HashSet<string>(_kept);
        var nodes = new List<Node>();
        foreach (Node node in _network.Nodes.Reverse().Where(n => needed.Contains(n.Layer.Name)))
        {
            nodes.Add(node);
            needed.UnionWith(node.Inputs);
        }

        nodes.Reverse();
        return nodes;
    }

    private void MarkDifferentiated(List<Node> nodes)
    {
        if (_options.InputGradient) _differentiated.Add(Network.InputName);
        string pattern = _options.GradientPattern ?? "*";
        var onPath = new HashSet<string> { _network.Loss!.Layer.Name };
        foreach (Node node in Enumerable.Reverse(nodes))
            if (onPath.Contains(node.Layer.Name)) onPath.UnionWith(node.Inputs);
        foreach (Node node in nodes.Where(n => onPath.Contains(n.Layer.Name)))
        {
            string[] names = [.. node.Layer.GetParameters(_shapes[node.Inputs[0]]).Select(p => p.Name)
                .Where(name => NamePattern.Matches(pattern, name))];
            _trained.UnionWith(names);
            if (names.Length == 0 && !node.Inputs.Any(_differentiated.Contains)) continue;
            if (!node.Layer.IsDifferentiable)
                throw new ArgumentException($"The loss of network '{_network.Name}' lies behind layer '{node.Layer.Name}' ({node.Layer.Kind}), which has no gradient.");
            _differentiated.Add(node.Layer.Name);
        }

        if (_trained.Count == 0 && _options.GradientPattern is not null)
        {
            throw new ArgumentException(
                $"No parameter of network '{_network.Name}' matches '{_options.GradientPattern}'. It has: {string.Join(", ", _network.Parameters.Select(p => p.Name))}.");
        }
    }

    /// <summary>Lowers the longest chain that begins at a node and that the device runs as one; returns its length.</summary>
    private int LowerAt(List<Node> nodes, int start)
    {
        int longest = 1;
        while (_options.Fuse && longest < LongestRegion && start + longest < nodes.Count && Chains(nodes[start + longest - 1], nodes[start + longest])) longest++;
        for (int length = longest; length >= 1; length--)
        {
            List<Node> chain = nodes.GetRange(start, length);
            Region region = MakeRegion(chain);
            if (_device.TryCreate(region) is not { } op) continue;
            AddOperator(op, region, chain);
            return length;
        }

        Layer layer = nodes[start].Layer;
        throw new NotSupportedException($"Device '{_device.Info.Name}' cannot run layer '{layer.Name}' ({layer.Kind}).");
    }

    private bool Chains(Node first, Node second) =>
        !_kept.Contains(first.Layer.Name) && second.Inputs.Count == 1 && second.Inputs[0] == first.Layer.Name && _readers[first.Layer.Name] == 1;

    private Region MakeRegion(List<Node> chain)
    {
        ShapedLayer[] layers = [.. chain.Select(n => new ShapedLayer(n.Layer, [.. n.Inputs.Select(i => _shapes[i])], _shapes[n.Layer.Name]))];
        bool differentiated = _differentiated.Contains(chain[^1].Layer.Name);
        return new Region(layers, [.. chain[0].Inputs.Select(i => _values[i].Format)])
        {
            InputGradient = differentiated && chain[0].Inputs.Any(_differentiated.Contains),
            ParameterGradients = layers.SelectMany(l => l.Layer.GetParameters(l.Inputs[0])).Select(p => p.Name).Where(_trained.Contains).ToHashSet(),
            Dropout = _options.Dropout ?? _options.Mode == ExecutionMode.Training,
            Seed = _options.Seed,
        };
    }

    private void AddOperator(IOperator op, Region region, List<Node> chain)
    {
        string last = chain[^1].Layer.Name;
        var output = new Value(last, op.Needs.Output) { NeedsGradient = region.Backward, Kept = _kept.Contains(last) };
        var inputs = new List<Value>();
        try
        {
            for (int i = 0; i < chain[0].Inputs.Count; i++)
            {
                string input = chain[0].Inputs[i];
                inputs.Add(InFormat(_values[input], op.Needs.Inputs[i], region.InputGradient && _differentiated.Contains(input)));
            }
        }
        catch
        {
            op.Dispose();
            throw;
        }

        Register(new LoweredOperator(region.Name, op, region.Layers) { Output = output, Backward = region.Backward, Index = Operators.Count }, inputs);
        _values[last] = output;
    }

    /// <summary>A value in the format that an operator asks for: itself, or a conversion of it, with its gradient where the operator gives one.</summary>
    private Value InFormat(Value value, TensorFormat wanted, bool gradient)
    {
        if (value.Format == wanted) return value;
        if (value.Producer is null && value.Consumers.Count == 0)
        {
            value.Format = wanted; // images can be written in any format from the start
            return value;
        }

        if (_converted.TryGetValue((value.Name, wanted), out Value? known))
        {
            if (gradient) known.NeedsGradient = known.Producer!.Backward = true; // the first reader may not have asked for it
            return known;
        }

        var converted = new Value(value.Name, wanted) { NeedsGradient = gradient };
        var op = new LoweredOperator(value.Name, _device.CreateConversion(value.Format, wanted), [])
        {
            Output = converted,
            Backward = gradient,
            Index = Operators.Count,
        };
        Register(op, [value]);
        _converted[(value.Name, wanted)] = converted;
        return converted;
    }

    private void Register(LoweredOperator op, List<Value> inputs)
    {
        Operators.Add(op);
        op.Inputs.AddRange(inputs);
        foreach (Value input in inputs) input.Consumers.Add(op);
        op.Output.Producer = op;
    }
}
