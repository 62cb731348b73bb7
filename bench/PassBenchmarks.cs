using System.Diagnostics.CodeAnalysis;
using AlexNetCuda.Cli;
using AlexNetCuda.Diagnostics;
using BenchmarkDotNet.Attributes;

namespace AlexNetCuda.Bench;

/// <summary>What benchmarks of passes share: everything is made before a benchmark and freed after it, so that one network at a time is in memory.</summary>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls CleanUp.")]
public abstract class PassBenchmarks
{
    private ChosenDevice? _device;
    private NetworkPass? _pass;
    private StepFacts? _facts;

    /// <summary>What is benchmarked, by name.</summary>
    protected abstract string Subject { get; }

    /// <summary>The network that is benchmarked.</summary>
    protected abstract Network CreateNetwork();

    /// <summary>Whether the gradient of the input is wanted.</summary>
    protected virtual bool InputGradient => false;

    /// <summary>What went wrong first, or null. In this process BenchmarkDotNet itself fails over a benchmark that does, and does not say why.</summary>
    public static string? Failure { get; private set; }

    [GlobalSetup(Target = nameof(Forward))]
    public void SetUpForward() => Guard(PassKind.Forward, () => SetUp(PassKind.Forward));

    [GlobalSetup(Target = nameof(ForwardBackward))]
    public void SetUpForwardBackward() => Guard(PassKind.ForwardBackward, () => SetUp(PassKind.ForwardBackward));

    [Benchmark]
    public void Forward() => Guard(PassKind.Forward, _pass!.Step);

    [Benchmark]
    public void ForwardBackward() => Guard(PassKind.ForwardBackward, _pass!.Step);

    /// <summary>Notes what the step took on the device's own clock, where it has one; outside of what is timed.</summary>
    [IterationCleanup]
    public void NoteDeviceTime()
    {
        if (_pass?.Executable.ReadDeviceSeconds() is { } seconds) _facts!.DeviceSeconds.Add(seconds);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _pass?.Dispose();
        if (_device?.Noticed is [string first, ..]) Failure ??= $"{Subject}: the simulator noticed: {first}";
        _device?.Dispose();
        (_pass, _device) = (null, null);
        GC.Collect(); // the arrays of hundreds of megabytes of the network before, while nothing is timed
    }

    private void Guard(PassKind kind, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Failure ??= $"{Subject}, {NetworkPass.TitleOf(kind)}: {e.GetType().Name}: {e.Message}";
            CleanUp(); // BenchmarkDotNet does not, after a set-up that failed
            throw;
        }
    }

    private void SetUp(PassKind kind)
    {
        BenchOptions options = BenchOptions.Current;
        _device = DeviceFactory.Create(options.Device);
        Network network = CreateNetwork();
        _pass = new NetworkPass(
            kind,
            network,
            _device.Device,
            network.CreateParameters(),
            new PassOptions { Batch = options.Batch, InputGradient = InputGradient, DeviceTime = true, Fuse = options.Device.Fuse });
        _facts = StepFacts.Remember(Subject, _pass, _device.Name);
    }
}
