using System.Globalization;
using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Diagnostics;

/// <summary>The errors of one tensor (or of the loss) beside what is allowed.</summary>
/// <param name="Name"><c>loss</c>, <c>output</c>, <c>input</c> for the gradient of the images, or a parameter's name for its gradient.</param>
/// <param name="Errors">The errors; for the loss all three are its relative error.</param>
/// <param name="Allowed">What is allowed of each.</param>
public sealed record VerificationRow(string Name, TensorErrors Errors, TensorErrors Allowed)
{
    /// <summary>Whether no error is larger than allowed; an error that is not a number fails.</summary>
    public bool Passed => Errors.Samples <= Allowed.Samples && Errors.L2 <= Allowed.L2 && Errors.Sum <= Allowed.Sum;
}

/// <summary>The result of a verification.</summary>
/// <param name="File">The reference.</param>
/// <param name="Level">The level of rounding that was allowed for.</param>
/// <param name="Rows">The tensors.</param>
public sealed record VerificationReport(ReferenceFile File, double Level, IReadOnlyList<VerificationRow> Rows)
{
    /// <summary>Whether every row passed.</summary>
    public bool Passed => Rows.All(r => r.Passed);
}

/// <summary>
/// Checks a network on a device against a reference file. Weights, biases and images are made by <see cref="ReferenceInitializer"/>, labels are i mod classes, dropout is off.
/// Errors of a tensor a against the reference r: samples ||a_s - r_s|| / max(||r_s||, 8 rms(r)); l2 | ||a|| - ||r|| | / ||r||; sum |sum(a) - sum(r)| / (||r|| sqrt(size)).
/// Each may be at most max(2 level, min(4 sensitivity, 0.7)), the loss likewise; where the file has no sensitivity for the level, 2 level.
/// </summary>
public static class Verifier
{
    /// <summary>The level for a device: 1e-9 in double precision, 1e-5 in single.</summary>
    public static double DefaultLevel(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Info.Element == ElementType.Float64 ? 1e-9 : 1e-5;
    }

