using AlexNetCuda.Devices;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class SgdTests
{
    private static (Network Network, Parameters Parameters) OneWeight()
    {
        Network network = new NetworkBuilder("line", 1, 1, 1).FullyConnected("fc", 1, bias: false).L2Loss().Build();
        Parameters parameters = network.CreateParameters(storage: ElementType.Float64);
        parameters["fc/weights"].Write((ReadOnlySpan<double>)[2.0]);
        return (network, parameters);
    }

    private static double Weight(Parameters parameters)
    {
        Span<double> weight = stackalloc double[1];
        parameters["fc/weights"].Read(weight);
        return weight[0];
    }

    [Fact]
    public void Momentum_and_weight_decay_are_those_of_PyTorch()
    {
        // loss = (3w)^2 / 2, so g = 9w. w = 2: v = 18 + 0.5; w = 2 - 18.5 / 16. Then v = 0.5 * 18.5 + 9w + 0.25w. All exact in binary.
        (Network network, Parameters parameters) = OneWeight();
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(
            device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Sgd = new SgdOptions(Momentum: 0.5f, WeightDecay: 0.25f) });
        executable.SetInput((ReadOnlySpan<double>)[3.0]);
        executable.TrainingStep(1 / 16f);
        Assert.Equal(18, executable.ReadLoss());
        Assert.Equal(0.84375, Weight(parameters));
        executable.TrainingStep(1 / 16f);
        Assert.Equal(-0.22216796875, Weight(parameters));
        Assert.Equal(2u, executable.StepNumber);
    }

    [Fact]
    public void Without_momentum_a_step_is_the_gradient_alone()
    {
        (Network network, Parameters parameters) = OneWeight();
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Sgd = new SgdOptions(Momentum: 0) });
        executable.SetInput((ReadOnlySpan<double>)[3.0]);
        executable.TrainingStep(1 / 32f);
        Assert.Equal(2 - (18 / 32.0), Weight(parameters));
        executable.TrainingStep(0);
        Assert.Equal(2 - (18 / 32.0), Weight(parameters));
    }

    [Fact]
    public void An_update_wants_plain_doubles()
    {
        (Network network, _) = OneWeight();
        using var device = new ReferenceDevice();
        var format = new PlainFormat(new Shape(1, 1), ElementType.Float32);
        var error = Assert.Throws<NotSupportedException>(() => device.CreateUpdate(network.Parameters[0], format, new SgdOptions()));
        Assert.Contains("Float32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_brings_the_loss_down()
    {
        Network network = new NetworkBuilder("small", 2, 6, 6)
            .Convolution("conv", 4, 3).Relu().MaxPool("pool", 2, 2).FullyConnected("fc", 3).SoftmaxCrossEntropy().Build();
        Parameters parameters = network.CreateParameters(seed: 1);
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(device, parameters, new CompileOptions { Batch = 6, Mode = ExecutionMode.Training });
        var images = new float[network.InputShape(6).Count];
        Initialization.ReferenceInitializer.Fill(images, 0, "images", 1);
        executable.SetInput(images);
        executable.SetLabels([0, 1, 2, 0, 1, 2]);
        executable.TrainingStep(0.05f);
        double first = executable.ReadLoss();
        for (int i = 0; i < 60; i++) executable.TrainingStep(0.05f);
        Assert.True(executable.ReadLoss() < 0.1 * first, $"The loss went from {first} to {executable.ReadLoss()} only.");
    }
}
