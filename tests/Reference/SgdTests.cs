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
    public void Nesterovs_momentum_is_that_of_PyTorch()
    {
        // g' = 18 + 0.5, v = g', w = 2 - (g' + v / 2) / 16 = 2 - 27.75 / 16.
        (Network network, Parameters parameters) = OneWeight();
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(
            device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Sgd = new SgdOptions(Momentum: 0.5f, WeightDecay: 0.25f, Nesterov: true) });
        executable.SetInput((ReadOnlySpan<double>)[3.0]);
        executable.TrainingStep(1 / 16f);
        Assert.Equal(0.265625, Weight(parameters));

        // g' = 9w + w / 4, v = 18.5 / 2 + g', w -= (g' + v / 2) / 16.
        executable.TrainingStep(1 / 16f);
        double g = 9.25 * 0.265625, v = 9.25 + g;
        Assert.Equal(0.265625 - ((g + (v / 2)) / 16), Weight(parameters));
        Span<double> momentum = stackalloc double[1];
        executable.GetMomentum("fc/weights").Read(momentum);
        Assert.Equal(v, momentum[0]);
    }

    [Fact]
    public void Rules_multiply_rate_and_decay_of_the_parameters_they_match()
    {
        var options = new SgdOptions(0.5f, 0.25f) { Rules = [SgdOptions.FastBiases, new ParameterRule("conv*", 0.125f, 0.5f)] };
        Network network = new NetworkBuilder("n", 1, 4, 4).Convolution("conv1", 1, 3).FullyConnected("fc", 1).L2Loss().Build();
        UpdateRule Of(string name) => options.RuleFor(network.Parameters.Single(p => p.Name == name));
        Assert.Equal(new UpdateRule(0.5f, 0.125f, false, 0.125f), Of("conv1/weights"));
        Assert.Equal(new UpdateRule(0.5f, 0, false, 0.25f), Of("conv1/biases"));
        Assert.Equal(new UpdateRule(0.5f, 0.25f), Of("fc/weights"));
        Assert.Equal(new UpdateRule(0.5f, 0, false, 2), Of("fc/biases"));
    }

    [Fact]
    public void Batches_that_are_accumulated_are_one_large_batch()
    {
        Network network = new NetworkBuilder("small", 2, 6, 6)
            .Convolution("conv", 4, 3).Relu().MaxPool("pool", 2, 2).FullyConnected("fc", 3).SoftmaxCrossEntropy().Build();
        var images = new float[network.InputShape(6).Count];
        Initialization.ReferenceInitializer.Fill(images, 0, "images", 1);
        int[] labels = [0, 1, 2, 1, 1, 0];
        using var device = new ReferenceDevice();
        Parameters whole = network.CreateParameters(seed: 1, storage: ElementType.Float64), parts = network.CreateParameters(seed: 1, storage: ElementType.Float64);
        using Executable one = network.Compile(device, whole, new CompileOptions { Batch = 6, Mode = ExecutionMode.Training });
        using Executable three = network.Compile(device, parts, new CompileOptions { Batch = 2, Mode = ExecutionMode.Training, Accumulate = true });
        one.SetInput(images);
        one.SetLabels(labels);
        for (int step = 0; step < 3; step++)
        {
            one.TrainingStep(0.1f);
            for (int part = 0; part < 3; part++)
            {
                three.SetInput(images.AsSpan(part * images.Length / 3, images.Length / 3));
                three.SetLabels(labels.AsSpan(part * 2, 2));
                three.Accumulate();
            }

            three.Update(0.1f);
        }

        foreach (Parameter parameter in whole.All)
        {
            var expected = new double[parameter.Info.Shape.Count];
            var actual = new double[expected.Length];
            parameter.Read(expected);
            parts[parameter.Info.Name].Read(actual);
            for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], 1e-7); // 1/3 is a float
        }
    }

    [Fact]
    public void Gradients_are_clipped_to_a_norm_as_by_PyTorch()
    {
        // The gradient is 18: with a largest norm of 4.5 it is scaled by 4.5 / (18 + 1e-6).
        (Network network, Parameters parameters) = OneWeight();
        using var device = new ReferenceDevice();
        using Executable executable = network.Compile(
            device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Sgd = new SgdOptions(Momentum: 0), ClipNorm = 4.5f });
        executable.SetInput((ReadOnlySpan<double>)[3.0]);
        executable.TrainingStep(1 / 16f);
        Assert.Equal(18, executable.GradientNorm);
        Assert.Equal(2 - (4.5 / 16), Weight(parameters), 1e-7);

        // Below it nothing is: w = 0.25 gives a gradient of 2.25.
        parameters["fc/weights"].Write((ReadOnlySpan<double>)[0.25]);
        executable.TrainingStep(1 / 16f);
        Assert.Equal(2.25, executable.GradientNorm);
        Assert.Equal(0.25 - (2.25 / 16), Weight(parameters));
    }

    [Fact]
    public void What_was_not_asked_for_at_compilation_is_refused()
    {
        (Network network, Parameters parameters) = OneWeight();
        using var device = new ReferenceDevice();
        using Executable plain = network.Compile(device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Sgd = new SgdOptions(Momentum: 0) });
        Assert.Throws<InvalidOperationException>(plain.Accumulate);
        Assert.Throws<InvalidOperationException>(() => plain.Update(1));
        Assert.Throws<ArgumentException>(() => plain.GetMomentum("fc/weights"));
        using Executable sums = network.Compile(device, parameters, new CompileOptions { Mode = ExecutionMode.Training, Accumulate = true });
        Assert.Throws<InvalidOperationException>(() => sums.Update(1));
        Assert.Throws<ArgumentException>(() => network.Compile(device, parameters, new CompileOptions { Mode = ExecutionMode.Training, ClipNorm = 0 }));
        Assert.Throws<ArgumentException>(() => network.Compile(device, parameters, new CompileOptions { Accumulate = true }));
        Assert.Throws<ArgumentException>(() => new SgdOptions(0, 0, Nesterov: true).Validate());
    }

    [Fact]
    public void An_update_wants_plain_doubles()
    {
        (Network network, _) = OneWeight();
        using var device = new ReferenceDevice();
        var format = new PlainFormat(new Shape(1, 1), ElementType.Float32);
        var error = Assert.Throws<NotSupportedException>(() => device.CreateUpdate(network.Parameters[0], format, new UpdateRule()));
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
