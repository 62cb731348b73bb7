using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Whole networks in reduced width, and how they are compared.</summary>
internal static class Narrow
{
    // The runs with noise that a tensor's sensitivity is the largest error of; the later ones only where the first do not tell. Noise turns over a kink that lies at
    // zero in half of its runs: three miss one of eight such kinks, eight one of 256. (alexnet-conv in float16 has one: the result of conv4 at 479 is -2.8e-5 of the
    // tensor's rms, on the GPU it is positive, and that alone changes the gradients below by 5%. The first three runs miss it, 12 of 24 do not.)
    private const int Trials = 3, MostTrials = 8;

    /// <summary>Every kind of operator of the device in one small network, each in the form that takes the device's own paths.</summary>
    internal static Network Everything { get; } = new NetworkBuilder("everything", 3, 40, 40)
        .Convolution("conv1", 16, 11, 4).Relu().Lrn("lrn1", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2) // SAME pads 3 before and 4 after
        .Convolution("conv2", 24, 3, groups: 2).Relu()
        .Convolution("conv3", 16, 3).MaxPool("pool3", 2, 2, Padding.Same).AveragePool("average", 2, 1)
        .FullyConnected("fc1", 30).Relu().Dropout(0.5f).FullyConnected("fc2", 10).SoftmaxCrossEntropy().Softmax().Build();

    /// <summary>A network of the zoo with an eighth of its filters, or fewer, and at most 64 outputs of a fully connected layer, for small images.</summary>
    internal static Network Create(string name, int part = 8, int? size = null)
    {
        Network network = NetworkZoo.Create(name, new NetworkOptions { InputSize = size ?? (name.StartsWith("vgg", StringComparison.Ordinal) ? 32 : 67) });
        var builder = new NetworkBuilder(name, network.Channels, network.Height, network.Width);
        foreach (Node node in network.Nodes)
        {
            _ = node.Layer switch
            {
                ConvolutionLayer layer => builder.Add(layer with { Filters = layer.Filters / part }),
                FullyConnectedLayer layer => builder.Add(layer with { Outputs = Math.Min(512 / part, layer.Outputs) }),
                L2LossLayer loss => builder.L2Loss(node.Inputs[0], loss.Name),
                SoftmaxCrossEntropyLayer loss => builder.SoftmaxCrossEntropy(node.Inputs[0], loss.Name),
                Layer other => builder.Add(other),
            };
        }

        return builder.Build(network.Target);
    }

    /// <summary>Options for a run that can be repeated: a batch of 2, all gradients, dropout on.</summary>
    internal static CompileOptions Options { get; } = new() { Batch = 2, Mode = ExecutionMode.Gradients, Dropout = true, Seed = 7, InputGradient = true };

    /// <summary>Images that are the same for every device, as a precision holds them.</summary>
    internal static double[] Images(Network network, int batch, Precision precision)
    {
        var images = new float[network.InputShape(batch).Count];
        ReferenceInitializer.Fill(images, 0, network.Name + "/images", 1);
        return [.. images.Select(v => RoundingDevice.Round(v, precision))];
    }

    /// <summary>Labels, where the network's loss needs them.</summary>
    internal static int[]? Labels(Network network, int batch) =>
        network.Loss!.Inputs.Contains(Network.LabelsName) ? [.. Enumerable.Range(0, batch).Select(i => (3 * i) + 1)] : null;

    /// <summary>Parameters that are the same for every device, as a precision holds them.</summary>
    internal static Parameters Values(Network network, Precision precision)
    {
        Parameters parameters = network.CreateParameters(initializer: new ReferenceInitializer(network.Name + "/"));
        foreach (Parameter parameter in parameters.All)
        {
            var values = new double[parameter.Info.Shape.Count];
            parameter.Read(values);
            for (int i = 0; i < values.Length; i++) values[i] = RoundingDevice.Round(values[i], precision);
            parameter.Write(values);
        }

        return parameters;
    }

    /// <summary>
    /// Compares runs on a CUDA device with the reference device, by the rule of the reference results: the error ||a - r|| / ||r|| of a tensor may be
    /// twice the level of the precision, or four times the tensor's sensitivity, where that is more: kinks that rounding turns over change gradients by far
    /// more than the level. The sensitivity is the largest error of a few runs with noise of that level, and of one
    /// whose results are rounded as they are stored: where two values round to the same, the first wins a maximum, and no noise does that.
    /// </summary>
    internal static void Check(Network network, TestDevice device, Precision precision, string name, CompileOptions? options = null)
    {
        options ??= Options;
        double level = PrecisionTests.Level(precision);
        double[] images = Images(network, options.Batch, precision);
        int[]? labels = Labels(network, options.Batch);
        using Executable executable = network.Compile(device.Device, Values(network, precision), options);
        executable.SetInput(images);
        if (labels is not null) executable.SetLabels(labels);
        NetworkResult Reference(IDevice other)
        {
            using IDevice disposed = other;
            return NetworkRunner.Run(network, other, Values(network, precision), options with { Target = executable.Target }, images, labels);
        }

        // As the device does, with the largest loss scale whose gradients are finite.
        NetworkResult Rounded()
        {
            for (double scale = CudaSession.FirstLossScale; ; scale /= 2)
            {
                NetworkResult result = Reference(new RoundingDevice(precision, executable, scale));
                if (scale <= 1 || result.Gradients.Values.Append(result.InputGradient!).All(g => g.All(double.IsFinite))) return result;
            }
        }

        NetworkResult truth = Reference(new ReferenceDevice());
        List<NetworkResult> noisy = [Rounded()];
        void AddTrial() => noisy.Add(Reference(new RoundingDevice(level, noisy.Count)));
        for (int trial = 0; trial < Trials; trial++) AddTrial();
        // The second run is captured, the third is a graph alone.
        for (int run = 0; run < 3; run++)
        {
            executable.StepNumber = 0;
            executable.ForwardBackward();
            NetworkResult actual = NetworkRunner.Read(executable);
            Close(r => r.Output, "output");
            Close(r => [r.Loss], "loss");
            foreach (string parameter in truth.Gradients.Keys) Close(r => r.Gradients[parameter], $"gradient of {parameter}");
            Close(r => r.InputGradient!, "gradient of the input");

            void Close(Func<NetworkResult, double[]> tensor, string what)
            {
                double[] expected = tensor(truth);
                double norm = Norm(expected, []), error = Norm(expected, tensor(actual)) / norm;
                double sensitivity = noisy.Select(Sensitivity).Aggregate(Math.Max);
                while (error > Allowed() && noisy.Count <= MostTrials)
                {
                    AddTrial();
                    sensitivity = Math.Max(sensitivity, Sensitivity(noisy[^1]));
                }

                double allowed = Allowed();
                Assert.True(double.IsFinite(sensitivity), $"{name}, {what}: the sensitivity is {sensitivity}");
                Assert.True(
                    error <= allowed, FormattableString.Invariant($"{name}, run {run}, {what}: error {error:e2}, allowed {allowed:e2}, sensitivity {sensitivity:e2}"));

                double Sensitivity(NetworkResult result) => Norm(expected, tensor(result)) / norm;
                double Allowed() => Math.Max(2 * level, Math.Min(4 * sensitivity, 0.7));
            }
        }
    }

    private static double Norm(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = b.Length == 0 ? a[i] : a[i] - b[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }
}
