using AlexNetCuda.Devices;

namespace AlexNetCuda;

/// <summary>What <see cref="ExecutableBuilder"/> hands over.</summary>
internal sealed class ExecutableParts
{
    public required Network Network { get; init; }

    public required IDevice Device { get; init; }

    public required CompileOptions Options { get; init; }

    public required string Target { get; init; }

    public required IDeviceMemory Arena { get; init; }

    public required ParameterCopy[] Copies { get; init; }

    public required Dictionary<(IOperator, Phase), StepWork> Work { get; init; }

    public required IProgram Forward { get; init; }

    public required IReadOnlyList<Step> ForwardSteps { get; init; }

    public required IReadOnlyDictionary<string, IBuffer> Values { get; init; }

    public required IReadOnlyDictionary<string, IBuffer> Gradients { get; init; }

    public IProgram? ForwardBackward { get; set; }

    public Step[]? BackwardSteps { get; set; }

    public TrainingPrograms? Training { get; set; }

    public IBuffer? InputGradient { get; set; }

    public IDisposable? Owner { get; set; }
}

/// <summary>
/// A network compiled for a device, a batch and a purpose. All memory is planned and taken at compilation; running allocates nothing.
/// Results stay readable until the next run; after <see cref="Dispose"/> nothing is. An executable is used by one thread at a time, as is its device.
/// </summary>
public sealed class Executable : IDisposable
{
    private readonly ExecutableParts _parts;
    private readonly int _classes;
    private IProgram? _last, _running;
    private IReadOnlyList<Step>? _lastSteps;
    private bool _gradientsFresh, _labelsSet, _disposed, _failed;
    private int _accumulated; // batches in the sums of gradients

    internal Executable(ExecutableParts parts)
    {
        _parts = parts;
        if (parts.Network.LossSource is { } source) _classes = parts.Network.InferShapes(1)[source].C;
    }

    /// <summary>The network.</summary>
    public Network Network => _parts.Network;

    /// <summary>The options it was compiled with.</summary>
    public CompileOptions Options => _parts.Options;

    /// <summary>The layer whose output <see cref="ReadOutput(Span{float})"/> reads.</summary>
    public string Target => _parts.Target;

    /// <summary>The shape of the target's output.</summary>
    public Shape OutputShape => _parts.Values[Target].Format.Logical;

    /// <summary>The bytes of device memory for activations, gradients and scratch, without parameters.</summary>
    public long ArenaBytes => _parts.Arena.Bytes;

    /// <summary>The bytes of the copies of parameters on the device, which other executables on it may share.</summary>
    public long ParameterBytes => _parts.Copies.Sum(c => c.Format.Bytes);

    /// <summary>The number of the next step with dropout or an update; each such step adds 1. Set it to repeat or resume a run.</summary>
    public uint StepNumber { get; set; }

