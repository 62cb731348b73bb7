using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;

namespace AlexNetCuda.Testing;

/// <summary>How the images of a <see cref="LayerCase"/> are made. All values are exact in single precision.</summary>
public enum InputKind
{
    /// <summary>Uniform in [-1, 1).</summary>
    Uniform,

    /// <summary>Uniform, but at least 1/8 away from 0, where a rectifier has its kink.</summary>
    AwayFromZero,

    /// <summary>All values of a plane differ by at least 1/16, so that no maximum is close to another.</summary>
    Distinct,

    /// <summary>Multiples of 1/2 in [-1, 1]: many zeros and many equal maxima.</summary>
    Coarse,

    /// <summary>Uniform in [-1, 1), plus 1000: overflows a naive exponential.</summary>
    Large,

    /// <summary>Uniform in [-40, 40): a softmax of these is nearly 0 or 1.</summary>
    Wide,
}

/// <summary>
/// A small network around one layer or a chain of layers, with data: differentiated by finite differences on the reference device, and run on
/// other devices to be compared with it.
/// </summary>
public sealed class LayerCase
{
    private const double KinkMargin = 1e-3;
    private readonly Lazy<double[]> _input;

    /// <summary>A case.</summary>
    /// <param name="name">A name that no other case has; it is the key of all random values.</param>
    /// <param name="network">The network; it ends in a loss.</param>
    /// <param name="batch">The number of images.</param>
    /// <param name="kind">How the images are made.</param>
    public LayerCase(string name, Network network, int batch, InputKind kind = InputKind.Uniform)
    {
        ArgumentNullException.ThrowIfNull(network);
        (Name, Network, Batch, Kind) = (name, network, batch, kind);
        if (network.Loss?.Layer is LossLayer { NeedsLabels: true })
        {
            int classes = network.InferShapes(1)[network.LossSource!].C;
            Labels = [.. Enumerable.Range(0, batch).Select(n => ((n * 7) + 2) % classes)];
        }

        _input = new Lazy<double[]>(MakeInput);
    }

    /// <summary>The name, unique in the catalogue.</summary>
    public string Name { get; }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The number of images.</summary>
    public int Batch { get; }

    /// <summary>How the images are made.</summary>
    public InputKind Kind { get; }

    /// <summary>The labels, where the loss needs them.</summary>
    public int[]? Labels { get; }

    /// <summary>Whether dropout layers drop.</summary>
    public bool Dropout { get; init; }

    /// <summary>Whether the gradient of the images is computed: not where two layers read them.</summary>
    public bool InputGradient { get; init; } = true;

    /// <summary>The seed of dropout.</summary>
    public ulong Seed { get; init; } = 12345;

    /// <summary>The number of the step that the case runs.</summary>
    public uint Step { get; init; } = 3;

    /// <summary>
    /// Whether the input hits kinks (zeros of a rectifier, equal maxima) on purpose: derivatives there are a matter of convention,
    /// which devices share but finite differences do not see.
    /// </summary>
    public bool HasKinks => Kind == InputKind.Coarse;

    /// <summary>
    /// The images, NCHW. Unless the case has kinks on purpose, every rectifier's input is at least 1e-3 away from 0 and every maximum that far
    /// from the next, so that neither a finite difference nor the rounding of single precision turns one over.
    /// </summary>
    public double[] Input => _input.Value;

    /// <summary>Makes the parameters: weights uniform with limit sqrt(6 / fan_in), biases with limit 0.1; the same for every device.</summary>
    public Parameters CreateParameters(ElementType storage = ElementType.Float32) =>
        Network.CreateParameters(storage: storage, initializer: new ReferenceInitializer(Name + "/"));

    /// <summary>The options of the case's run: all gradients, those of the images too unless the case says otherwise.</summary>
    public CompileOptions Options => new()
    {
        Batch = Batch, Mode = ExecutionMode.Gradients, Dropout = Dropout, Seed = Seed, InputGradient = InputGradient, Target = Network.Target,
    };

    /// <summary>Runs the case forward and backward on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="options">Options other than <see cref="Options"/>, best made from those.</param>
    public NetworkResult Run(IDevice device, CompileOptions? options = null) =>
        NetworkRunner.Run(Network, device, CreateParameters(), options ?? Options, Input, Labels, Step);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private double[] MakeInput()
    {
        if (HasKinks) return MakeInput(0);
        using var device = new ReferenceDevice(1);
        for (int attempt = 0; attempt < 100; attempt++)
        {
            double[] input = MakeInput(attempt);
            if (Margin(device, input) >= KinkMargin) return input;
        }

        throw new InvalidOperationException($"Case '{Name}': no input keeps {KinkMargin} away from all kinks; make the case smaller.");
    }

