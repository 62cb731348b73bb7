using AlexNetCuda.Devices;

namespace AlexNetCuda.Training;

/// <summary>
/// Trains a network batch by batch: forward, backward, the update by the schedule's learning rate. It reads no files and shows nothing. With the same seed, batches, device
/// and number of threads every run has the same bits, also one that is resumed from <see cref="Position"/>, the parameters and <see cref="Momentum"/>.
/// </summary>
public sealed class Trainer : IDisposable
{
    private const int Best = 5;
    private readonly IDevice _device;
    private readonly TrainerOptions _options;
    private readonly Executable _executable;
    private readonly float[] _scores;
    private readonly int[] _labels;
    private float _rate;
    private int _accumulated;

    /// <summary>Compiles a network for training.</summary>
    /// <param name="network">The network; its loss is the cross-entropy of the softmax of its scores.</param>
    /// <param name="device">The device.</param>
    /// <param name="parameters">The parameters that are trained.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">The network has no cross-entropy loss, or an option is out of its range.</exception>
    public Trainer(Network network, IDevice device, Parameters parameters, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(options);
        if (network.Loss?.Layer is not Layers.SoftmaxCrossEntropyLayer)
            throw new ArgumentException($"Network '{network.Name}' is trained with labels: it must be built with the loss SoftmaxCrossEntropy.");
        if (options.Accumulate < 1) throw new ArgumentException($"At least one batch is taken for an update, not {options.Accumulate}.");
        options.Schedule.Validate();
        (_device, _options) = (device, options);
        _executable = network.Compile(device, parameters, new CompileOptions
        {
            Batch = options.Batch,
            Mode = ExecutionMode.Training,
            Sgd = options.Sgd,
            Accumulate = options.Accumulate > 1,
            ClipNorm = options.ClipNorm,
            GradientPattern = options.Trained,
            Seed = options.Seed,
            Fuse = options.Fuse,
        });
        _scores = new float[_executable.OutputShape.Count];
        _labels = new int[options.Batch];
    }

    /// <summary>The updates done.</summary>
    public long Updates { get; private set; }

    /// <summary>Whether the last batch completed an update, or nothing has been trained yet: then the run can be saved.</summary>
    public bool IsBetweenUpdates => _accumulated == 0;

    /// <summary>The norm of all gradients at the last update, where they are clipped; else NaN.</summary>
    public double GradientNorm => _executable.GradientNorm;

    /// <summary>The bytes of device memory that training takes.</summary>
    public long DeviceBytes => _executable.ArenaBytes + _executable.ParameterBytes;

    /// <summary>The momentum of each parameter that learns, by its name; empty where there is none.</summary>
    public IEnumerable<KeyValuePair<string, IBuffer>> Momentum => _executable.MomentumNames.Select(n => KeyValuePair.Create(n, _executable.GetMomentum(n)));

    /// <summary>Where the run is. Set it, with the parameters and the momentum, to resume one.</summary>
    /// <exception cref="InvalidOperationException">It is read or set in the middle of an update; or the device's loss is scaled and the position has no scale, or the reverse.</exception>
    public TrainingPosition Position
    {
        get
        {
            ThrowIfInUpdate();
            _executable.Wait();
            return new TrainingPosition(Updates, _executable.StepNumber, (_device as ILossScaling)?.LossScale);
        }
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            ThrowIfInUpdate();
            _executable.Wait();
            if (_device is ILossScaling scaling) scaling.LossScale = value.LossScale;
            else if (value.LossScale is not null) throw new InvalidOperationException($"Device '{_device.Info.Name}' does not scale the loss: the run that is resumed was on another.");
            (Updates, _executable.StepNumber) = (value.Updates, value.StepNumber);
        }
    }

    /// <summary>Trains with a batch, and waits for it.</summary>
    /// <param name="images">A whole batch, NCHW.</param>
    /// <param name="labels">The class of each image.</param>
    /// <exception cref="ArgumentException">A length is not that of a batch, or a label is not a class.</exception>
    public BatchResult Train(ReadOnlySpan<float> images, ReadOnlySpan<int> labels)
    {
        Begin(images, labels);
        return End();
    }

    /// <summary>Starts to train with a batch. On a device that works by itself the caller can make the next batch ready meanwhile; the images and labels may change on return.</summary>
    /// <inheritdoc cref="Train"/>
    public void Begin(ReadOnlySpan<float> images, ReadOnlySpan<int> labels)
    {
        _executable.SetInput(images);
        _executable.SetLabels(labels);
        labels.CopyTo(_labels);
        _rate = _options.Schedule.At(Updates);
        if (_options.Accumulate == 1)
        {
            _executable.BeginTrainingStep(_rate);
            Updates++;
            return;
        }

        _executable.Accumulate();
        _accumulated++;
    }

    /// <summary>Waits for the batch that was begun.</summary>
    public BatchResult End()
    {
        double loss = _executable.ReadLoss();
        _executable.ReadOutput(_scores);
        int classes = _scores.Length / _labels.Length, top1 = 0, top5 = 0;
        for (int i = 0; i < _labels.Length; i++)
        {
            int rank = Classification.RankOf<float>(_scores.AsSpan(i * classes, classes), _labels[i]);
            if (rank < 1) top1++;
            if (rank < Best) top5++;
        }

        if (_accumulated == _options.Accumulate)
        {
            _executable.Update(_rate);
            _accumulated = 0;
            Updates++;
        }

        return new BatchResult(loss, top1, top5, _rate);
    }

    /// <summary>Frees what was compiled. The parameters keep what was learnt.</summary>
    public void Dispose() => _executable.Dispose();

    private void ThrowIfInUpdate()
    {
        if (!IsBetweenUpdates) throw new InvalidOperationException($"{_accumulated} of {_options.Accumulate} batches of an update are done: their gradients are not part of the position.");
    }
}