    /// <summary>
    /// Whether runs are timed on the device's own clock, from the next run on: see <see cref="ReadDeviceSeconds"/>. False at first. Devices that compute
    /// in the host's threads have no such clock.
    /// </summary>
    public bool IsDeviceTimed
    {
        get => Programs.Any(p => p.IsClocked);
        set
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (IEnqueuingProgram program in Programs) program.IsClocked = value;
        }
    }

    /// <summary>The operations of a forward pass, in order.</summary>
    public IEnumerable<StepWork> ForwardWork => _parts.ForwardSteps.Select(WorkOf);

    /// <summary>The operations of a forward and backward pass, in order.</summary>
    /// <exception cref="InvalidOperationException">The executable was compiled for inference.</exception>
    public IEnumerable<StepWork> ForwardBackwardWork => (_parts.BackwardSteps ?? throw NotCompiledFor("gradients")).Select(WorkOf);

    /// <summary>Sets the images.</summary>
    /// <param name="images">A whole batch, NCHW.</param>
    /// <exception cref="ArgumentException">The length is not that of a batch.</exception>
    public void SetInput(ReadOnlySpan<float> images)
    {
        CheckInput(images.Length);
        _parts.Values[Network.InputName].Write(images);
    }

    /// <inheritdoc cref="SetInput(ReadOnlySpan{float})"/>
    public void SetInput(ReadOnlySpan<double> images)
    {
        CheckInput(images.Length);
        _parts.Values[Network.InputName].Write(images);
    }

    /// <summary>Sets the labels that the loss needs.</summary>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <exception cref="ArgumentException">The length is not the batch, or a label is not a class.</exception>
    /// <exception cref="InvalidOperationException">The executable reads no labels.</exception>
    public void SetLabels(ReadOnlySpan<int> labels)
    {
        if (!Live.Values.TryGetValue(Network.LabelsName, out IBuffer? buffer))
            throw new InvalidOperationException($"This executable of network '{Network.Name}' reads no labels.");
        if (labels.Length != Options.Batch) throw new ArgumentException($"A batch has {Options.Batch} labels, not {labels.Length}.", nameof(labels));
        foreach (int label in labels)
            if (label < 0 || label >= _classes) throw new ArgumentException($"A label is 0 to {_classes - 1}, not {label}.", nameof(labels));
        buffer.Write(labels);
        _labelsSet = true;
    }

    /// <summary>Runs the network forward, and waits for it.</summary>
    /// <exception cref="InvalidOperationException">The loss needs labels and none are set.</exception>
    public void Forward()
    {
        BeginForward();
        Wait();
    }

    /// <summary>Runs the network forward and backward, and waits for it. Gradients can be read afterwards; no parameter changes.</summary>
    /// <exception cref="InvalidOperationException">The executable was compiled for inference, or labels are missing.</exception>
    public void ForwardBackward()
    {
        BeginForwardBackward();
        Wait();
    }

    /// <summary>Runs the network forward and backward and updates the parameters, and waits for it.</summary>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="InvalidOperationException">The executable was not compiled for training, or labels are missing.</exception>
    public void TrainingStep(float learningRate)
    {
        BeginTrainingStep(learningRate);
        Wait();
    }

    /// <summary>
    /// Starts what <see cref="Forward"/> does, and need not wait for it: on a device that works by itself the next images can be set meanwhile, which the run
    /// does not see. Reading a result waits for it; <see cref="Wait"/> does too, and reports what failed.
    /// </summary>
    /// <exception cref="InvalidOperationException">The loss needs labels and none are set.</exception>
    public void BeginForward() => Begin(_parts.Forward, _parts.ForwardSteps, gradients: false);

    /// <summary>Starts what <see cref="ForwardBackward"/> does; see <see cref="BeginForward"/>.</summary>
    /// <exception cref="InvalidOperationException">The executable was compiled for inference, or labels are missing.</exception>
    public void BeginForwardBackward()
    {
        Begin(_parts.ForwardBackward ?? throw NotCompiledFor("gradients"), _parts.BackwardSteps!, gradients: true);
        StepNumber++;
    }

    /// <summary>
    /// Starts what <see cref="TrainingStep"/> does; see <see cref="BeginForward"/>. With <see cref="CompileOptions.Accumulate"/> or <see cref="CompileOptions.ClipNorm"/>
    /// it waits for the gradients, and starts the update.
    /// </summary>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="InvalidOperationException">The executable was not compiled for training, or labels are missing.</exception>
    public void BeginTrainingStep(float learningRate)
    {
        TrainingPrograms training = _parts.Training ?? throw NotCompiledFor("training");
        if (training.Step is { } whole)
        {
            Begin(whole, training.StepSteps!, gradients: true, learningRate);
            Changed(training);
            StepNumber++;
            return;
        }

        if (Options.Accumulate) Accumulate();
        else ForwardBackward();
        BeginUpdate(learningRate);
    }

    /// <summary>
    /// Runs the network forward and backward, adds the gradients to those of the batches since the last update, and waits for it. Where a device that scales its loss
    /// (float16) finds gradients that are not finite, these count as zero.
    /// </summary>
    /// <exception cref="InvalidOperationException">The executable was not compiled with <see cref="CompileOptions.Accumulate"/>, or labels are missing.</exception>
    public void Accumulate()
    {
        if (_parts.Training?.Accumulate is not { } program) throw NotCompiledFor("gradients that are accumulated");
        if (_accumulated == 0)
        {
            Begin(_parts.Training.Clear!, [], gradients: false, learningRate: 1, gradientScale: 0);
            Wait();
        }

        Begin(program, _parts.Training.AccumulateSteps!, gradients: true, learningRate: -1);
        StepNumber++;
        Wait();
        _accumulated++;
    }

    /// <summary>
    /// Updates the parameters by the mean of the gradients of all <see cref="Accumulate"/> since the last update, or, without
    /// <see cref="CompileOptions.Accumulate"/>, by those of the last <see cref="ForwardBackward"/>; clips them as <see cref="CompileOptions.ClipNorm"/> says. Waits for it.
    /// </summary>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="InvalidOperationException">
    /// The executable was compiled with neither <see cref="CompileOptions.Accumulate"/> nor <see cref="CompileOptions.ClipNorm"/>, or there are no gradients yet.
    /// </exception>
    public void Update(float learningRate)
    {
        BeginUpdate(learningRate);
        Wait();
    }

    /// <summary>The Euclidean norm of all gradients together, before they were clipped, at the last update; NaN before it, and without <see cref="CompileOptions.ClipNorm"/>.</summary>
    public double GradientNorm { get; private set; } = double.NaN;

    /// <summary>The last change of a parameter (v of <see cref="Training.SgdOptions"/>): with the parameters and <see cref="StepNumber"/> all that a run of training is resumed from.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <exception cref="ArgumentException">This parameter is not trained, or there is no momentum.</exception>
    public IBuffer GetMomentum(string parameter) => Live.Training?.Momentum.GetValueOrDefault(parameter)
        ?? throw new ArgumentException($"There is no momentum of '{parameter}': it is kept for the parameters that are trained, where it is not 0.");

    /// <summary>The names of the parameters that have a momentum.</summary>
    public IEnumerable<string> MomentumNames => _parts.Training?.Momentum.Keys ?? Enumerable.Empty<string>();

    /// <summary>Waits for the run that was begun last; without one, returns at once.</summary>
    public void Wait()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_running is not { } running) return;
        _running = null;
        running.Wait();
        _failed = false;
    }

    /// <summary>Sets the images, runs forward and reads the output.</summary>
    /// <param name="images">A whole batch, NCHW.</param>
    /// <returns>The target's output, [N, ...] in row-major order.</returns>
    /// <exception cref="InvalidOperationException">The target's output is of integers (argmax); <see cref="ReadOutput(Span{int})"/> reads those.</exception>
    public float[] Predict(ReadOnlySpan<float> images)
    {
        if (GetValue(Target).Format.Element == ElementType.Int32)
        {
            throw new InvalidOperationException(
                $"The output of layer '{Target}' is of integers: run Forward and read them with ReadOutput(Span<int>), or compile with CompileOptions.Target for another layer.");
        }

        SetInput(images);
        Forward();
        var output = new float[OutputShape.Count];
        ReadOutput(output);
        return output;
    }

    /// <summary>Reads the target's output of the last run.</summary>
    /// <param name="destination">Takes it in row-major order.</param>
    /// <exception cref="ArgumentException">The length is not that of <see cref="OutputShape"/>, or the output is of integers.</exception>
    public void ReadOutput(Span<float> destination) => GetValue(Target).Read(destination);

    /// <inheritdoc cref="ReadOutput(Span{float})"/>
    public void ReadOutput(Span<double> destination) => GetValue(Target).Read(destination);

    /// <summary>Reads the target's output, of integers (argmax), of the last run.</summary>
    /// <param name="destination">Takes it in row-major order.</param>
    /// <exception cref="ArgumentException">The length is not that of <see cref="OutputShape"/>, or the output is not of integers.</exception>
    public void ReadOutput(Span<int> destination) => GetValue(Target).Read(destination);

    /// <summary>The loss of the last run.</summary>
    /// <exception cref="InvalidOperationException">The executable computes no loss.</exception>
    public double ReadLoss()
    {
        if (Network.Loss is null || !Live.Values.TryGetValue(Network.Loss.Layer.Name, out IBuffer? buffer))
            throw new InvalidOperationException($"This executable of network '{Network.Name}' computes no loss.");
        Span<double> loss = stackalloc double[1];
        try
        {
            buffer.Read(loss);
        }
        catch
        {
            _failed = true; // as where a run fails: the device may be lost
            throw;
        }

        return loss[0];
    }

    /// <summary>A layer's output after the last run.</summary>
    /// <param name="layer">The target, a name of <see cref="CompileOptions.Keep"/>, or <see cref="Network.InputName"/>.</param>
    /// <exception cref="ArgumentException">The layer's output is not kept.</exception>
    public IBuffer GetValue(string layer) => Live.Values.TryGetValue(layer, out IBuffer? value)
        ? value
        : throw new ArgumentException($"The output of layer '{layer}' is not kept: name it in CompileOptions.Keep. Kept: {string.Join(", ", _parts.Values.Keys)}.");

    /// <summary>The names of the parameters whose gradients are computed.</summary>
    public IEnumerable<string> GradientNames => _parts.Gradients.Keys;

    /// <summary>A parameter's gradient after the last run.</summary>
    /// <exception cref="ArgumentException">This parameter's gradient is not computed.</exception>
    /// <exception cref="InvalidOperationException">The last run computed no gradients.</exception>
    public IBuffer GetGradient(string parameter)
    {
        if (!Live.Gradients.TryGetValue(parameter, out IBuffer? gradient))
            throw new ArgumentException($"The gradient of '{parameter}' is not computed. Computed: {string.Join(", ", GradientNames)}.");
        return _gradientsFresh ? gradient : throw new InvalidOperationException("The last run computed no gradients.");
    }

    /// <summary>The gradient of the images after the last run.</summary>
    /// <exception cref="InvalidOperationException">It was not asked for at compilation, or the last run computed no gradients.</exception>
    public IBuffer GetInputGradient()
    {
        if (Live.InputGradient is null) throw new InvalidOperationException("The gradient of the images is computed only with CompileOptions.InputGradient.");
        return _gradientsFresh ? _parts.InputGradient! : throw new InvalidOperationException("The last run computed no gradients.");
    }

    /// <summary>What each step of the last run took.</summary>
    /// <exception cref="InvalidOperationException">The executable was not compiled with <see cref="CompileOptions.Timed"/>, or has not run.</exception>
    public IReadOnlyList<StepTiming> ReadTimings()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!Options.Timed) throw new InvalidOperationException("Steps are timed only with CompileOptions.Timed.");
        if (_last is null) throw new InvalidOperationException("Nothing has run yet.");
        Wait();
        var seconds = new double[_lastSteps!.Count];
        _last.ReadStepSeconds(seconds);
        if (_last is not IEnqueuingProgram enqueuing) return [.. _lastSteps.Select((step, i) => new StepTiming(WorkOf(step), seconds[i]))];
        var calls = new EnqueuedCalls[seconds.Length];
        enqueuing.ReadStepCalls(calls);
        return [.. _lastSteps.Select((step, i) => new StepTiming(WorkOf(step), seconds[i], calls[i]))];
    }

    /// <summary>
    /// What the last run took on the device's own clock, from its first call to its last; null where the device has none or <see cref="IsDeviceTimed"/> was
    /// not set before the run. Waits for the run.
    /// </summary>
    public double? ReadDeviceSeconds()
    {
        Wait();
        return (_last as IEnqueuingProgram)?.ReadSeconds();
    }

    /// <summary>What the host hands to the device in a run as the last; null where the device works in the host's threads, or nothing has run yet.</summary>
    public EnqueuedCalls? Calls => (_last as IEnqueuingProgram)?.Calls;

    /// <summary>Frees the programs, operators and memory; parameters that were trained on the device are fetched first.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            _parts.Owner?.Dispose();
        }
        catch (AggregateException) when (_failed && _running is null)
        {
            // The last run, or reading its loss, failed and has said why; a device that is lost gives nothing back, and that would hide the cause.
        }
    }

    private IEnumerable<IEnqueuingProgram> Programs =>
        new[] { _parts.Forward, _parts.ForwardBackward }.Concat(_parts.Training?.All ?? []).OfType<IEnqueuingProgram>();

    /// <summary>The parts, unless they are disposed.</summary>
    private ExecutableParts Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _parts;
        }
    }

    private void BeginUpdate(float learningRate)
    {
        if (_parts.Training?.Update is not { } update) throw NotCompiledFor("updates of their own");
        Wait();
        if (Options.Accumulate ? _accumulated == 0 : !_gradientsFresh)
            throw new InvalidOperationException($"There are no gradients: run {(Options.Accumulate ? nameof(Accumulate) : nameof(ForwardBackward))} first.");
        float scale = 1f / Math.Max(1, _accumulated);
        if (Options.ClipNorm is { } largest) scale *= Clipping(largest, scale);
        Begin(update, _parts.Training.UpdateSteps!, gradients: false, learningRate, scale);
        Changed(_parts.Training);
        _accumulated = 0;
    }

    /// <summary>The factor that clips the gradients, which have been multiplied by a scale.</summary>
    private float Clipping(float largest, float scale)
    {
        TrainingPrograms training = _parts.Training!;
        Begin(training.Norms!, [], gradients: false);
        Wait();
        double sum = 0;
        Span<double> one = stackalloc double[1];
        foreach (IBuffer output in training.NormOutputs)
        {
            output.Read(one);
            sum += one[0] * one[0];
        }

        GradientNorm = scale * Math.Sqrt(sum);
        return (float)Math.Min(1, largest / (GradientNorm + 1e-6)); // as PyTorch
    }

    private static void Changed(TrainingPrograms training)
    {
        foreach (ParameterCopy copy in training.Updated) copy.Parameter.Updated(copy);
        foreach ((ParameterCopy master, ParameterCopy other) in training.Derived) other.Version = master.Version;
    }

    private void Begin(IProgram program, IReadOnlyList<Step> steps, bool gradients, float learningRate = 0, float gradientScale = 1)
    {
        Wait();
        if (!_labelsSet && _parts.Values.ContainsKey(Network.LabelsName)) throw new InvalidOperationException("Set the labels first: the loss needs them.");
        _gradientsFresh = false;
        _failed = true; // and stays so where the run fails
        foreach (ParameterCopy copy in _parts.Copies) copy.Refresh();
        program.Run(new StepState(StepNumber, learningRate, gradientScale));
        (_running, _last, _lastSteps, _gradientsFresh) = (program, program, steps, gradients);
    }

    private StepWork WorkOf(Step step) => _parts.Work.TryGetValue((step.Operator, step.Phase), out StepWork? work)
        ? work
        : new StepWork(step.Layer, Phase.Update, step.Operator.Algorithm, 0, 3.0 * step.Operator.Needs.Output.Bytes);

    private void CheckInput(int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Shape shape = Network.InputShape(Options.Batch);
        if (length != shape.Count)
            throw new ArgumentException($"A batch of network '{Network.Name}' is {shape}, {shape.Count} values, not {length}.");
    }

    private InvalidOperationException NotCompiledFor(string purpose) =>
        new($"This executable of network '{Network.Name}' was compiled for {Options.Mode}, not for {purpose}.");
}
