using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>First layers whose stride is 2 or 4, computed by minimal filtering as convolutions of stride 1 over cells of pixels.</summary>
public sealed class PhaseTests
{
    /// <summary>Kernel, stride, height, width, channels, filters, batch, and the four paddings (or SAME).</summary>
    public static TheoryData<int, int, int, int, int, int, int, int[]> Shapes => new()
    {
        { 11, 4, 64, 61, 3, 40, 2, [] },
        { 11, 4, 67, 67, 3, 96, 1, [0, 0, 0, 0] },
        { 11, 4, 58, 59, 1, 32, 3, [5, 2, 1, 7] },
        { 11, 4, 60, 64, 2, 32, 2, [0, 0, 9, 0] },
        { 10, 4, 48, 49, 3, 64, 2, [] },
        { 12, 4, 70, 53, 3, 64, 1, [] }, // every tap is there
        { 5, 2, 33, 30, 4, 96, 2, [] },
        { 6, 2, 31, 40, 4, 64, 2, [2, 1, 2, 1] },
        { 5, 2, 28, 28, 7, 48, 2, [] },
        { 9, 2, 32, 27, 3, 48, 2, [] },
        { 19, 4, 64, 64, 3, 48, 1, [] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_convolution_in_phases_agrees_with_the_reference_device(int kernel, int stride, int height, int width, int channels, int filters, int batch, int[] padding)
    {
        MinimalFiltering.SkipWithoutFusedMultiplyAdd();
        Padding rule = padding.Length == 0 ? Padding.Same : Padding.Explicit(padding[0], padding[1], padding[2], padding[3]);
        Network network = new NetworkBuilder("phases", channels, height, width)
            .Add(new ConvolutionLayer("conv", filters, Window.Square(kernel, stride, rule), 1, true, new NormalInitializer(0.1f), new NormalInitializer(0.1f)))
            .L2Loss().Build();
        string name = $"phases {kernel}/{stride} {height}x{width} {channels} {filters} {batch} {string.Join(',', padding)}";
        var layer = new LayerCase(name, network, batch) { InputGradient = false };
        NetworkResult expected;
        using (var reference = new ReferenceDevice()) expected = layer.Run(reference);
        NetworkResult? first = null;
        foreach (Registers registers in new[] { Registers.Bits256, Registers.Bits512 })
        {
            foreach (int threads in new[] { 1, 3 })
            {
                using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads }, registers);
                AssertInPhases(device, network, layer.Options, "conv");
                NetworkResult actual = layer.Run(device);
                // As for other convolutions by minimal filtering (WinogradTests).
                TensorAssert.Close(expected, actual, 8e-5, $"{name}, {registers}, {threads} threads");
                first ??= actual;
                Assert.Equal(first.Output, actual.Output);
                foreach ((string parameter, double[] gradient) in first.Gradients) Assert.Equal(gradient, actual.Gradients[parameter]);
            }
        }
    }

    /// <summary>The kernel does not reach all pixels of its cells: an update must not make weights there, which decay and momentum would keep and no reading shows.</summary>
    [Fact]
    public void Updates_leave_what_the_kernel_does_not_reach_at_0()
    {
        MinimalFiltering.SkipWithoutFusedMultiplyAdd();
        Network network = new NetworkBuilder("updated", 3, 67, 67).Convolution("conv", 64, 11, 4).Relu().L2Loss().Build();
        Parameters parameters = network.CreateParameters(seed: 3);
        var images = new float[network.InputShape(2).Count];
        ReferenceInitializer.Fill(images, 0, "images", 1);
        var options = new CompileOptions { Batch = 2, Mode = ExecutionMode.Training, Sgd = new SgdOptions(0.9f, 0.001f) };
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        AssertInPhases(device, network, options, "conv");
        using Executable training = network.Compile(device, parameters, options);
        training.SetInput(images);
        for (int i = 0; i < 3; i++) training.TrainingStep(1e-3f);
        training.ForwardBackward();
        NetworkResult updated = NetworkRunner.Read(training);

        Parameters copies = network.CreateParameters(seed: 4);
        foreach (Parameter parameter in parameters.All)
        {
            var values = new float[parameter.Info.Shape.Count];
            parameter.Read(values);
            copies[parameter.Info.Name].Write(values);
        }

        using Executable anew = network.Compile(device, copies, options);
        anew.SetInput(images);
        anew.ForwardBackward();
        NetworkResult result = NetworkRunner.Read(anew);
        Assert.Equal(updated.Output, result.Output);
        foreach ((string parameter, double[] gradient) in updated.Gradients) Assert.Equal(gradient, result.Gradients[parameter]);
    }

    /// <summary>Layers that read the same images in different formats: one of the formats is made from the other.</summary>
    [Theory]
    [InlineData(11, 4, 3, 4)]
    [InlineData(3, 4, 11, 4)]
    [InlineData(11, 4, 6, 2)]
    [InlineData(6, 2, 11, 4)]
    public void Layers_that_read_the_same_images_need_not_read_them_alike(int kernel, int stride, int otherKernel, int otherStride)
    {
        MinimalFiltering.SkipWithoutFusedMultiplyAdd();
        NetworkBuilder builder = new NetworkBuilder("both", 3, 50, 47)
            .Convolution("a", 48, kernel, stride).Convolution("a2", 16, 3, 4 / stride)
            .From(Network.InputName).Convolution("b", 48, otherKernel, otherStride).Convolution("b2", 16, 3, 4 / otherStride);
        Network network = builder.Concat("concat", "a2", "b2").L2Loss().Build();
        var layer = new LayerCase($"images for {kernel}/{stride} and {otherKernel}/{otherStride}", network, 2) { InputGradient = false };
        NetworkResult expected;
        using (var reference = new ReferenceDevice()) expected = layer.Run(reference);
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        AssertInPhases(device, network, layer.Options, kernel > 3 ? "a" : "b");
        TensorAssert.Close(expected, layer.Run(device), 8e-5, layer.Name);
    }

    [Fact]
    public void The_gradient_of_the_images_is_computed_where_it_is_asked_for()
    {
        Network network = new NetworkBuilder("gradient", 3, 67, 67).Convolution("conv", 64, 11, 4).L2Loss().Build();
        var layer = new LayerCase("phases, gradient of the images", network, 2);
        NetworkResult expected;
        using (var reference = new ReferenceDevice()) expected = layer.Run(reference);
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        TensorAssert.Close(expected, layer.Run(device), 3e-5, layer.Name);
    }

    private static void AssertInPhases(CpuDevice device, Network network, CompileOptions options, string layer) =>
        MinimalFiltering.AssertAlgorithm(device, network, options, layer, " by phases");
}
