using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

public sealed class DeterminismTests
{
    /// <summary>Every kind of layer, large enough that all threads have work; groups that begin within a block, and channels that fill none.</summary>
    private static Network Everything() => new NetworkBuilder("everything", 3, 41, 41)
        .Convolution("conv1", 24, 11, 4).Relu().Lrn("lrn", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2, Layers.Padding.Same)
        .Convolution("conv2", 40, 3, groups: 2).Relu().AveragePool("pool2", 3, 2).Dropout(0.7f)
        .FullyConnected("fc1", 300).Relu().Dropout(0.5f).FullyConnected("fc2", 10).SoftmaxCrossEntropy().Softmax().Build();

    private static (NetworkResult Result, float[][] Parameters) Train(IDevice device, float learningRate, int steps)
    {
        Network network = Everything();
        Parameters parameters = network.CreateParameters(seed: 5);
        using Executable executable = network.Compile(device, parameters, new CompileOptions
        {
            Batch = 8, Mode = ExecutionMode.Training, InputGradient = true, Target = network.Target, Sgd = new SgdOptions(0.9f, 0.001f),
        });
        var images = new float[network.InputShape(8).Count];
        ReferenceInitializer.Fill(images, 0, "images", 1);
        executable.SetInput(images);
        executable.SetLabels([0, 1, 2, 3, 4, 5, 6, 7]);
        for (int i = 0; i < steps; i++) executable.TrainingStep(learningRate);
        return (NetworkRunner.Read(executable), [.. parameters.All.Select(p =>
        {
            var values = new float[p.Info.Shape.Count];
            p.Read(values);
            return values;
        })]);
    }

    [Fact]
    public void Training_has_the_same_bits_on_any_number_of_threads_and_in_every_run()
    {
        using var single = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        (NetworkResult one, float[][] parametersOfOne) = Train(single, 0.01f, 3);
        foreach (int threads in new[] { 1, 2, 3, 7 })
        {
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads });
            (NetworkResult result, float[][] parameters) = Train(device, 0.01f, 3);
            Assert.Equal(one.Loss, result.Loss);
            Assert.Equal(one.Output, result.Output);
            Assert.Equal(one.InputGradient, result.InputGradient);
            foreach ((string name, double[] gradient) in one.Gradients) Assert.Equal(gradient, result.Gradients[name]);
            Assert.Equal(parametersOfOne, parameters);
        }
    }

    [Fact]
    public void Training_agrees_with_the_reference_device()
    {
        using var cpu = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using var reference = new ReferenceDevice();
        (NetworkResult actual, float[][] parameters) = Train(cpu, 0.01f, 4);
        (NetworkResult expected, float[][] expectedParameters) = Train(reference, 0.01f, 4);
        // Four steps carry the rounding of one (2e-5, as for single layers) into the next.
        TensorAssert.Close(expected.Output, actual.Output, 2e-4, "output after 4 steps");
        for (int i = 0; i < parameters.Length; i++)
        {
            double[] e = [.. expectedParameters[i].Select(v => (double)v)], a = [.. parameters[i].Select(v => (double)v)];
            TensorAssert.Close(e, a, 2e-4, $"parameter {i} after 4 steps");
        }
    }
}