    private double[] MakeInput(int attempt)
    {
        Shape shape = Network.InputShape(Batch);
        var uniform = new float[shape.Count];
        ReferenceInitializer.Fill(uniform, 0, $"{Name}/{attempt}/input", 1);
        int plane = shape.H * shape.W;
        return Kind switch
        {
            InputKind.Uniform => [.. uniform.Select(u => (double)u)],
            InputKind.AwayFromZero => [.. uniform.Select(u => (double)(float)(u < 0 ? -0.125 + (0.875 * u) : 0.125 + (0.875 * u)))],
            InputKind.Distinct => [.. uniform.Chunk(plane).SelectMany(Ranks).Select(rank => (rank - (plane / 2)) / 16.0)],
            InputKind.Coarse => [.. uniform.Select(u => Math.Round(2 * u) / 2)],
            InputKind.Large => [.. uniform.Select(u => (double)(1000 + u))],
            InputKind.Wide => [.. uniform.Select(u => (double)(40 * u))],
            _ => throw new InvalidOperationException($"Unknown kind of input {Kind}."),
        };
    }

    /// <summary>The place of each value in their order.</summary>
    private static int[] Ranks(float[] values)
    {
        var ranks = new int[values.Length];
        int next = 0;
        foreach (int i in Enumerable.Range(0, values.Length).OrderBy(i => values[i])) ranks[i] = next++;
        return ranks;
    }

    /// <summary>How far the nearest kink is: the smallest |x| at a rectifier, and the smallest lead of a maximum in a max-pool window.</summary>
    private double Margin(ReferenceDevice device, double[] input)
    {
        Node[] kinked = [.. Network.Nodes.Where(n => n.Layer is ReluLayer or MaxPoolLayer)];
        if (kinked.Length == 0) return double.PositiveInfinity;
        string[] keep = [.. kinked.Select(n => n.Inputs[0]).Where(i => i != Network.InputName).Distinct()];
        using Executable executable = Network.Compile(
            device, CreateParameters(), new CompileOptions { Batch = Batch, Keep = keep, Dropout = Dropout, Seed = Seed });
        executable.SetInput(input);
        executable.StepNumber = Step;
        executable.Forward();
        double margin = double.PositiveInfinity;
        foreach (Node node in kinked)
        {
            double[] x = NetworkRunner.Read(executable.GetValue(node.Inputs[0]));
            Shape shape = executable.GetValue(node.Inputs[0]).Format.Logical;
            margin = Math.Min(margin, node.Layer is MaxPoolLayer pool ? Lead(x, shape, pool) : x.Min(Distance));
        }

        return margin;

        // An exact 0 (dropped by an earlier layer) stays 0 whatever changes a little.
        static double Distance(double x) => x == 0 ? double.PositiveInfinity : Math.Abs(x);
    }

    /// <summary>
    /// The smallest lead of the largest over the second largest element of a window. Windows whose maximum is exactly 0 (a rectifier's) do not count:
    /// the rectifier passes no gradient from there, whichever element wins.
    /// </summary>
    private static double Lead(double[] x, Shape shape, MaxPoolLayer pool)
    {
        WindowGeometry g = pool.Window.Resolve(pool.Name, shape.H, shape.W);
        double lead = double.PositiveInfinity;
        for (int plane = 0; plane < shape.N * shape.C; plane++)
        {
            for (int i = 0; i < g.OutputHeight * g.OutputWidth; i++)
            {
                double first = double.NegativeInfinity, second = double.NegativeInfinity;
                for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
                {
                    int row = (i / g.OutputWidth * g.StrideHeight) - g.PadTop + (tap / g.KernelWidth);
                    int column = (i % g.OutputWidth * g.StrideWidth) - g.PadLeft + (tap % g.KernelWidth);
                    if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                    double value = x[(((plane * g.Height) + row) * g.Width) + column];
                    (first, second) = value > first ? (value, first) : (first, Math.Max(second, value));
                }

                if (first != 0) lead = Math.Min(lead, first - second);
            }
        }

        return lead;
    }
}
