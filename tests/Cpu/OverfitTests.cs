using AlexNetCuda.Initialization;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>Every network of the zoo that has classes learns 32 pictures by heart. The networks are an eighth as wide, so that it takes seconds.</summary>
public sealed class OverfitTests
{
    private const int Pictures = 32, Classes = 10, MostUpdates = 400, UpdatesBetween = 20;

    public static TheoryData<string> Networks => [.. NetworkZoo.All.Where(e => e.Classes is not null).Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Thirty_two_pictures_are_learnt_by_heart(string name)
    {
        // Small, with a few places left behind the last pool.
        int size = name.StartsWith("vgg", StringComparison.Ordinal) ? 35 : 67;
        Network network = NetworkZoo.Create(name, new NetworkOptions
        {
            Classes = Classes, InputSize = size, Width = 0.125, Initialization = InitializationScheme.He, Loss = LossKind.SoftmaxCrossEntropy,
        });
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        Parameters parameters = network.CreateParameters(seed: 1);
        var images = new float[network.InputShape(Pictures).Count];
        ReferenceInitializer.Fill(images, 0, "images", 1.7f); // a deviation of 1
        int[] labels = [.. Enumerable.Range(0, Pictures).Select(i => i % Classes)];
        using Executable model = network.Compile(device, parameters, new CompileOptions { Batch = Pictures, Target = network.LossSource });
        using var trainer = new Trainer(network, device, parameters, new TrainerOptions
        {
            Batch = Pictures,
            Schedule = new FixedSchedule { Rate = 0.005f, WarmUp = 20 },
            Sgd = new SgdOptions(0.9f) { Rules = [SgdOptions.FastBiases] },
            ClipNorm = 2,
        });
        while (trainer.Updates < MostUpdates && Right(model.Predict(images), labels) < Pictures)
            for (int i = 0; i < UpdatesBetween; i++) trainer.Train(images, labels);
        Assert.Equal(Pictures, Right(model.Predict(images), labels));
    }

    private static int Right(float[] scores, int[] labels) =>
        Enumerable.Range(0, labels.Length).Count(i => Classification.RankOf<float>(scores.AsSpan(i * Classes, Classes), labels[i]) == 0);
}
