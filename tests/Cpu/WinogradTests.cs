using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>Convolutions by minimal filtering against the reference device: every scheme, odd sizes and paddings, groups, and how large the error is.</summary>
public sealed class WinogradTests(ITestOutputHelper output)
{
    /// <summary>Kernel, height, width, input channels, output channels, groups, batch, the four paddings (or SAME), and the scheme that is expected.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int[], string> Shapes => new()
    {
        { 3, 8, 8, 48, 48, 1, 2, [], "F(4x4, 3x3)" },
        { 3, 12, 11, 64, 40, 1, 3, [], "F(4x4, 3x3)" },
        { 3, 13, 13, 48, 64, 1, 2, [], "F(5x5, 3x3)" },
        { 3, 13, 8, 48, 64, 1, 16, [], "F(5x5, 3x3)" }, // all columns are short
        { 3, 14, 14, 96, 64, 2, 7, [1, 1, 1, 1], "F(5x5, 3x3)" },
        { 3, 5, 485, 48, 16, 1, 1, [], "F(5x5, 3x3)" }, // too many tiles to put in order
        { 3, 15, 10, 96, 96, 2, 4, [], "F(5x5, 3x3)" },
        { 3, 16, 12, 40, 56, 1, 2, [0, 0, 0, 0], "F(" },
        { 3, 9, 14, 48, 48, 1, 2, [3, 0, 1, 2], "F(" },
        { 3, 12, 12, 33, 50, 1, 1, [2, 2, 2, 2], "F(" },
        { 3, 40, 3, 64, 64, 1, 2, [0, 1, 0, 1], "F(" },
        { 5, 12, 12, 32, 48, 1, 2, [], "F(4x4, 5x5)" },
        { 5, 13, 9, 96, 64, 2, 3, [], "F(4x4, 5x5)" },
        { 5, 11, 15, 40, 33, 1, 2, [0, 0, 0, 0], "F(4x4, 5x5)" },
        { 5, 8, 7, 48, 48, 1, 2, [5, 1, 4, 6], "F(4x4, 5x5)" },
        { 5, 27, 27, 64, 32, 1, 1, [2, 2, 2, 2], "F(4x4, 5x5)" },
    };

