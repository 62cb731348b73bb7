using AlexNetCuda.Devices;

namespace AlexNetCuda.Testing;

/// <summary>What a network computed on a device, as doubles in row-major order whatever the device's type.</summary>
/// <param name="Output">The target's output (class indices as numbers, where the target is an argmax).</param>
/// <param name="OutputShape">Its shape.</param>
/// <param name="Loss">The loss; NaN where none was asked for.</param>
/// <param name="InputGradient">The gradient of the images; null where it was not asked for.</param>
/// <param name="Gradients">The gradients of the parameters by name; empty for inference.</param>
public sealed record NetworkResult(
    double[] Output, Shape OutputShape, double Loss, double[]? InputGradient, IReadOnlyDictionary<string, double[]> Gradients);

/// <summary>Runs a network once on a device and reads everything it computed.</summary>
public static class NetworkRunner
{
    /// <summary>Compiles, runs (forward, and backward unless <paramref name="options"/> say inference) and reads.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">The device.</param>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="options">Batch, mode and so on. The network's own target is read where they name none, in every mode.</param>
    /// <param name="input">A batch of images, NCHW.</param>
    /// <param name="labels">The labels, for a loss that needs them.</param>
    /// <param name="step">The number of the step: part of the counter of dropout.</param>
    public static NetworkResult Run(
        Network network, IDevice device, Parameters parameters, CompileOptions options, double[] input, int[]? labels = null, uint step = 0)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        using Executable executable = network.Compile(device, parameters, options with { Target = options.Target ?? network.Target });
        executable.SetInput(input);
        if (labels is not null) executable.SetLabels(labels);
        executable.StepNumber = step;
        if (options.Mode == ExecutionMode.Inference) executable.Forward();
        else executable.ForwardBackward();
        return Read(executable);
    }

    /// <summary>Reads everything that the last run of an executable computed.</summary>
    public static NetworkResult Read(Executable executable)
    {
        ArgumentNullException.ThrowIfNull(executable);
        bool gradients = executable.Options.Mode != ExecutionMode.Inference;
        return new NetworkResult(
            Read(executable.GetValue(executable.Target)),
            executable.OutputShape,
            gradients || executable.Options.WithLoss ? executable.ReadLoss() : double.NaN,
            gradients && executable.Options.InputGradient ? Read(executable.GetInputGradient()) : null,
            executable.GradientNames.ToDictionary(name => name, name => Read(executable.GetGradient(name))));
    }

    /// <summary>Reads a buffer of any element type as doubles.</summary>
    public static double[] Read(IBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        var values = new double[buffer.Format.Logical.Count];
        if (buffer.Format.Element == ElementType.Int32)
        {
            var integers = new int[values.Length];
            buffer.Read(integers);
            for (int i = 0; i < values.Length; i++) values[i] = integers[i];
        }
        else
        {
            buffer.Read(values);
        }

        return values;
    }
}
