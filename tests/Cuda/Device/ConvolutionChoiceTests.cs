using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Layers;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>How convolutions are computed: over blocks of pixels or not, by which algorithm, in which order of dimensions.</summary>
public sealed class ConvolutionChoiceTests
{
    private static readonly Network s_same = new NetworkBuilder("same", 3, 40, 44).Convolution("conv", 16, 11, 4).Relu().L2Loss().Build();

    public static TheoryData<string, bool> Windows => new()
    {
        { "11x11 stride 4, SAME", true },
        { "11x11 stride 4, 2 around", true },
        { "7x7 stride 2, one channel", true },
        { "3x5 stride 2", true },
        { "2x2 stride 3", true },
        { "11x11 stride 4, VALID", true },
        { "4x4 stride 4, VALID, the last rows unread", false }, // whole blocks end before the pixels do
        { "two groups", false },
        { "5 channels", false },
        { "unequal strides", false },
        { "stride 1", false },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void A_stride_over_few_channels_is_taken_over_blocks_of_pixels(string window, bool blocks)
    {
        Network network = Network(window);
        foreach ((Precision precision, Layout layout) in new[] { (Precision.Float32, Layout.Nchw), (Precision.Float16, Layout.Nhwc), (Precision.BFloat16, Layout.Nchw), (Precision.BFloat16, Layout.Nhwc) })
        {
            using var simulated = new SimulatedDevice(new CudaDeviceOptions { Precision = precision, Layout = layout });
            Narrow.Check(network, simulated, precision, $"{window} in {precision} {layout}");
            Assert.Equal(blocks, Algorithm(network, simulated).Contains("over blocks of", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Blocks_can_be_switched_off()
    {
        using var simulated = new SimulatedDevice(new CudaDeviceOptions { SpaceToDepth = false });
        Narrow.Check(s_same, simulated, Precision.Float32, "without blocks");
        Assert.DoesNotContain("blocks", Algorithm(s_same, simulated), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_changes_the_parameters_as_without_blocks()
    {
        // The zeros that fill up a filter have gradients; they must stay zeros. Equal sums in another order: a few units in the last place.
        float[] with = Trained(new CudaDeviceOptions()), without = Trained(new CudaDeviceOptions { SpaceToDepth = false });
        Assert.All(with.Zip(without), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));

        static float[] Trained(CudaDeviceOptions options)
        {
            using var simulated = new SimulatedDevice(options);
            Parameters parameters = Narrow.Values(s_same, Precision.Float32);
            using Executable executable = s_same.Compile(simulated.Device, parameters, new CompileOptions { Batch = 2, Mode = ExecutionMode.Training });
            executable.SetInput(Narrow.Images(s_same, 2, Precision.Float32));
            for (int step = 0; step < 3; step++) executable.TrainingStep(0.01f);
            var values = new float[parameters["conv/weights"].Info.Shape.Count];
            parameters["conv/weights"].Read(values);
            return values;
        }
    }

    [Fact]
    public void Algorithms_are_tried_again_and_the_choice_is_kept()
    {
        string cache = Directory.CreateTempSubdirectory("alexnet-cuda-").FullName;
        try
        {
            string? first = null;
            for (int run = 0; run < 2; run++)
            {
                using var machine = new SimulatedCuda(SimulatedDevice.Watched);
                using var device = new CudaDevice(machine.Libraries, new CudaDeviceOptions { CacheDirectory = cache, ConvolutionWorkspaceBytes = 4 << 20, Trials = 2 });
                using Executable executable = s_same.Compile(device, Narrow.Values(s_same, Precision.Float32), Narrow.Options);
                executable.SetInput(Narrow.Images(s_same, 2, Precision.Float32));
                executable.ForwardBackward();
                string algorithm = executable.ForwardWork.First(w => w.Layer == "conv").Algorithm;
                first ??= algorithm;
                Assert.Equal(first, algorithm);
                Assert.Empty(machine.Reports);
                long measured = machine.Counters.CallsOf("cudnnFindConvolutionForwardAlgorithmEx");
                Assert.Equal(run == 0, measured > 0);
                if (run == 0) Assert.True(machine.Counters.CallsOf("cuEventElapsedTime") > 2, "nothing was timed again");
            }
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    [Fact]
    public void With_algorithms_tried_again_the_results_are_right()
    {
        using var simulated = new SimulatedDevice(trials: 1);
        Narrow.Check(Narrow.Everything, simulated, Precision.Float32, "tried again");
    }

    [Fact]
    public void The_order_of_dimensions_is_measured_once()
    {
        string cache = Directory.CreateTempSubdirectory("alexnet-cuda-").FullName;
        try
        {
            var names = new List<string>();
            for (int run = 0; run < 2; run++)
            {
                using var machine = new SimulatedCuda(new SimulatorOptions());
                using var device = new CudaDevice(
                    machine.Libraries, new CudaDeviceOptions { Precision = Precision.Float16, CacheDirectory = cache, ConvolutionWorkspaceBytes = 4 << 20, Trials = 1 });
                names.Add(device.Info.Description);
                Assert.Equal(run == 0, machine.Counters.CallsOf("cudnnFindConvolutionForwardAlgorithmEx") > 0);
            }

            Assert.Equal(names[0], names[1]);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    [Theory]
    [InlineData(5, CudnnDataType.Float)]
    [InlineData(3, CudnnDataType.Half)]
    public void Algorithms_that_do_not_keep_to_the_precision_are_no_candidates(int kernel, CudnnDataType type)
    {
        using var machine = new SimulatedCuda(new SimulatorOptions());
        using var session = new CudaSession(machine.Libraries, new CudaDeviceOptions { Trials = 0 });
        using CudaContext.Scope scope = session.Enter();
        var problem = new ConvolutionProblem
        {
            Images = 2, Channels = 16, Height = 20, Width = 20, Filters = 16, KernelHeight = kernel, KernelWidth = kernel, PadY = kernel / 2, PadX = kernel / 2,
            Type = type, Math = type == CudnnDataType.Float ? ConvolutionMath.Float32 : ConvolutionMath.TensorCores,
        };
        string[] names = [.. Enum.GetValues<ConvolutionPass>().SelectMany(pass =>
        {
            using IConvolutionPlan plan = session.Convolutions.Plan(problem, pass);
            return plan.Rank().Select(c => $"{pass} {c.Name}").ToArray();
        })];
        Assert.Equal(kernel == 3, names.Any(n => n.Contains("WinogradNonfused", StringComparison.Ordinal)));
        foreach (string pass in new[] { "BackwardData", "BackwardFilter" })
        {
            Assert.Contains($"{pass} Algo1", names);
            Assert.Equal(type == CudnnDataType.Float, names.Contains($"{pass} Algo0"));
        }
    }

    private static Network Network(string window)
    {
        var builder = new NetworkBuilder("window", window switch { "5 channels" => 5, "7x7 stride 2, one channel" => 1, "two groups" => 2, _ => 3 }, window == "11x11 stride 4, VALID" ? 27 : 25, 31);
        return (window switch
        {
            "11x11 stride 4, SAME" => builder.Convolution("conv", 8, 11, 4),
            "11x11 stride 4, 2 around" => builder.Convolution("conv", 8, 11, 4, Padding.Explicit(2)),
            "7x7 stride 2, one channel" => builder.Convolution("conv", 8, 7, 2),
            "3x5 stride 2" => builder.Add(Rectangular(3, 5, 2, 2)),
            "2x2 stride 3" => builder.Convolution("conv", 8, 2, 3),
            "11x11 stride 4, VALID" => builder.Convolution("conv", 8, 11, 4, Padding.Valid),
            "4x4 stride 4, VALID, the last rows unread" => builder.Convolution("conv", 8, 4, 4, Padding.Valid),
            "two groups" => builder.Convolution("conv", 8, 3, 2, groups: 2),
            "unequal strides" => builder.Add(Rectangular(3, 3, 2, 1)),
            "stride 1" => builder.Convolution("conv", 8, 3, 1),
            _ => builder.Convolution("conv", 8, 3, 2),
        }).Relu().L2Loss().Build();
    }

    private static ConvolutionLayer Rectangular(int rows, int columns, int down, int right) =>
        ((ConvolutionLayer)s_same.Nodes[0].Layer) with { Filters = 8, Window = new Window(rows, columns, down, right, Padding.Same) };

    private static string Algorithm(Network network, SimulatedDevice simulated)
    {
        using Executable executable = network.Compile(simulated.Device, Narrow.Values(network, Precision.Float32), Narrow.Options);
        return executable.ForwardWork.First(w => w.Layer == "conv").Algorithm;
    }
}
