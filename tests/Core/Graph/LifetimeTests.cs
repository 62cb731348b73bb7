using AlexNetCuda.Devices;
using Xunit;

namespace AlexNetCuda.Core.Tests;

public class LifetimeTests
{
    private static readonly CompileOptions Inference = new() { Batch = 4 };

    public static TheoryData<string> Devices => [.. Small.DeviceNames];

    public static TheoryData<string, ExecutionMode> Modes =>
        new(from device in Small.DeviceNames from mode in Enum.GetValues<ExecutionMode>() select (device, mode));

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_last_executable_frees_the_copies_of_parameters_whatever_the_order(string name)
    {
        Network network = Small.Network();
        foreach (bool trainerFirst in new[] { false, true })
        {
            using var device = new CountingDevice(Small.Device(name));
            Parameters parameters = Small.Parameters(network);
            Executable evaluation = Small.Compile(network, device, parameters, Inference);
            int alone = device.Live;
            Executable training = Small.Compile(network, device, parameters, Small.Training);
            Assert.True(device.Live > alone);
            training.TrainingStep(0.1f);
            double[] expected = Small.Forward(evaluation);
            (Executable first, Executable last) = trainerFirst ? (training, evaluation) : (evaluation, training);
            first.Dispose();
            if (trainerFirst)
            {
                Assert.Equal(alone, device.Live);
                Assert.Equal(expected, Small.Forward(evaluation));
            }
            else
            {
                training.TrainingStep(0.1f);
            }

            last.Dispose();
            Assert.Equal(0, device.Live);
            last.Dispose(); // again does nothing
            first.Dispose();
            Assert.Equal(0, device.Live);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_failure_at_any_call_of_the_device_leaks_nothing(string name, ExecutionMode mode)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        using var device = new CountingDevice(Small.Device(name));
        var options = new CompileOptions { Batch = 4, Mode = mode, InputGradient = mode != ExecutionMode.Inference };
        int failures = 0;
        Executable? executable = null;
        while (executable is null)
        {
            device.FailAt = device.Calls + ++failures;
            try
            {
                executable = Small.Compile(network, device, parameters, options);
            }
            catch (InjectedException)
            {
                Assert.Equal(0, device.Live);
            }
        }

        device.FailAt = 0;
        var kinds = new List<string> { "Allocate", "Bind", "Link", "TryCreate", "View" };
        if (mode == ExecutionMode.Training) kinds.Add("CreateUpdate");
        if (name == "tagged" || (name == "cpu" && mode == ExecutionMode.Training)) kinds.Add("CreateConversion");
        Assert.Superset(kinds.ToHashSet(), device.Failed);
        Assert.True(failures > 30, $"Only {failures} calls: the wrapper does not see them all.");
        using IDevice plain = Small.Device(name);
        using Executable expected = Small.Compile(network, plain, Small.Parameters(network), options);
        Assert.Equal(Small.Forward(expected), Small.Forward(executable));
        executable.Dispose();
        Assert.Equal(0, device.Live);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_failure_leaves_other_executables_as_they_were(string name)
    {
        Network network = Small.Network();
        Parameters parameters = Small.Parameters(network);
        using var device = new CountingDevice(Small.Device(name));
        using Executable first = Small.Compile(network, device, parameters, Small.Training);
        first.TrainingStep(0.1f);
        double[] expected = Small.Forward(first);
        int live = device.Live, failures = 0;
        for (bool failed = true; failed;)
        {
            device.FailAt = device.Calls + ++failures;
            try
            {
                Small.Compile(network, device, parameters, Inference with { WithLoss = true }).Dispose();
                failed = false;
            }
            catch (InjectedException)
            {
                // as it should
            }

            Assert.Equal(live, device.Live);
        }

        Assert.True(failures > 20, $"Only {failures} calls.");
        Assert.Equal(expected, Small.Forward(first));
    }

    [Fact]
    public void An_operator_that_cannot_be_freed_does_not_keep_the_rest_from_it()
    {
        Network network = Small.Network();
        using var device = new CountingDevice(Small.Device("reference"));
        Executable executable = Small.Compile(network, device, Small.Parameters(network), Small.Training);
        device.FailDisposal = true;
        var error = Assert.Throws<AggregateException>(executable.Dispose);
        Assert.All(error.Flatten().InnerExceptions, e => Assert.IsType<InjectedException>(e));
        Assert.Equal(0, device.Live);
    }

    [Fact]
    public void A_layer_that_a_device_does_not_know_is_named()
    {
        Network network = Small.Network();
        using var device = new CountingDevice(new NoLrn(Small.Device("reference")));
        var error = Assert.Throws<NotSupportedException>(() => network.Compile(device, Small.Parameters(network)));
        Assert.Equal("Device 'reference' cannot run layer 'lrn1' (LRN).", error.Message);
        Assert.Equal(0, device.Live);
    }

    private sealed class NoLrn(IDevice inner) : IDevice
    {
        public DeviceInfo Info => inner.Info;

        public IOperator? TryCreate(Region region) => region.Layers.Any(l => l.Layer.Kind == "LRN") ? null : inner.TryCreate(region);

        public IOperator CreateConversion(TensorFormat source, TensorFormat destination) => inner.CreateConversion(source, destination);

        public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, AlexNetCuda.Training.UpdateRule rule) => inner.CreateUpdate(parameter, format, rule);

        public IOperator CreateNorm(TensorFormat format) => inner.CreateNorm(format);

        public IDeviceMemory Allocate(long bytes) => inner.Allocate(bytes);

        public IProgram Link(IReadOnlyList<Step> steps, bool timed) => inner.Link(steps, timed);

        public void Dispose() => inner.Dispose();
    }
}
