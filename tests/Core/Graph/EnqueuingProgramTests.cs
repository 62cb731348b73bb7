using AlexNetCuda.Devices;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Reference;
using AlexNetCuda.Training;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>What an executable and a timing say of a device with a clock of its own, and of one without.</summary>
public sealed class EnqueuingProgramTests
{
    private static readonly Network Small = new NetworkBuilder("small", 1, 2, 2).FullyConnected("fc1", 3).Relu().FullyConnected("fc2", 2).L2Loss().Build();

    [Fact]
    public void A_run_has_a_time_of_the_device_where_it_was_asked_for_before()
    {
        using var device = new EnqueuingDevice();
        using Executable executable = Small.Compile(device, Small.CreateParameters(), new CompileOptions { Mode = ExecutionMode.Gradients });
        Assert.Equal((null, null), (executable.ReadDeviceSeconds(), executable.Calls));
        executable.ForwardBackward();
        Assert.Null(executable.ReadDeviceSeconds());
        executable.IsDeviceTimed = true;
        Assert.Null(executable.ReadDeviceSeconds());
        executable.Forward();
        Assert.Equal((0.25, new EnqueuedCalls(5, 9)), (executable.ReadDeviceSeconds(), executable.Calls)); // fc1, its ReLU, fc2, the loss, and one more
        executable.IsDeviceTimed = false;
        executable.Forward();
        Assert.Null(executable.ReadDeviceSeconds());
    }

    [Fact]
    public void Timings_and_layers_have_the_calls_of_their_steps()
    {
        using var device = new EnqueuingDevice();
        using var pass = new NetworkPass(PassKind.ForwardBackward, Small, device, Small.CreateParameters(), new PassOptions { Batch = 1, Timed = true, DeviceTime = true });
        var layers = new LayerTimes();
        TimingResult result = pass.Time(new TimingProtocol(new TimingOptions { Steps = 3, BurnIn = 1 }, TextWriter.Null), layers);
        Assert.Equal([0.25, 0.25, 0.25], result.DeviceSeconds);
        Assert.All(pass.Executable.ReadTimings(), t => Assert.Equal(new EnqueuedCalls(1, 2), t.Calls));
        Assert.All(layers.Rows, r => Assert.Equal((new EnqueuedCalls(1, 2), new EnqueuedCalls(1, 2)), (r.Forward!.Value.Calls, r.Backward!.Value.Calls)));
    }

    [Fact]
    public void A_device_that_computes_in_the_host_s_threads_has_neither()
    {
        using var device = new ReferenceDevice(1);
        using var pass = new NetworkPass(PassKind.Forward, Small, device, Small.CreateParameters(), new PassOptions { Batch = 1, Timed = true, DeviceTime = true });
        var layers = new LayerTimes();
        TimingResult result = pass.Time(new TimingProtocol(new TimingOptions { Steps = 1, BurnIn = 0 }, TextWriter.Null), layers);
        Assert.False(pass.Executable.IsDeviceTimed);
        Assert.Equal((null, null, null), (result.DeviceSeconds, pass.Executable.ReadDeviceSeconds(), pass.Executable.Calls));
        Assert.All(layers.Rows, r => Assert.Null(r.Forward!.Value.Calls));
    }

    /// <summary>The reference device, as if it had a clock on which a run takes a quarter of a second.</summary>
    private sealed class EnqueuingDevice : IDevice
    {
        private readonly ReferenceDevice _inner = new(1);

        public DeviceInfo Info => _inner.Info;

        public IOperator? TryCreate(Region region) => _inner.TryCreate(region);

        public IOperator CreateConversion(TensorFormat source, TensorFormat destination) => _inner.CreateConversion(source, destination);

        public IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule) => _inner.CreateUpdate(parameter, format, rule);

        public IOperator CreateNorm(TensorFormat format) => _inner.CreateNorm(format);

        public IDeviceMemory Allocate(long bytes) => _inner.Allocate(bytes);

        public IProgram Link(IReadOnlyList<Step> steps, bool timed) => new Enqueuing(_inner.Link(steps, timed), steps.Count);

        public void Dispose() => _inner.Dispose();
    }

    private sealed class Enqueuing(IProgram inner, int steps) : IEnqueuingProgram
    {
        private bool _wasClocked;

        public bool IsClocked { get; set; }

        public EnqueuedCalls Calls => new(steps + 1, (2 * steps) + 1); // one that belongs to no step

        public double? ReadSeconds() => _wasClocked ? 0.25 : null;

        public void ReadStepCalls(Span<EnqueuedCalls> calls) => calls.Fill(new EnqueuedCalls(1, 2));

        public void Run(in StepState state)
        {
            inner.Run(state);
            _wasClocked = IsClocked;
        }

        public void Wait() => inner.Wait();

        public void ReadStepSeconds(Span<double> seconds) => inner.ReadStepSeconds(seconds);

        public void Dispose() => inner.Dispose();
    }
}
