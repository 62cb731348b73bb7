using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Training;

namespace AlexNetCuda.Testing;

/// <summary>A way to train, that every device is to follow as the reference device does.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Sgd">The rule.</param>
/// <param name="Batches">Batches that are accumulated for an update; 1 accumulates nothing.</param>
/// <param name="ClipNorm">The norm that gradients are clipped to.</param>
public sealed record TrainingCase(string Name, SgdOptions Sgd, int Batches = 1, float? ClipNorm = null)
{
    private const int Batch = 4, Updates = 3;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TrainingCase> All { get; } =
    [
        new("nesterov", new SgdOptions(0.9f, 0.01f, Nesterov: true)),
        new("rules", new SgdOptions(0.9f, 0.01f) { Rules = [SgdOptions.FastBiases, new ParameterRule("conv2/*", 0.125f)] }),
        new("accumulated", new SgdOptions(0.9f, 0.01f), Batches: 3),
        new("clipped", new SgdOptions(0.9f), ClipNorm: 0.25f),
        new("not reached", new SgdOptions(0.9f), ClipNorm: 1000),
        new("accumulated and clipped", new SgdOptions(0, 0.01f), Batches: 2, ClipNorm: 0.25f),
    ];

    /// <summary>The case of a name.</summary>
    public static TrainingCase Of(string name) => All.Single(c => c.Name == name);

    /// <summary>Trains for three updates; the number of channels fills no block, so that padding must stay zero.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The changes of all parameters by name, the losses, and the norm at the last update (NaN where nothing is clipped).</returns>
    public (IReadOnlyDictionary<string, double[]> Changes, double[] Losses, double Norm) Train(IDevice device)
    {
        Network network = new NetworkBuilder("training", 3, 13, 13)
            .Convolution("conv1", 20, 5, 2).Relu().Lrn("lrn1", 2, 1, 0.01f, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", 36, 3, groups: 2).Relu()
            .FullyConnected("fc1", 37).Relu().FullyConnected("fc2", 5).SoftmaxCrossEntropy().Build();
        Parameters parameters = network.CreateParameters(seed: 3, storage: device.Info.Element);
        Dictionary<string, double[]> before = Values(parameters);
        var losses = new List<double>();
        double norm;
        using (Executable executable = network.Compile(device, parameters, new CompileOptions
        {
            Batch = Batch, Mode = ExecutionMode.Training, Sgd = Sgd, Accumulate = Batches > 1, ClipNorm = ClipNorm,
        }))
        {
            var images = new float[network.InputShape(Batch).Count];
            for (int update = 0; update < Updates; update++)
            {
                for (int batch = 0; batch < Batches; batch++)
                {
                    int number = (update * Batches) + batch;
                    ReferenceInitializer.Fill(images, 0, $"images {number}", 1);
                    executable.SetInput(images);
                    executable.SetLabels([.. Enumerable.Range(number, Batch).Select(i => i % 5)]);
                    if (Batches > 1) executable.Accumulate();
                    else executable.TrainingStep(0.05f);
                    losses.Add(executable.ReadLoss());
                }

                if (Batches > 1) executable.Update(0.05f);
            }

            norm = executable.GradientNorm;
        }

        return (Values(parameters).ToDictionary(p => p.Key, p => p.Value.Zip(before[p.Key], (a, b) => a - b).ToArray()), [.. losses], norm);
    }

    private static Dictionary<string, double[]> Values(Parameters parameters) => parameters.All.ToDictionary(p => p.Info.Name, p =>
    {
        var values = new double[p.Info.Shape.Count];
        p.Read(values);
        return values;
    });
}