    /// <summary>Layers of the networks, cut to few pixels: the error depends on the channels that are summed over.</summary>
    public static TheoryData<int, int, int, int, string> ChannelCounts => new()
    {
        { 5, 96, 256, 27, "F(4x4, 5x5)" }, { 5, 64, 192, 27, "F(4x4, 5x5)" },
        { 3, 256, 384, 13, "F(5x5, 3x3)" }, { 3, 384, 384, 13, "F(5x5, 3x3)" }, { 3, 384, 256, 13, "F(5x5, 3x3)" }, { 3, 512, 128, 14, "F(5x5, 3x3)" },
        { 3, 64, 64, 16, "F(4x4, 3x3)" }, { 3, 128, 128, 16, "F(4x4, 3x3)" }, { 3, 256, 256, 12, "F(4x4, 3x3)" }, { 3, 512, 128, 12, "F(4x4, 3x3)" }, { 3, 128, 512, 12, "F(4x4, 3x3)" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_convolution_agrees_with_the_reference_device(int kernel, int height, int width, int inputs, int outputs, int groups, int batch, int[] padding, string scheme)
    {
        MinimalFiltering.SkipWithoutFusedMultiplyAdd();
        LayerCase layer = Case(kernel, height, width, inputs, outputs, groups, batch, padding);
        NetworkResult expected;
        using (var reference = new ReferenceDevice()) expected = layer.Run(reference);
        // The error's norm is below 5e-6 of the result's (see the test of it below), and that of the worst element of a few thousand some 5 times larger. In the last rows and columns of
        // tiles of 5, where products are multiplied by 16, it is three times that of other elements, and these cases have up to 90,000.
        double tolerance = scheme == "F(5x5, 3x3)" ? 8e-5 : 3e-5;
        NetworkResult? first = null;
        foreach (Registers registers in new[] { Registers.Bits256, Registers.Bits512 })
        {
            foreach (int threads in new[] { 1, 3 })
            {
                using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads }, registers);
                MinimalFiltering.AssertAlgorithm(device, layer.Network, layer.Options, "conv", "Winograd " + scheme);
                NetworkResult actual = layer.Run(device);
                TensorAssert.Close(expected, actual, tolerance, $"{layer.Name}, {registers}, {threads} threads");
                first ??= actual;
                Assert.Equal(first.Output, actual.Output); // neither threads nor registers change a bit
                Assert.Equal(first.InputGradient, actual.InputGradient);
                foreach ((string name, double[] gradient) in first.Gradients) Assert.Equal(gradient, actual.Gradients[name]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ChannelCounts))]
    public void The_error_stays_within_what_the_documentation_says(int kernel, int inputs, int outputs, int size, string scheme)
    {
        MinimalFiltering.SkipWithoutFusedMultiplyAdd();
        LayerCase layer = Case(kernel, size, size, inputs, outputs, 1, 3, []);
        NetworkResult expected;
        using (var reference = new ReferenceDevice()) expected = layer.Run(reference);
        using var fast = new CpuDevice();
        MinimalFiltering.AssertAlgorithm(fast, layer.Network, layer.Options, "conv", "Winograd " + scheme);
        using var exact = new CpuDevice(new CpuDeviceOptions { Exact = true });
        double[] errors = Errors(expected, layer.Run(fast)), direct = Errors(expected, layer.Run(exact));
        output.WriteLine(
            $"{scheme} {inputs} -> {outputs} at {size}x{size}: forward {errors[0]:e1} (direct {direct[0]:e1}), input gradient {errors[1]:e1} ({direct[1]:e1}), "
            + $"weight gradient {errors[2]:e1} ({direct[2]:e1})");
        // Measured: 0.8e-6 to 1.6e-6; 1.8e-6 to 3.3e-6; 2.4e-6 to 4.0e-6.
        double bound = scheme switch { "F(4x4, 3x3)" => 2e-6, "F(5x5, 3x3)" => 4e-6, _ => 5e-6 };
        Assert.All(errors, e => Assert.InRange(e, 0, bound));
        Assert.All(direct, e => Assert.InRange(e, 0, 5e-7));
    }

    [Fact]
    public void Exact_devices_compute_directly()
    {
        LayerCase layer = Case(3, 13, 13, 64, 64, 1, 2, []);
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2, Exact = true });
        using Executable executable = layer.Network.Compile(device, layer.Network.CreateParameters(), layer.Options);
        Assert.All(executable.ForwardWork.Where(w => w.Layer == "conv"), w => Assert.Equal("direct", w.Algorithm));
    }

    /// <summary>After an update the transformed weights are made from the device's own copy; a new executable makes them from the canonical weights.</summary>
    [Fact]
    public void Weights_transformed_after_an_update_have_the_bits_of_those_transformed_anew()
    {
        Network network = new NetworkBuilder("updated", 48, 13, 13)
            .Convolution("conv1", 48, 3).Relu().Convolution("conv2", 64, 5, groups: 2).Relu().Convolution("conv3", 40, 3).L2Loss().Build();
        Parameters parameters = network.CreateParameters(seed: 3);
        var images = new float[network.InputShape(2).Count];
        ReferenceInitializer.Fill(images, 0, "images", 1);
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        var options = new CompileOptions { Batch = 2, Mode = ExecutionMode.Training, InputGradient = true, Sgd = new SgdOptions(0.9f, 0.001f) };
        using Executable training = network.Compile(device, parameters, options);
        training.SetInput(images);
        for (int i = 0; i < 3; i++) training.TrainingStep(1e-4f);
        training.ForwardBackward();
        NetworkResult updated = NetworkRunner.Read(training);

        var values = new float[parameters.All.Max(p => p.Info.Shape.Count)];
        Parameters copies = network.CreateParameters(seed: 4);
        foreach (Parameter parameter in parameters.All)
        {
            Span<float> part = values.AsSpan(0, (int)parameter.Info.Shape.Count);
            parameter.Read(part);
            copies[parameter.Info.Name].Write(part);
        }

        using Executable anew = network.Compile(device, copies, options);
        anew.SetInput(images);
        anew.ForwardBackward();
        NetworkResult result = NetworkRunner.Read(anew);
        Assert.Equal(updated.Output, result.Output);
        Assert.Equal(updated.InputGradient, result.InputGradient);
    }

    private static LayerCase Case(int kernel, int height, int width, int inputs, int outputs, int groups, int batch, int[] padding)
    {
        Padding rule = padding.Length == 0 ? Padding.Same : Padding.Explicit(padding[0], padding[1], padding[2], padding[3]);
        Network network = new NetworkBuilder("winograd", inputs, height, width)
            .Add(new ConvolutionLayer("conv", outputs, Window.Square(kernel, 1, rule), groups, true, new NormalInitializer(0.1f), new NormalInitializer(0.1f)))
            .L2Loss().Build();
        return new LayerCase($"winograd {kernel} {height}x{width} {inputs} {outputs} {groups} {batch} {string.Join(',', padding)}", network, batch);
    }

    /// <summary>The relative errors, in the L2 norm, of the output, of the input's gradient and of the weights'.</summary>
    private static double[] Errors(NetworkResult expected, NetworkResult actual) =>
    [
        Error(expected.Output, actual.Output), Error(expected.InputGradient!, actual.InputGradient!), Error(expected.Gradients["conv/weights"], actual.Gradients["conv/weights"]),
    ];

    private static double Error(double[] expected, double[] actual) =>
        Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum() / expected.Sum(e => e * e));
}
