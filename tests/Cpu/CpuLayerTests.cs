using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>Every operator of the CPU device against the reference device, over odd and over random shapes.</summary>
public sealed class CpuLayerTests
{
    // Single precision keeps about 6e-8 of a product; a sum of k of them in any order errs by some sqrt(k) times that, relative to its terms, which may cancel down
    // to a small result. The longest sums of these cases have a few thousand terms: 4e-6, and the worst element is some five times worse than the usual one.
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Names => LayerCases.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_layer_agrees_with_the_reference_device(string name)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        Check(LayerCases.Get(name), device);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(300)]
    public void Random_layers_agree_with_the_reference_device(int first)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 3 });
        foreach (LayerCase layer in RandomLayerCases.Create(2012, 100, first)) Check(layer, device);
    }

    private static void Check(LayerCase layer, CpuDevice device)
    {
        NetworkResult expected, actual = layer.Run(device);
        using (var reference = new ReferenceDevice()) expected = layer.Run(reference);
        TensorAssert.Close(expected, actual, Tolerance, layer.Name);
        TensorAssert.Close(expected, layer.Run(device, layer.Options with { Fuse = false }), Tolerance, layer.Name + ", not fused");
        CompileOptions inference = layer.Options with { Mode = ExecutionMode.Inference, InputGradient = false, WithLoss = true };
        NetworkResult forward = layer.Run(device, inference);
        Assert.Equal(actual.Output, forward.Output);
        Assert.Equal(actual.Loss, forward.Loss);
    }
}
