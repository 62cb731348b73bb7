using AlexNetCuda.Devices;

namespace AlexNetCuda.Diagnostics;

/// <summary>What a step of a timing runs.</summary>
public enum PassKind
{
    /// <summary>The network's target, nothing dropped.</summary>
    Forward,

    /// <summary>The loss and the gradients of the parameters, with dropout where the network has it.</summary>
    ForwardBackward,
}

/// <summary>How a pass is prepared.</summary>
public sealed record PassOptions
{
    /// <summary>The number of images of a batch.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>The seed of dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Which parameters' gradients are computed, as in <see cref="CompileOptions.GradientPattern"/>; null is all.</summary>
    public string? GradientPattern { get; init; }

    /// <summary>Whether the gradient of the images is computed too.</summary>
    public bool InputGradient { get; init; }

    /// <summary>Whether each layer is timed.</summary>
    public bool Timed { get; init; }

    /// <summary>Whether each step is timed on the device's own clock too, where it has one.</summary>
    public bool DeviceTime { get; init; }

    /// <summary>Whether a device may run several layers as one operator.</summary>
    public bool Fuse { get; init; } = true;
}

/// <summary>
/// A network's forward or forward-backward pass as the benchmarks time it: the images lie on the device, nothing is updated, gradients stay on the device,
/// and a step has ended when <see cref="Step"/> returns.
/// </summary>
public sealed class NetworkPass : IDisposable
{
    private readonly BatchSource _source;
    private readonly float[] _images;
    private readonly int[] _labels;
    private readonly bool _readsLabels;

    /// <summary>Compiles the pass and sets its first batch.</summary>
    /// <param name="kind">Forward or forward-backward.</param>
    /// <param name="network">The network; it has a loss if the pass goes backward.</param>
    /// <param name="device">The device.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="options">Batch and the rest.</param>
    /// <param name="source">Makes the batches; null is a <see cref="RandomBatch"/> of the options' seed.</param>
    /// <exception cref="ArgumentException">The network has no loss, or no parameter matches the pattern.</exception>
    public NetworkPass(PassKind kind, Network network, IDevice device, Parameters parameters, PassOptions options, BatchSource? source = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        bool backward = kind == PassKind.ForwardBackward;
        Kind = kind;
        _source = source ?? new RandomBatch(network, options.Seed);
        _images = new float[checked((int)network.InputShape(options.Batch).Count)];
        _labels = new int[options.Batch];
        _readsLabels = backward && network.Loss!.Inputs.Contains(Network.LabelsName);
        Executable = network.Compile(device, parameters, new CompileOptions
        {
            Batch = options.Batch,
            Mode = backward ? ExecutionMode.Gradients : ExecutionMode.Inference,
            Dropout = backward && network.HasDropout,
            GradientPattern = backward ? options.GradientPattern : null,
            InputGradient = backward && options.InputGradient,
            Seed = options.Seed,
            Timed = options.Timed,
            Fuse = options.Fuse,
        });
        try
        {
            Executable.IsDeviceTimed = options.DeviceTime;
            SetBatch();
        }
        catch
        {
            Executable.Dispose();
            throw;
        }
    }

    /// <summary>What a step runs.</summary>
    public PassKind Kind { get; }

    /// <summary>The pass's name in reports.</summary>
    public string Title => TitleOf(Kind);

    /// <summary>The compiled network.</summary>
    public Executable Executable { get; }

    /// <summary>The floating-point operations of convolutions and fully connected layers in a step, two a multiply-add.</summary>
    public double Flops => (Kind == PassKind.Forward ? Executable.ForwardWork : Executable.ForwardBackwardWork).Sum(w => w.Flops);

    /// <summary>A pass's name in reports: <c>Forward</c>, <c>Forward-backward</c>.</summary>
    public static string TitleOf(PassKind kind) => kind == PassKind.Forward ? "Forward" : "Forward-backward";

    /// <summary>Sets the next batch; does nothing where there is but one.</summary>
    public void NextBatch()
    {
        if (_source.Changes) SetBatch();
    }

    /// <summary>Runs one step to its end.</summary>
    public void Step()
    {
        if (Kind == PassKind.Forward) Executable.Forward();
        else Executable.ForwardBackward();
    }

    /// <summary>Times the pass.</summary>
    /// <param name="protocol">The protocol.</param>
    /// <param name="layers">Takes the times of layers, if the pass was prepared to time them.</param>
    /// <param name="cancellation">Stops the timing between two steps.</param>
    public TimingResult Time(TimingProtocol protocol, LayerTimes? layers = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        var device = new List<double>();
        TimingResult result = protocol.Run(Title, Step, NextBatch, Read, cancellation);
        return device.Count == 0 ? result : result with { DeviceSeconds = device };

        void Read()
        {
            if (Executable.ReadDeviceSeconds() is { } seconds) device.Add(seconds);
            layers?.Add(Executable.ReadTimings());
        }
    }

    /// <summary>Frees the compiled network.</summary>
    public void Dispose() => Executable.Dispose();

    private void SetBatch()
    {
        _source.Next(_images, _labels);
        Executable.SetInput(_images);
        if (_readsLabels) Executable.SetLabels(_labels);
    }
}
