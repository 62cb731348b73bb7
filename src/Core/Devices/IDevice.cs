using AlexNetCuda.Training;

namespace AlexNetCuda.Devices;

/// <summary>What a device says of itself.</summary>
/// <param name="Name">The short name by which it is chosen, as <c>cpu</c>.</param>
/// <param name="Description">What it is, in a line: model, instruction set, threads.</param>
/// <param name="Element">The type in which it computes.</param>
/// <param name="Threads">The number of threads it computes with; 0 where that has no meaning.</param>
/// <param name="Alignment">The alignment in bytes of every tensor in its memory; a power of two.</param>
public sealed record DeviceInfo(string Name, string Description, ElementType Element, int Threads, int Alignment);

/// <summary>
/// A device that runs networks: the contract between the graph, which knows no device, and the devices, which do not know each other.
/// A device is not thread-safe: one thread at a time compiles for it and runs on it.
/// </summary>
public interface IDevice : IDisposable
{
    /// <summary>What the device is.</summary>
    DeviceInfo Info { get; }

    /// <summary>The operator that runs a region, or null where the device does not run these layers as one; the graph then asks for fewer.</summary>
    /// <exception cref="NotSupportedException">The region is one layer, of a kind the device knows, in a form it cannot run; the message says what.</exception>
    IOperator? TryCreate(Region region);

    /// <summary>The operator that copies a tensor from one format to another (forward), and its gradient back (backward).</summary>
    /// <exception cref="NotSupportedException">The device cannot convert between these.</exception>
    IOperator CreateConversion(TensorFormat source, TensorFormat destination);

    /// <summary>
    /// The operator that changes a parameter by its gradient. It is bound with the parameter's copy, of the format's <see cref="TensorFormat.Master"/>, its
    /// gradient, of the format, and, where momentum is not 0, a <see cref="Bindings.Saved"/> buffer of the master's format, zero at first.
    /// </summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="format">The format of the gradient.</param>
    /// <param name="rule">The rule.</param>
    IOperator CreateUpdate(ParameterInfo parameter, TensorFormat format, UpdateRule rule);

    /// <summary>
    /// The operator that computes the Euclidean norm of a gradient: its one input is the gradient, its output one number. Of a device that scales its loss the
    /// norm is scaled too, and the scale is taken out where it is read.
    /// </summary>
    /// <param name="format">The format of the gradient.</param>
    IOperator CreateNorm(TensorFormat format);

    /// <summary>Allocates memory, filled with zeros.</summary>
    /// <param name="bytes">The size, at least 0.</param>
    /// <exception cref="DeviceOutOfMemoryException">The device has not that much left; the message says how much was asked for.</exception>
    IDeviceMemory Allocate(long bytes);

    /// <summary>Makes a list of steps into one program.</summary>
    /// <param name="steps">The steps, in order; their operators are bound.</param>
    /// <param name="timed">Whether the program measures each step.</param>
    IProgram Link(IReadOnlyList<Step> steps, bool timed);
}

/// <summary>A list of steps, ready to run as one, any number of times.</summary>
public interface IProgram : IDisposable
{
    /// <summary>Starts all steps. May return before they have ended. Allocates nothing.</summary>
    void Run(in StepState state);

    /// <summary>Waits until the last run has ended.</summary>
    void Wait();

    /// <summary>The seconds that each step took in the last run.</summary>
    /// <param name="seconds">Takes one number a step.</param>
    /// <exception cref="InvalidOperationException">The program was not linked to be timed.</exception>
    void ReadStepSeconds(Span<double> seconds);
}
