using System.Text.Json.Nodes;
using AlexNetCuda.Cpu;
using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests.Training;

/// <summary>20 updates as PyTorch's optimiser, schedulers and clipping make them: tests/data/training, with the script that made it.</summary>
public sealed class PyTorchTests
{
    private const int Updates = 20, Batch = 4, Classes = 5;
    private static readonly JsonNode s_cases = JsonNode.Parse(File.ReadAllText(TestData.Get("training", "training.json")))!["cases"]!;

    /// <summary>The schedule as text, and the options of each of the script's cases.</summary>
    private static readonly Dictionary<string, (string Schedule, float Rate, TrainerOptions Options)> s_options = new()
    {
        ["fixed"] = ("fixed", 0.05f, With(new SgdOptions(0.9f))),
        ["step"] = ("step:every=6,gamma=0.5", 0.05f, With(new SgdOptions(0.9f, 5e-3f) { Rules = [SgdOptions.FastBiases] })),
        ["multistep"] = ("multistep:at=5/12", 0.05f, With(new SgdOptions(0, 5e-3f))),
        ["exp"] = ("exp:gamma=0.9", 0.1f, With(new SgdOptions(0.5f, Nesterov: true))),
        ["poly"] = ("poly:power=2", 0.05f, With(new SgdOptions(0.9f), clip: 0.5f)),
        ["cosine"] = ("cosine", 0.1f, With(new SgdOptions(0.9f, 5e-4f, Nesterov: true) { Rules = [SgdOptions.FastBiases] }, 1, 3)),
        ["warm-up"] = ("fixed:warmup=4", 0.1f, With(new SgdOptions(0.9f), accumulate: 2)),
    };

    public static TheoryData<string> Cases => [.. s_options.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_reference_device_trains_as_PyTorch_does(string name)
    {
        using var device = new ReferenceDevice();

        // Learning rates are single-precision numbers here, doubles there: 6e-8 of each update, which 20 updates carry on.
        Train(device, name, 2e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_CPU_device_trains_as_PyTorch_does(string name)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });

        // Single precision, 20 to 60 times in a row through ReLUs and poolings that may pass another element on.
        Train(device, name, 2e-3);
    }

    private static void Train(IDevice device, string name, double tolerance)
    {
        (string schedule, float rate, TrainerOptions options) = s_options[name];
        JsonNode expected = s_cases[name]!;
        Network network = new NetworkBuilder("small", 3, 31, 31)
            .Convolution("conv1", 12, 5, 2, Layers.Padding.Valid).Relu().Lrn("lrn1", 2, 1, 0.01f, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", 18, 3, groups: 2).Relu().Convolution("conv3", 10, 3).Relu().MaxPool("pool3", 3, 2)
            .FullyConnected("fc6", 20).Relu().FullyConnected("fc7", Classes).SoftmaxCrossEntropy().Build();
        Parameters parameters = network.CreateParameters(initializer: new ReferenceInitializer("train:"), storage: device.Info.Element);
        options = options with { Schedule = ScheduleText.Parse(schedule, rate, 10, Updates) };
        var images = new float[network.InputShape(Batch).Count];
        using (var trainer = new Trainer(network, device, parameters, options))
        {
            for (int batch = 0; batch < Updates * options.Accumulate; batch++)
            {
                if (trainer.IsBetweenUpdates) Close((double)expected["rates"]![(int)trainer.Updates]!, options.Schedule.At(trainer.Updates), 1e-6, "rate");
                ReferenceInitializer.Fill(images, 0, $"train:images {batch}", 1);
                BatchResult result = trainer.Train(images, [.. Enumerable.Range(batch, Batch).Select(i => i % Classes)]);
                Close((double)expected["losses"]![batch]!, result.Loss, tolerance, $"loss of batch {batch}");
                if (options.ClipNorm is not null && trainer.IsBetweenUpdates) Close((double)expected["norms"]![(int)trainer.Updates - 1]!, trainer.GradientNorm, 10 * tolerance, "norm");
            }

            Assert.Equal(Updates, trainer.Updates);
        }

        foreach (Parameter parameter in parameters.All)
        {
            JsonNode wanted = expected["parameters"]![parameter.Info.Name]!;
            var values = new double[parameter.Info.Shape.Count];
            parameter.Read(values);
            Close((double)wanted["l2"]!, Math.Sqrt(values.Sum(v => v * v)), tolerance, parameter.Info.Name);
            double[] samples = [.. wanted["samples"]!.AsArray().Select(v => (double)v!)];
            TensorAssert.Close(samples, [.. Enumerable.Range(0, samples.Length).Select(k => values[values.Length >= 16 ? k * values.Length / 16 : k])], tolerance, parameter.Info.Name);
        }
    }

    private static void Close(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Abs(expected), $"{what}: {actual:r}, PyTorch has {expected:r}.");

    private static TrainerOptions With(SgdOptions sgd, float? clip = null, int accumulate = 1) =>
        new() { Batch = Batch, Sgd = sgd, ClipNorm = clip, Accumulate = accumulate, Schedule = new FixedSchedule { Rate = 1 } };
}