    /// <summary>Runs the network of a reference file, forward and backward, and compares.</summary>
    /// <param name="file">The reference.</param>
    /// <param name="device">The device.</param>
    /// <param name="level">The level of rounding to allow for, above 0; null is <see cref="DefaultLevel"/>.</param>
    /// <param name="fuse">Whether the device may run several layers as one operator.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellation">Stops between the parts of the work.</param>
    /// <exception cref="InvalidDataException">The file's input size, loss, parameters or shapes are not those of the network.</exception>
    public static VerificationReport Run(
        ReferenceFile file,
        IDevice device,
        double? level = null,
        bool fuse = true,
        IProgress<string>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(device);
        double used = level ?? DefaultLevel(device);
        if (!(used > 0)) throw new ArgumentOutOfRangeException(nameof(level), level, "A level is above 0.");
        Network network = CreateNetwork(file);
        Check(file, network);
        progress?.Report("making parameters");
        Parameters parameters = network.CreateParameters(initializer: new ReferenceInitializer(file.Salt), cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        progress?.Report("compiling");
        using Executable executable = network.Compile(device, parameters, new CompileOptions
        {
            Batch = file.Batch,
            Mode = ExecutionMode.Gradients,
            Dropout = false,
            InputGradient = true,
            Fuse = fuse,
        });
        SetInputs(executable, file);
        cancellation.ThrowIfCancellationRequested();
        progress?.Report("running forward and backward");
        executable.ForwardBackward();
        cancellation.ThrowIfCancellationRequested();
        progress?.Report("comparing");
        double[] values = GC.AllocateUninitializedArray<double>(file.Gradients.Values.Append(file.Output).Append(file.InputGradient).Max(t => (int)t.Count));
        var rows = new List<VerificationRow> { LossRow(file, executable.ReadLoss(), used), Row("output", file.Output, executable.GetValue(executable.Target), used, values) };
        foreach ((string name, ReferenceTensor reference) in file.Gradients)
        {
            rows.Add(Row(name, reference, executable.GetGradient(name), used, values));
            cancellation.ThrowIfCancellationRequested();
        }

        rows.Add(Row(Network.InputName, file.InputGradient, executable.GetInputGradient(), used, values));
        return new VerificationReport(file, used, rows);
    }

    private static Network CreateNetwork(ReferenceFile file)
    {
        try
        {
            return NetworkZoo.Create(file.Case, new NetworkOptions { InputSize = file.InputSize, Loss = file.Kind });
        }
        catch (Exception e) when (e is ArgumentException or ShapeException)
        {
            throw new InvalidDataException($"The reference of '{file.Case}' is of a network that cannot be: {e.Message}", e);
        }
    }

    private static void Check(ReferenceFile file, Network network)
    {
        if (file.Parameters != network.ParameterCount)
            throw new InvalidDataException($"The reference of '{file.Case}' has {file.Parameters} parameters, the network {network.ParameterCount}.");
        foreach (ParameterInfo parameter in network.Parameters)
        {
            if (!file.Gradients.TryGetValue(parameter.Name, out ReferenceTensor? tensor) || !tensor.Shape.SequenceEqual(parameter.Shape.ToArray()))
                throw new InvalidDataException($"The reference of '{file.Case}' has no gradient '{parameter.Name}' of shape {parameter.Shape}.");
        }

        if (file.Gradients.Keys.Except(network.Parameters.Select(p => p.Name)).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"The reference of '{file.Case}' has a gradient '{unknown}', which is no parameter of the network.");
        CheckShape("output", file.Output, network.InferShapes(file.Batch)[network.LossSource!]);
        CheckShape(Network.InputName, file.InputGradient, network.InputShape(file.Batch));
    }

    private static void CheckShape(string name, ReferenceTensor reference, Shape shape)
    {
        if (!reference.Shape.SequenceEqual(shape.ToArray()))
            throw new InvalidDataException($"The reference of '{name}' has the shape [{string.Join(", ", reference.Shape)}], not {shape}.");
    }

    private static void SetInputs(Executable executable, ReferenceFile file)
    {
        var images = new float[executable.Network.InputShape(file.Batch).Count];
        ReferenceInitializer.Fill(images, 0, file.Salt + Network.InputName, 1);
        executable.SetInput(images);
        if (file.Kind != LossKind.SoftmaxCrossEntropy) return;
        int classes = executable.OutputShape.C;
        int[] labels = [.. Enumerable.Range(0, file.Batch).Select(i => i % classes)];
        executable.SetLabels(labels);
    }

    private static VerificationRow LossRow(ReferenceFile file, double loss, double level)
    {
        double error = Math.Abs(loss - file.Loss) / Math.Abs(file.Loss), sensitivity = 0;
        file.LossSensitivity?.TryGetValue(Key(level), out sensitivity);
        double allowed = Allowed(level, sensitivity);
        return new VerificationRow("loss", new TensorErrors(error, error, error), new TensorErrors(allowed, allowed, allowed));
    }

    private static VerificationRow Row(string name, ReferenceTensor reference, IBuffer tensor, double level, Span<double> values)
    {
        values = values[..(int)reference.Count];
        tensor.Read(values);
        TensorErrors? sensitivity = null;
        reference.Sensitivity?.TryGetValue(Key(level), out sensitivity);
        var allowed = new TensorErrors(
            Allowed(level, sensitivity?.Samples ?? 0), Allowed(level, sensitivity?.L2 ?? 0), Allowed(level, sensitivity?.Sum ?? 0));
        return new VerificationRow(name, Compare(reference, values), allowed);
    }

    private static TensorErrors Compare(ReferenceTensor reference, ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0, difference = 0, norm = 0;
        foreach (double value in values)
        {
            sum += value;
            squares += value * value;
        }

        for (int k = 0; k < reference.Samples.Count; k++)
        {
            double expected = reference.Samples[k], actual = values[(int)((long)k * values.Length / reference.Samples.Count)];
            difference += (actual - expected) * (actual - expected);
            norm += expected * expected;
        }

        double l2 = reference.L2 == 0 ? 1e-300 : reference.L2, size = Math.Sqrt(values.Length);
        return new TensorErrors(
            Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), 8 * l2 / size),
            Math.Abs(Math.Sqrt(squares) - reference.L2) / l2,
            Math.Abs(sum - reference.Sum) / (l2 * size));
    }

    private static double Allowed(double level, double sensitivity) => Math.Max(2 * level, Math.Min(4 * sensitivity, 0.7));

    /// <summary>The level as the files write it: Python's shortest form, <c>1e-05</c>, <c>0.0005</c>.</summary>
    private static string Key(double level) => level.ToString(CultureInfo.InvariantCulture).Replace('E', 'e');
}
