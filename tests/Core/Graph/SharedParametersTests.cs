using AlexNetCuda.Devices;
using AlexNetCuda.Testing;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class SharedParametersTests
{
    private static readonly CompileOptions Scores1 = new() { Target = "fc4" }, Scores4 = new() { Batch = 4, Target = "fc4" };

    public static TheoryData<string> Devices => [.. Small.DeviceNames];

    public static TheoryData<string, ElementType> Storages => new(
        from device in Small.DeviceNames from storage in new[] { ElementType.Float32, ElementType.Float64 } select (device, storage));

    /// <summary>A deep copy by Read and Write: what the parameters are, whoever holds the newest values.</summary>
    private static Parameters Copy(Network network, Parameters parameters, ElementType storage)
    {
        Parameters copy = network.CreateParameters(storage: storage);
        foreach (Parameter parameter in copy.All) parameter.Write((ReadOnlySpan<double>)Small.Read(parameters, parameter.Info.Name));
        return copy;
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_batch_of_1_beside_a_batch_of_4_and_inference_beside_gradients_agree(string name)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        using IDevice device = Small.Device(name);
        using Executable four = Small.Compile(network, device, parameters, Scores4);
        using Executable one = Small.Compile(network, device, parameters, Scores1);
        using Executable gradients = Small.Compile(network, device, parameters, Small.Gradients);
        double[] expected = Small.Forward(four);
        Assert.True(expected.Distinct().Count() == 20, "Outputs are all different, or this test shows little.");
        TensorAssert.Close(expected, Small.Forward(gradients), Small.Tolerance(name), "forward with gradients");
        gradients.ForwardBackward();
        TensorAssert.Close(expected, NetworkRunner.Read(gradients.GetValue("fc4")), Small.Tolerance(name), "forward and backward");
        float[] images = Small.Images(4);
        for (int n = 0; n < 4; n++)
        {
            one.SetInput(images.AsSpan(n * 243, 243));
            TensorAssert.Close(expected.AsSpan(n * 5, 5), Small.Forward(one), Small.Tolerance(name), $"image {n}");
        }
    }

    [Fact]
    public void Executables_on_one_device_share_their_copies_of_the_parameters()
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        using var device = new CountingDevice(Small.Device("reference"));
        using Executable first = Small.Compile(network, device, parameters, Scores1);
        Assert.Equal(1 + 8, device.Allocations); // the arena; weights and biases of four layers
        Assert.Equal(8 * network.ParameterCount, first.ParameterBytes);
        using Executable second = Small.Compile(network, device, parameters, Small.Training);
        Assert.Equal(1 + 8 + 1, device.Allocations);
        using Executable other = Small.Compile(network, device, Small.Parameters(network), Scores1);
        Assert.Equal(1 + 8 + 1 + 9, device.Allocations);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_parameter_that_is_written_changes_for_all(string name)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        using IDevice device = Small.Device(name), secondDevice = Small.Device(name);
        using Executable four = Small.Compile(network, device, parameters, Scores4);
        using Executable one = Small.Compile(network, device, parameters, Scores1);
        using Executable elsewhere = Small.Compile(network, secondDevice, parameters, Scores1);
        _ = (Small.Forward(four), Small.Forward(one), Small.Forward(elsewhere));
        long version = parameters["fc4/weights"].Version;
        parameters["fc4/weights"].Write(new float[50]);
        parameters["fc4/biases"].Write((ReadOnlySpan<double>)[1, -2, 3, 0.5, 0]);
        Assert.True(parameters["fc4/weights"].Version > version);
        double[] biases = [1, -2, 3, 0.5, 0];
        Assert.Equal([.. biases, .. biases, .. biases, .. biases], Small.Forward(four));
        Assert.Equal(biases, Small.Forward(one));
        Assert.Equal(biases, Small.Forward(elsewhere));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void What_one_executable_trains_is_seen_by_the_others_and_by_who_reads(string name, ElementType storage)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network, storage);
        using IDevice device = Small.Device(name), secondDevice = Small.Device(name);
        using Executable evaluation = Small.Compile(network, device, parameters, Scores4);
        using Executable elsewhere = Small.Compile(network, secondDevice, parameters, Scores4);
        using Executable training = Small.Compile(network, device, parameters, Small.Training);
        using Executable second = Small.Compile(network, device, parameters, Small.Training with { Batch = 2 });
        double[] before = Small.Forward(evaluation), weights = Small.Read(parameters, "conv1/weights");
        for (int i = 0; i < 3; i++) training.TrainingStep(0.1f);
        double[] after = Small.Forward(evaluation);
        Assert.NotEqual(before, after);
        Assert.NotEqual(weights, Small.Read(parameters, "conv1/weights"));

        // Values that went through single precision differ by its rounding; the copy that was trained in double precision has not gone through it yet.
        double tolerance = name != "cpu" && storage == ElementType.Float64 ? 0 : 1e-6;
        Check("one trainer", after);
        second.TrainingStep(0.1f); // from where the first has come to
        after = Small.Forward(evaluation);
        Check("two trainers", after);
        training.TrainingStep(0.1f);
        Check("the first again", Small.Forward(evaluation));

        void Check(string when, double[] expected)
        {
            using Executable fresh = Small.Compile(network, device, Copy(network, parameters, storage), Scores4);
            TensorAssert.Close(expected, Small.Forward(fresh), tolerance, when);
            TensorAssert.Close(expected, Small.Forward(elsewhere), tolerance, when + ", other device");
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Trained_values_outlive_the_executable(string name, ElementType storage)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network, storage), read = Small.Parameters(network, storage);
        using IDevice device = Small.Device(name);
        using (Executable training = Small.Compile(network, device, parameters, Small.Training)) training.TrainingStep(0.1f);
        using Executable again = Small.Compile(network, device, read, Small.Training);
        again.TrainingStep(0.1f);
        foreach (Parameter parameter in parameters.All)
        {
            double[] values = Small.Read(parameters, parameter.Info.Name);
            Assert.Equal(Small.Read(read, parameter.Info.Name), values);
            Assert.NotEqual(Small.Read(Small.Parameters(network, storage), parameter.Info.Name), values);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_write_after_training_wins(string name)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        using IDevice device = Small.Device(name);
        using Executable training = Small.Compile(network, device, parameters, Small.Training);
        double[] before = Small.Forward(training);
        training.TrainingStep(0.1f);
        Parameters original = Small.Parameters(network);
        foreach (Parameter parameter in original.All)
            parameters[parameter.Info.Name].Write((ReadOnlySpan<double>)Small.Read(original, parameter.Info.Name));
        Assert.Equal(before, Small.Forward(training));
        training.TrainingStep(0.1f);
        foreach (Parameter parameter in original.All)
        {
            var values = new float[parameter.Info.Shape.Count];
            parameter.Read(values);
            parameters[parameter.Info.Name].Write((ReadOnlySpan<float>)values);
        }

        Assert.Equal(before, Small.Forward(training));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Training_a_subset_leaves_the_rest_as_it_was(string name)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network), original = Small.Parameters(network);
        using IDevice device = Small.Device(name);
        using Executable training = Small.Compile(
            network, device, parameters, Small.Training with { GradientPattern = "fc*", Sgd = new SgdOptions(WeightDecay: 0.1f) });
        training.TrainingStep(0.1f);
        foreach (ParameterInfo info in network.Parameters)
        {
            bool same = Small.Read(original, info.Name).SequenceEqual(Small.Read(parameters, info.Name));
            Assert.True(same == info.Name.StartsWith("conv", StringComparison.Ordinal), info.Name);
        }
    }

    [Fact]
    public void Wrong_lengths_and_names_are_refused()
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        const string message = "Parameter 'fc4/weights' of shape [5, 10] has 50 values, not 49.";
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => parameters["fc4/weights"].Write(new float[49])).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => parameters["fc4/weights"].Write(new double[49])).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => parameters["fc4/weights"].Read(new float[49])).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => parameters["fc4/weights"].Read(new double[49])).Message);
        Assert.Equal(
            "There is no parameter 'fc9/weights' among those of network 'small'.", Assert.Throws<ArgumentException>(() => parameters["fc9/weights"]).Message);
        Assert.Throws<ArgumentException>(() => network.CreateParameters(storage: ElementType.Int32));
        Assert.Equal(network.Parameters, parameters.All.Select(p => p.Info));
        Assert.Equal("small", parameters.NetworkName);
    }

    [Fact]
    public void Parameters_of_another_network_are_refused()
    {
        Parameters parameters = Small.Parameters(Small.Network());
        using var device = new CountingDevice(Small.Device("reference"));
        Network other = new NetworkBuilder("other", 3, 9, 9).Convolution("conv1", 9, 3).L2Loss().Build();
        Assert.Equal(
            "The parameters are those of network 'small' and have no 'conv1/weights' of shape [9, 3, 3, 3].",
            Assert.Throws<ArgumentException>(() => other.Compile(device, parameters)).Message);
        Assert.Equal(0, device.Live);
    }
}
