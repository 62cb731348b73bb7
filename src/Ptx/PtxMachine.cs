using AlexNetCuda.Ptx.Checking;
using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx;

/// <summary>What a launch did.</summary>
public sealed class LaunchResult
{
    internal LaunchResult(IReadOnlyList<Report> reports, Meters? meters, long instructions, IReadOnlyList<AccessedRange>? accesses)
    {
        Reports = reports;
        Meters = meters;
        Accesses = accesses;
        ThreadInstructions = instructions;
    }

    /// <summary>What the checkers found; empty when all is well.</summary>
    public IReadOnlyList<Report> Reports { get; }

    /// <summary>The meters, when <see cref="MachineOptions.Metered"/>; else null.</summary>
    public Meters? Meters { get; }

    /// <summary>The global memory read, by address, then that written, when <see cref="MachineOptions.RecordsAccesses"/>; else null.</summary>
    public IReadOnlyList<AccessedRange>? Accesses { get; }

    /// <summary>Instructions executed, counted for every active thread.</summary>
    public long ThreadInstructions { get; }

    /// <summary>Throws when a checker found anything.</summary>
    /// <exception cref="PtxExecutionException">There is a report; the others are in <see
    /// cref="PtxExecutionException.Earlier"/>.</exception>
    public LaunchResult ThrowIfReported() => Reports.Count == 0 ? this : throw new PtxExecutionException(Reports[0], Reports);
}

/// <summary>Bytes of global memory that a launch accessed. No .const variables: nothing changes them.</summary>
/// <param name="Address">The first byte.</param>
/// <param name="Bytes">How many.</param>
/// <param name="Writes">Whether they were written, by stores or atomics; else they were read.</param>
public readonly record struct AccessedRange(ulong Address, long Bytes, bool Writes);

/// <summary>
/// A GPU made of software: it executes PTX exactly as written, warp by warp, 32 lanes at a time, over its own memory. One launch at
/// a time; a launch uses several threads of the host where that cannot change its outcome.
/// </summary>
public sealed unsafe class PtxMachine : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>A machine with empty memory.</summary>
    /// <param name="options">How it behaves; null for the defaults: no checkers, natural order.</param>
    public PtxMachine(MachineOptions? options = null)
    {
        Options = options ?? new MachineOptions();
        Memory = new DeviceMemory(Options.FirstAddress, trackWrites: (Options.Checks & Checks.UninitializedRead) != Checks.None);
    }

    /// <summary>The options of launches that bring none of their own.</summary>
    public MachineOptions Options { get; }

    /// <summary>Global memory.</summary>
    public DeviceMemory Memory { get; }

    /// <summary>Decodes a module and allocates its .global and .const variables.</summary>
    /// <param name="module">The module.</param>
    /// <exception cref="PtxParseException">An instruction is not supported; it names the instruction and its line.</exception>
    public LoadedModule Load(PtxModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new LoadedModule(this, module);
    }

    /// <summary>Parses and loads a module.</summary>
    /// <param name="text">The text of the PTX.</param>
    /// <exception cref="PtxParseException">The text is malformed or uses something that is not supported.</exception>
    public LoadedModule Load(string text) => Load(PtxModule.Parse(text));

    /// <summary>Runs a kernel to its end, with typed arguments.</summary>
    /// <param name="kernel">A kernel of a module loaded here.</param>
    /// <param name="configuration">The shape.</param>
    /// <param name="arguments">One value for each parameter.</param>
    /// <exception cref="ArgumentException">The arguments do not fit the parameters.</exception>
    /// <exception cref="PtxExecutionException">A fault that no checker took, a trap, a deadlock, or the budget ended the
    /// launch.</exception>
    public LaunchResult Launch(LoadedKernel kernel, LaunchConfiguration configuration, params ReadOnlySpan<KernelArgument> arguments) =>
        Launch(kernel, configuration, Options, arguments);

    /// <summary>Runs a kernel to its end, with typed arguments and options of its own.</summary>
    /// <param name="kernel">A kernel of a module loaded here.</param>
    /// <param name="configuration">The shape.</param>
    /// <param name="options">How this launch behaves.</param>
    /// <param name="arguments">One value for each parameter.</param>
    /// <exception cref="ArgumentException">The arguments do not fit the parameters.</exception>
    /// <exception cref="PtxExecutionException">A fault that no checker took, a trap, a deadlock, or the budget ended the
    /// launch.</exception>
    public LaunchResult Launch(LoadedKernel kernel, LaunchConfiguration configuration, MachineOptions options,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return Launch(kernel, configuration, options, KernelArgument.Pack(kernel.Declaration, arguments).AsSpan());
    }

    /// <summary>Runs a kernel to its end, with its parameter buffer as the driver would pack it.</summary>
    /// <param name="kernel">A kernel of a module loaded here.</param>
    /// <param name="configuration">The shape.</param>
    /// <param name="options">How this launch behaves.</param>
    /// <param name="parameters">The parameter buffer: each parameter at its <see cref="KernelParameter.Offset"/>.</param>
    /// <exception cref="ArgumentException">The buffer has not the size of the parameters, or the shape is empty.</exception>
    /// <exception cref="PtxExecutionException">A fault that no checker took, a trap, a deadlock, or the budget ended the
    /// launch.</exception>
    public LaunchResult Launch(LoadedKernel kernel, LaunchConfiguration configuration, MachineOptions options,
        ReadOnlySpan<byte> parameters)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(options);
        if (parameters.Length != kernel.Declaration.ParameterBytes)
            throw new ArgumentException($"Kernel {kernel.Name} has {kernel.Declaration.ParameterBytes} bytes of parameters, not {parameters.Length}.", nameof(parameters));
        Execution.Program program = kernel.Decode(options);
        IReadOnlyList<Report> refused = LaunchLimits.Check(kernel.Declaration, program, configuration, options);
        if (refused.Count > 0) return new LaunchResult(refused, null, 0, null);
        LaunchLimits.RequireRunnable(configuration);
        lock (_lock)
        {
            // Padded, so that a wide read of the last parameter stays inside.
            byte[] buffer = new byte[parameters.Length + 16];
            parameters.CopyTo(buffer);
            fixed (byte* pointer = buffer)
            {
                var launch = new Launch(program, configuration, pointer, Memory, options);
                try
                {
                    launch.Run();
                }
                finally
                {
                    Memory.Shadow.Clear();
                }

                return new LaunchResult(launch.Reports.ToList(), launch.Meters?.Meters, launch.Executed, launch.Accesses?.Ranges());
            }
        }
    }

    /// <summary>Frees all memory.</summary>
    public void Dispose() => Memory.Dispose();
}
