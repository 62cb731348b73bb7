using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

public sealed class TrainingTests
{
    public static TheoryData<string> Cases => [.. TrainingCase.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_way_to_train_is_the_reference_devices(string name)
    {
        TrainingCase training = TrainingCase.Of(name);
        using var reference = new ReferenceDevice();
        using var cpu = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using var narrow = new CpuDevice(new CpuDeviceOptions { Threads = 2 }, Registers.Bits128);
        var expected = training.Train(reference);
        foreach (CpuDevice device in new[] { cpu, narrow }) Compare(training, expected, training.Train(device));
    }

    private static void Compare(
        TrainingCase training, (IReadOnlyDictionary<string, double[]> Changes, double[] Losses, double Norm) expected,
        (IReadOnlyDictionary<string, double[]> Changes, double[] Losses, double Norm) actual)
    {

        // A gradient's error, 4e-5 as for single layers, is carried through three updates; changes of 1e-2 lose 1e-5 of themselves to the parameters' own rounding.
        TensorAssert.Close(expected.Losses, actual.Losses, 1e-5, "losses");
        foreach ((string parameter, double[] change) in expected.Changes) TensorAssert.Close(change, actual.Changes[parameter], 2e-4, parameter);
        if (training.ClipNorm is null) Assert.Equal(double.NaN, actual.Norm);
        else Assert.Equal(expected.Norm, actual.Norm, 1e-4 * expected.Norm);
    }
}
