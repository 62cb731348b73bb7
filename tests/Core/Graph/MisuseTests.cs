using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>What an executable and its compilation refuse, in words that help.</summary>
public sealed class MisuseTests : IDisposable
{
    private const string Names = "conv1/weights, conv1/biases, conv2/weights, conv2/biases, fc3/weights, fc3/biases, fc4/weights, fc4/biases";
    private const string Layers = "conv1, conv1/relu, lrn1, pool1, conv2, conv2/relu, fc3, fc3/relu, fc4, loss, probabilities";
    private readonly Network _network = Small.Network();
    private readonly IDevice _device = Small.Device("reference");
    private readonly Parameters _parameters;

    public MisuseTests() => _parameters = Small.Parameters(_network);

    public void Dispose() => _device.Dispose();

    private static void Refused<T>(string message, Action action)
        where T : Exception
    {
        string actual = Assert.Throws<T>(action).Message;
        int parameter = actual.IndexOf(" (Parameter '", StringComparison.Ordinal);
        Assert.Equal(message, parameter < 0 ? actual : actual[..parameter]);
    }

    private Executable Compile(CompileOptions options) => Small.Compile(_network, _device, _parameters, options);

    [Fact]
    public void Images_and_labels_of_a_wrong_length_or_value()
    {
        using Executable executable = Compile(Small.Gradients);
        Refused<ArgumentException>("A batch of network 'small' is [4, 3, 9, 9], 972 values, not 971.", () => executable.SetInput(new float[971]));
        Refused<ArgumentException>("A batch of network 'small' is [4, 3, 9, 9], 972 values, not 243.", () => executable.SetInput(new double[243]));
        Refused<ArgumentException>("A batch of network 'small' is [4, 3, 9, 9], 972 values, not 0.", () => executable.Predict([]));
        Refused<ArgumentException>("A batch has 4 labels, not 3.", () => executable.SetLabels([0, 1, 2]));
        Refused<ArgumentException>("A label is 0 to 4, not 5.", () => executable.SetLabels([0, 1, 2, 5]));
        Refused<ArgumentException>("A label is 0 to 4, not -1.", () => executable.SetLabels([0, -1, 2, 3]));
        executable.ForwardBackward(); // what was refused has changed nothing
        Assert.Throws<ArgumentException>(() => executable.ReadOutput(new float[3]));
    }

    [Fact]
    public void Labels_that_are_missing_or_not_wanted()
    {
        using Executable executable = _network.Compile(_device, _parameters, Small.Training);
        executable.SetInput(Small.Images(4));
        foreach (Action run in new Action[] { executable.Forward, executable.ForwardBackward, () => executable.TrainingStep(0.1f) })
            Refused<InvalidOperationException>("Set the labels first: the loss needs them.", run);
        using Executable inference = Compile(new CompileOptions());
        Refused<InvalidOperationException>("This executable of network 'small' reads no labels.", () => inference.SetLabels([0]));
        inference.Forward();
        Refused<InvalidOperationException>("This executable of network 'small' computes no loss.", () => inference.ReadLoss());
    }

    [Fact]
    public void What_it_was_not_compiled_for()
    {
        using Executable inference = Compile(new CompileOptions());
        Refused<InvalidOperationException>("This executable of network 'small' was compiled for Inference, not for gradients.", inference.ForwardBackward);
        Refused<InvalidOperationException>("This executable of network 'small' was compiled for Inference, not for training.", () => inference.TrainingStep(1));
        Refused<ArgumentException>("The gradient of 'fc4/weights' is not computed. Computed: .", () => inference.GetGradient("fc4/weights"));
        Refused<InvalidOperationException>("Steps are timed only with CompileOptions.Timed.", () => inference.ReadTimings());
        using Executable gradients = Compile(Small.Gradients);
        Refused<InvalidOperationException>("This executable of network 'small' was compiled for Gradients, not for training.", () => gradients.TrainingStep(1));
        Refused<InvalidOperationException>("The gradient of the images is computed only with CompileOptions.InputGradient.", () => gradients.GetInputGradient());
        string names = string.Join(", ", gradients.GradientNames);
        Refused<ArgumentException>($"The gradient of 'fc9/weights' is not computed. Computed: {names}.", () => gradients.GetGradient("fc9/weights"));
        Assert.Equal(Names.Split(", ").Order(), gradients.GradientNames.Order());
    }

    [Fact]
    public void Gradients_before_they_are_computed()
    {
        using Executable executable = Compile(Small.Gradients with { InputGradient = true });
        Check();
        executable.Forward();
        Check();
        executable.ForwardBackward();
        Assert.NotNull(executable.GetGradient("fc4/weights"));
        Assert.NotNull(executable.GetInputGradient());
        executable.Forward(); // gradients share memory with the activations of this run
        Check();

        void Check()
        {
            Refused<InvalidOperationException>("The last run computed no gradients.", () => executable.GetGradient("fc4/weights"));
            Refused<InvalidOperationException>("The last run computed no gradients.", () => executable.GetInputGradient());
        }
    }

    [Fact]
    public void Timings_before_anything_ran()
    {
        using Executable executable = Compile(new CompileOptions { Timed = true });
        Refused<InvalidOperationException>("Nothing has run yet.", () => executable.ReadTimings());
    }

