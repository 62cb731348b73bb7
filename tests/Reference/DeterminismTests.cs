using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

public class DeterminismTests
{
    public static TheoryData<string> Names => LayerCases.Names;

    /// <summary>Every kind of layer, large enough that loops are shared out to threads.</summary>
    private static Network Everything() => new NetworkBuilder("everything", 3, 40, 40)
        .Convolution("conv1", 24, 5, 1).Relu().Lrn("lrn", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2)
        .Convolution("conv2", 24, 3, groups: 2).AveragePool("pool2", 3, 2).Flatten()
        .FullyConnected("fc1", 300).Relu().Dropout(0.5f).FullyConnected("fc2", 10).SoftmaxCrossEntropy().Softmax().Build();

    private static (NetworkResult Result, double[][] Parameters) Train(int threads)
    {
        Network network = Everything();
        Parameters parameters = network.CreateParameters(seed: 5, storage: ElementType.Float64);
        using var device = new ReferenceDevice(threads);
        using Executable executable = network.Compile(
            device, parameters, new CompileOptions { Batch = 8, Mode = ExecutionMode.Training, InputGradient = true, Target = network.Target });
        var images = new float[network.InputShape(8).Count];
        Initialization.ReferenceInitializer.Fill(images, 0, "images", 1);
        executable.SetInput(images);
        executable.SetLabels([0, 1, 2, 3, 4, 5, 6, 7]);
        for (int i = 0; i < 3; i++) executable.TrainingStep(0.01f);
        return (NetworkRunner.Read(executable), [.. parameters.All.Select(p =>
        {
            var values = new double[p.Info.Shape.Count];
            p.Read(values);
            return values;
        })]);
    }

    [Fact]
    public void Training_has_the_same_bits_on_any_number_of_threads()
    {
        (NetworkResult one, double[][] parametersOfOne) = Train(1);
        Assert.All(one.Output, y => Assert.True(double.IsFinite(y)));
        foreach (int threads in new[] { 2, 5 })
        {
            (NetworkResult result, double[][] parameters) = Train(threads);
            Assert.Equal(one.Loss, result.Loss);
            Assert.Equal(one.Output, result.Output);
            Assert.Equal(one.InputGradient, result.InputGradient);
            foreach ((string name, double[] gradient) in one.Gradients) Assert.Equal(gradient, result.Gradients[name]);
            Assert.Equal(parametersOfOne, parameters);
        }
    }

    /// <summary>In inference tensors share memory, and layers that may write over their input do; the numbers must not change.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Inference_has_the_same_bits_as_a_pass_with_gradients(string name)
    {
        LayerCase layerCase = LayerCases.Get(name);
        using var device = new ReferenceDevice(2);
        NetworkResult gradients = layerCase.Run(device);
        NetworkResult inference = layerCase.Run(device, layerCase.Options with { Mode = ExecutionMode.Inference, InputGradient = false, WithLoss = true });
        Assert.Equal(gradients.Output, inference.Output);
        Assert.Equal(gradients.Loss, inference.Loss);
        Assert.Empty(inference.Gradients);
        Assert.Null(inference.InputGradient);
    }

    [Fact]
    public void Only_the_gradients_that_were_asked_for_are_computed_and_they_are_the_same()
    {
        LayerCase layerCase = LayerCases.All.Values.First(c => c.Name.StartsWith("conv relu conv relu pool fc", StringComparison.Ordinal));
        using var device = new ReferenceDevice(1);
        NetworkResult all = layerCase.Run(device);
        NetworkResult some = layerCase.Run(device, layerCase.Options with { GradientPattern = "conv*/biases,fc/weights", InputGradient = false });
        Assert.Equal(["conv1/biases", "conv2/biases", "fc/weights"], some.Gradients.Keys.Order());
        foreach ((string name, double[] gradient) in some.Gradients) Assert.Equal(all.Gradients[name], gradient);
    }
}
