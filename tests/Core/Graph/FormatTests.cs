using AlexNetCuda.Devices;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>Where layers want different formats, and where a tensor is read by more than the next layer.</summary>
public class FormatTests
{
    private static NetworkResult Run(string name, Network network, CompileOptions options)
    {
        using IDevice device = Small.Device(name);
        using Executable executable = Small.Compile(network, device, Small.Parameters(network), options);
        if (options.Mode == ExecutionMode.Inference) executable.Forward();
        else executable.ForwardBackward();
        return NetworkRunner.Read(executable);
    }

    [Fact]
    public void A_tensor_is_converted_once_for_each_format_that_is_asked_for()
    {
        Network network = Small.Network();
        using IDevice device = Small.Device("tagged");
        using Executable executable = Small.Compile(network, device, Small.Parameters(network), new CompileOptions { Batch = 4, WithLoss = true });
        // A conversion has the name of the tensor: conv1/relu for lrn1, pool1 for conv2, ..., and fc4 once for the loss and for the softmax.
        string[] expected =
        [
            "conv1", "conv1/relu", "conv1/relu", "lrn1", "pool1", "pool1", "conv2", "conv2/relu", "conv2/relu", "fc3", "fc3", "fc3/relu", "fc3/relu", "fc4",
            "fc4", "loss", "probabilities",
        ];
        Assert.Equal(expected, executable.ForwardWork.Select(w => w.Layer));
    }

    [Fact]
    public void A_format_says_what_it_is() =>
        Assert.Equal("PlainFormat { Logical = [2, 3], Element = Float32, Layout = plain, Bytes = 24 }", new PlainFormat(new Shape(2, 3), ElementType.Float32).ToString());

    [Fact]
    public void Images_are_written_in_the_format_of_their_reader()
    {
        Network network = new NetworkBuilder("pool first", 3, 9, 9).MaxPool("pool1", 3, 2).L2Loss().Build();
        using IDevice device = Small.Device("tagged");
        using Executable executable = Small.Compile(network, device, Small.Parameters(network), new CompileOptions());
        Assert.Equal(["pool1"], executable.ForwardWork.Select(w => w.Layer));
        Assert.IsType<TaggedFormat>(executable.GetValue(Network.InputName).Format);
    }

    [Theory]
    [InlineData(ExecutionMode.Inference)]
    [InlineData(ExecutionMode.Gradients)]
    [InlineData(ExecutionMode.Training)]
    public void Conversions_change_no_result(ExecutionMode mode)
    {
        var options = new CompileOptions { Batch = 4, Mode = mode, InputGradient = mode != ExecutionMode.Inference, WithLoss = true };
        TensorAssert.Close(Run("reference", Small.Network(), options), Run("tagged", Small.Network(), options), 0, "converted");
    }

    public static TheoryData<string> Devices => [.. Small.DeviceNames];

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_gradient_comes_through_whoever_reads_the_scores_first(string name)
    {
        static Network Make(bool lossFirst)
        {
            NetworkBuilder builder = new NetworkBuilder("order", 3, 9, 9).Convolution("conv1", 4, 3).Relu().FullyConnected("fc2", 5);
            return (lossFirst ? builder.SoftmaxCrossEntropy("fc2").Softmax() : builder.Softmax().SoftmaxCrossEntropy("fc2")).Build("softmax");
        }

        CompileOptions options = Small.Gradients with { Target = "softmax", InputGradient = true };
        NetworkResult expected = Run("reference", Make(lossFirst: true), options);
        Assert.All(expected.Gradients, g => Assert.Contains(g.Value, v => v != 0));
        TensorAssert.Close(expected, Run(name, Make(lossFirst: true), options), Tolerance(name), "loss first");
        TensorAssert.Close(expected, Run(name, Make(lossFirst: false), options), Tolerance(name), "softmax first");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_tensor_that_is_read_late_lies_untouched_until_then(string name)
    {
        // The loss reads what the rectifier after it reads too: they are not one operator; and much memory is used again before the loss is taken.
        Network network = new NetworkBuilder("late", 3, 9, 9).Convolution("conv1", 8, 3).Relu().Lrn("lrn1", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", 8, 3).Relu().FullyConnected("fc3", 600).Relu().FullyConnected("fc4", 5).L2Loss("conv1").Build();
        NetworkResult expected = Run(name, network, new CompileOptions { Batch = 4, WithLoss = true, Keep = ["conv1"], Fuse = false });
        NetworkResult inference = Run(name, network, new CompileOptions { Batch = 4, WithLoss = true });
        TensorAssert.Close(expected, inference, Small.Tolerance(name), "inference");
        using IDevice device = Small.Device(name);
        using Executable executable = Small.Compile(network, device, Small.Parameters(network), new CompileOptions { Batch = 4, Target = "conv1" });
        Assert.Equal(Small.Forward(executable).Sum(v => v * v) / 2, inference.Loss, 1e-5 * inference.Loss);
        NetworkResult gradients = Run(name, network, Small.Gradients with { Target = "fc4" });
        TensorAssert.Close(inference.Output, gradients.Output, Small.Tolerance(name), "gradients");
        Assert.Equal(inference.Loss, gradients.Loss);
    }

    /// <summary>Against the reference device: single precision, else nothing.</summary>
    private static double Tolerance(string name) => name == "cpu" ? 1e-5 : 0;
}