    [Fact]
    public void Values_that_are_not_kept()
    {
        using Executable executable = Compile(new CompileOptions { Keep = ["conv1"] });
        Refused<ArgumentException>(
            "The output of layer 'fc3' is not kept: name it in CompileOptions.Keep. Kept: input, conv1, probabilities.", () => executable.GetValue("fc3"));
    }

    [Theory]
    [MemberData(nameof(SharedParametersTests.Devices), MemberType = typeof(SharedParametersTests))]
    public void Anything_after_it_is_disposed_of(string device)
    {
        using IDevice own = Small.Device(device);
        Executable executable = Small.Compile(_network, own, _parameters, Small.Training with { Target = "probabilities", Timed = true });
        executable.TrainingStep(0.1f);
        IBuffer output = executable.GetValue("probabilities"), gradient = executable.GetGradient("fc4/weights");
        executable.Dispose();
        foreach (Action action in new Action[]
        {
            executable.Forward, executable.ForwardBackward, () => executable.TrainingStep(0.1f), () => executable.Predict(Small.Images(4)),
            () => executable.SetInput(Small.Images(4)), () => executable.SetLabels(Small.Labels), () => executable.ReadOutput(new float[20]),
            () => executable.ReadLoss(), () => output.Read(new float[20]), () => gradient.Read(new float[50]), () => executable.ReadTimings(),
            () => executable.GetValue("probabilities"), () => executable.GetGradient("fc4/weights"), () => executable.GetInputGradient(),
        })
            Assert.Throws<ObjectDisposedException>(action);
    }

    public static TheoryData<CompileOptions, string> BadOptions => new()
    {
        { new() { Batch = 0 }, "A batch has at least 1 image, not 0." },
        { new() { Keep = ["fc9"] }, $"Network 'small' has no layer 'fc9'. It has: {Layers}." },
        { new() { Target = "fc9" }, $"Network 'small' has no layer 'fc9'. It has: {Layers}." },
        { new() { InputGradient = true }, "Gradients are computed in the modes Gradients and Training only." },
        { new() { GradientPattern = "*" }, "Gradients are computed in the modes Gradients and Training only." },
        { Small.Gradients with { GradientPattern = "conv3*" }, $"No parameter of network 'small' matches 'conv3*'. It has: {Names}." },
        { Small.Gradients with { GradientPattern = "CONV*" }, $"No parameter of network 'small' matches 'CONV*'. It has: {Names}." },
        { Small.Gradients with { GradientPattern = "", InputGradient = true }, $"No parameter of network 'small' matches ''. It has: {Names}." },
        { Small.Training with { Sgd = new SgdOptions(Momentum: 1) }, "Momentum is at least 0 and below 1, not 1." },
        { Small.Training with { Sgd = new SgdOptions(Momentum: float.NaN) }, "Momentum is at least 0 and below 1, not NaN." },
        { Small.Training with { Sgd = new SgdOptions(WeightDecay: -1) }, "Weight decay is at least 0, not -1." },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_that_do_not_fit(CompileOptions options, string message)
    {
        using var device = new CountingDevice(Small.Device("reference"));
        Refused<ArgumentException>(message, () => _network.Compile(device, _parameters, options));
        Assert.Equal(0, device.Live);
    }

    [Fact]
    public void A_network_without_a_loss_or_with_one_that_has_no_gradient()
    {
        Network bare = new NetworkBuilder("bare", 3, 9, 9).FullyConnected("fc1", 5).Build();
        foreach (ExecutionMode mode in new[] { ExecutionMode.Gradients, ExecutionMode.Training })
        {
            Refused<ArgumentException>(
                "Network 'bare' has no loss: it has no gradients to compute. Build it with a loss.",
                () => bare.Compile(_device, bare.CreateParameters(), new CompileOptions { Mode = mode }));
        }

        Refused<ArgumentException>("Network 'bare' has no loss.", () => bare.Compile(_device, bare.CreateParameters(), new CompileOptions { WithLoss = true }));
        Network odd = new NetworkBuilder("odd", 3, 9, 9).FullyConnected("fc1", 5).ArgMax().Add(new CountsAsRow("cast")).L2Loss().Build();
        Refused<ArgumentException>(
            "The loss of network 'odd' lies behind layer 'argmax' (argmax), which has no gradient.",
            () => odd.Compile(_device, odd.CreateParameters(), Small.Gradients));
    }

    [Fact]
    public void An_output_of_integers_is_read_as_such()
    {
        Network network = new NetworkBuilder("classes", 1, 1, 3).Flatten().ArgMax().Build();
        using Executable executable = network.Compile(_device, network.CreateParameters(), new CompileOptions { Batch = 2 });
        executable.SetInput([1f, 3, 2, 5, 5, 4]);
        executable.Forward();
        var classes = new int[2];
        executable.ReadOutput(classes);
        Assert.Equal([1, 0], classes);
        Assert.Throws<ArgumentException>(() => executable.ReadOutput(new float[2]));
        Assert.Contains("integers", Assert.Throws<InvalidOperationException>(() => executable.Predict([1, 3, 2, 5, 5, 4])).Message, StringComparison.Ordinal);
    }

    /// <summary>Makes a row of a vector, so that a loss could follow.</summary>
    private sealed record CountsAsRow(string Name) : Layer(Name)
    {
        public override string Kind => "cast";

        public override Shape InferShape(IReadOnlyList<Shape> inputs) => new(inputs[0].N, 1);
    }
}
