using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>What a network computed: output, loss and gradients, by name; gradients begin with that word.</summary>
internal sealed record NetworkValues(IReadOnlyList<(string Name, double[] Values)> Tensors)
{
    /// <summary>The tensor whose error takes most of what is allowed.</summary>
    /// <param name="actual">What is compared.</param>
    /// <param name="norm">Whether the norm of the difference counts, or the largest difference of an element.</param>
    /// <param name="allowed">The largest error that passes, of a tensor with this name.</param>
    internal Finding Compare(NetworkValues actual, bool norm, Func<string, double> allowed)
    {
        if (Tensors.Count != actual.Tensors.Count) return Finding.Failed("the number of gradients differs");
        Finding? worst = null;
        foreach (((string name, double[] expected), (_, double[] values)) in Tensors.Zip(actual.Tensors))
        {
            double error = norm ? SelfTesting.Tensors.NormError(expected, values) : SelfTesting.Tensors.LargestError(expected, values);
            var finding = new Finding(error, allowed(name), name);
            if (worst is null || error * worst.Allowed > worst.Error * finding.Allowed || (double.IsInfinity(error) && !double.IsInfinity(worst.Error))) worst = finding;
        }

        return worst!;
    }
}

/// <summary>How the images of a case are made.</summary>
internal enum CaseInput
{
    /// <summary>Even over -1 ... 1.</summary>
    Uniform,

    /// <summary>As Uniform, but at least 1/8 away from 0, where a ReLU has its kink.</summary>
    AwayFromZero,

    /// <summary>The values of a plane differ by 1/16, so that no maximum is near another.</summary>
    Distinct,
}

/// <summary>A small network with images, labels and parameters, all exact in every precision, and what it computes on the reference device.</summary>
internal sealed class NetworkCase
{
    private const int Attempts = 20;
    private readonly Lazy<(double[] Input, NetworkValues Values)> _expected;
    private readonly int[]? _labels;
    private readonly CaseInput _kind;

    /// <param name="name">Its name, and the key of its numbers.</param>
    /// <param name="network">The network, with a loss.</param>
    /// <param name="batch">Images.</param>
    /// <param name="kind">How they are made.</param>
    /// <param name="kinked">Whether small differences inside turn ReLUs over and make other maxima win, and so change gradients by far more.</param>
    internal NetworkCase(string name, Network network, int batch, CaseInput kind = CaseInput.Uniform, bool kinked = false)
    {
        (Name, Network, Batch, IsKinked, _kind) = (name, network, batch, kinked, kind);
        if (network.Loss!.Layer is LossLayer { NeedsLabels: true })
        {
            int classes = network.InferShapes(1)[network.LossSource!].C;
            _labels = [.. Enumerable.Range(0, batch).Select(n => ((7 * n) + 2) % classes)];
        }

        _expected = new Lazy<(double[], NetworkValues)>(Compute);
    }

    internal string Name { get; }

    internal Network Network { get; }

    internal int Batch { get; }

    internal bool IsKinked { get; }

    /// <summary>The images.</summary>
    internal double[] Input => _expected.Value.Input;

    /// <summary>What the reference device computes.</summary>
    internal NetworkValues Expected => _expected.Value.Values;

    internal CompileOptions Options => new()
    {
        Batch = Batch, Mode = ExecutionMode.Gradients, InputGradient = true, Dropout = true, Seed = 12345, Target = Network.Target,
    };

    /// <summary>The parameters, new ones at each call.</summary>
    internal Parameters CreateParameters()
    {
        Parameters parameters = Network.CreateParameters(initializer: new ReferenceInitializer(Name + "/"));
        foreach (Parameter parameter in parameters.All)
        {
            var values = new double[parameter.Info.Shape.Count];
            parameter.Read(values);
            for (int i = 0; i < values.Length; i++) values[i] = Tensors.Round(values[i]);
            parameter.Write(values);
        }

        return parameters;
    }

    /// <summary>Runs forward and backward and reads what came of the last run.</summary>
    internal NetworkValues Run(IDevice device, int runs)
    {
        using Executable executable = Network.Compile(device, CreateParameters(), Options);
        SetData(executable, Input);
        return Run(executable, runs);
    }

    /// <summary>Sets images and labels.</summary>
    internal void SetData(Executable executable, double[] input)
    {
        executable.SetInput(input);
        if (_labels is not null) executable.SetLabels(_labels);
    }

    /// <summary>Reads a buffer of any type.</summary>
    internal static double[] Read(IBuffer buffer)
    {
        var values = new double[buffer.Format.Logical.Count];
        if (buffer.Format.Element != ElementType.Int32)
        {
            buffer.Read(values);
            return values;
        }

        var integers = new int[values.Length];
        buffer.Read(integers);
        for (int i = 0; i < values.Length; i++) values[i] = integers[i];
        return values;
    }

    private static NetworkValues Run(Executable executable, int runs)
    {
        for (int run = 0; run < runs; run++)
        {
            executable.StepNumber = 3; // part of dropout's counter
            executable.ForwardBackward();
        }

        return new NetworkValues(
        [
            ("output", Read(executable.GetValue(executable.Target))), ("loss", [executable.ReadLoss()]), ("gradient of the images", Read(executable.GetInputGradient())),
            .. executable.GradientNames.Select(name => ($"gradient of {name}", Read(executable.GetGradient(name)))),
        ]);
    }

    /// <summary>
    /// Takes the first images for which the gradients stand still when the images are moved a little: there no ReLU and no maximum is so near its kink that the
    /// rounding of float32 turns it over.
    /// </summary>
    private (double[] Input, NetworkValues Values) Compute()
    {
        using var device = new ReferenceDevice();
        using Executable executable = Network.Compile(device, CreateParameters(), Options);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double[] input = MakeInput(attempt);
            NetworkValues values = At(input);
            if (!IsKinked || (Stands(1) && Stands(2))) return (input, values);

            bool Stands(int seed)
            {
                double[] noise = Tensors.Uniform(input.Length, seed, 1e-5);
                return values.Compare(At([.. input.Zip(noise, (x, e) => x + e)]), norm: false, _ => 1).Error < 1e-2;
            }
        }

        throw new InvalidOperationException($"No images of case '{Name}' keep away from all kinks.");

        NetworkValues At(double[] input)
        {
            SetData(executable, input);
            return Run(executable, 1);
        }
    }

    private double[] MakeInput(int attempt)
    {
        Shape shape = Network.InputShape(Batch);
        double[] values = Tensors.Uniform(shape.Count, 1000 + attempt);
        int plane = shape.H * shape.W;
        return _kind switch
        {
            CaseInput.AwayFromZero => [.. values.Select(v => Tensors.Round(v < 0 ? (0.875 * v) - 0.125 : (0.875 * v) + 0.125))],
            CaseInput.Distinct => [.. values.Chunk(plane).SelectMany(Ranks).Select(rank => (rank - (plane / 2)) / 16.0)],
            _ => values,
        };
    }

    /// <summary>The place of each value in their order.</summary>
    private static int[] Ranks(double[] values)
    {
        var ranks = new int[values.Length];
        int next = 0;
        foreach (int i in Enumerable.Range(0, values.Length).OrderBy(i => values[i])) ranks[i] = next++;
        return ranks;
    }
}
