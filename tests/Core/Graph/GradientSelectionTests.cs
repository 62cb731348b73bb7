using AlexNetCuda.Devices;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class GradientSelectionTests
{
    private static NetworkResult Run(string name, CompileOptions options, Network? network = null)
    {
        network ??= Small.Network();
        using IDevice device = Small.Device(name);
        using Executable executable = Small.Compile(network, device, Small.Parameters(network), options);
        executable.ForwardBackward();
        return NetworkRunner.Read(executable);
    }

    public static TheoryData<string, string, string> Patterns
    {
        get
        {
            var patterns = new TheoryData<string, string, string>();
            foreach (string device in Small.DeviceNames)
            {
                patterns.Add(device, "*", "conv1/biases conv1/weights conv2/biases conv2/weights fc3/biases fc3/weights fc4/biases fc4/weights");
                patterns.Add(device, "conv*", "conv1/biases conv1/weights conv2/biases conv2/weights");
                patterns.Add(device, "conv?/weights", "conv1/weights conv2/weights");
                patterns.Add(device, "fc4/biases", "fc4/biases");
                patterns.Add(device, "*/biases", "conv1/biases conv2/biases fc3/biases fc4/biases");
                patterns.Add(device, " fc4/weights , conv1/biases,", "conv1/biases fc4/weights");
                patterns.Add(device, "conv1/weights", "conv1/weights");
            }

            return patterns;
        }
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_pattern_computes_the_gradients_it_matches_and_no_others(string name, string pattern, string parameters)
    {
        NetworkResult all = Run(name, Small.Gradients), some = Run(name, Small.Gradients with { GradientPattern = pattern });
        Assert.Equal(8, all.Gradients.Count);
        Assert.All(all.Gradients, g => Assert.True(g.Value.Any(v => v != 0), $"The gradient of {g.Key} is all zeros: this test shows nothing."));
        Assert.Equal(parameters.Split(' '), some.Gradients.Keys.Order(StringComparer.Ordinal));
        foreach ((string parameter, double[] gradient) in some.Gradients)
            TensorAssert.Close(all.Gradients[parameter], gradient, Small.Tolerance(name), parameter);
        Assert.Null(some.InputGradient);
    }

    [Theory]
    [MemberData(nameof(SharedParametersTests.Devices), MemberType = typeof(SharedParametersTests))]
    public void The_gradient_of_the_images_comes_with_any_selection_and_only_when_asked_for(string name)
    {
        NetworkResult none = Run(name, Small.Gradients), all = Run(name, Small.Gradients with { InputGradient = true });
        Assert.Null(none.InputGradient);
        Assert.NotNull(all.InputGradient);
        Assert.Equal(4 * 243, all.InputGradient.Count(v => v != 0));
        TensorAssert.Close(none with { InputGradient = null }, all, Small.Tolerance(name), "with the gradient of the images");
        NetworkResult some = Run(name, Small.Gradients with { InputGradient = true, GradientPattern = "fc4/*" });
        TensorAssert.Close(all.InputGradient, some.InputGradient!, Small.Tolerance(name), "gradient of the images");
        Assert.Equal(2, some.Gradients.Count);
    }

    [Theory]
    [MemberData(nameof(SharedParametersTests.Devices), MemberType = typeof(SharedParametersTests))]
    public void Layers_that_the_loss_does_not_read_have_no_gradients(string name)
    {
        Network network = new NetworkBuilder("branch", 3, 9, 9).Convolution("conv1", 4, 3).Relu().L2Loss().FullyConnected("fc2", 5).Build();
        NetworkResult result = Run(name, Small.Gradients with { Target = "fc2", GradientPattern = null }, network);
        Assert.Equal(new Shape(4, 5), result.OutputShape);
        Assert.Equal(["conv1/biases", "conv1/weights"], result.Gradients.Keys.Order(StringComparer.Ordinal));
        using IDevice device = Small.Device(name);
        Assert.Throws<ArgumentException>(() => network.Compile(device, Small.Parameters(network), Small.Gradients with { GradientPattern = "fc*" }));
    }

    [Theory]
    [MemberData(nameof(SharedParametersTests.Devices), MemberType = typeof(SharedParametersTests))]
    public void A_loss_of_a_layer_without_parameters_needs_the_images_gradient(string name)
    {
        Network network = new NetworkBuilder("plain", 3, 9, 9).Relu("relu1").L2Loss().Build();
        float[] images = Small.Images(4);
        NetworkResult result = Run(name, Small.Gradients with { InputGradient = true }, network);
        Assert.Equal(images.Select(v => v > 0 ? (double)v : 0), result.InputGradient!);
        Assert.Empty(result.Gradients);
        Assert.Empty(Run(name, Small.Gradients, network).Gradients); // nothing to differentiate, and still the loss
    }
}
