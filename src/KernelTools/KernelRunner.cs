using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.KernelTools;

/// <summary>Runs launches on a PTX machine. Modules are loaded when first needed.</summary>
/// <param name="options">How the machine behaves.</param>
/// <param name="ptx">The PTX of a module by name, or null: what ships.</param>
public sealed class KernelRunner(MachineOptions options, Func<string, string>? ptx = null) : IDisposable
{
    private readonly Dictionary<string, LoadedModule> _modules = new(StringComparer.Ordinal);

    /// <summary>The machine, for its memory.</summary>
    public PtxMachine Machine { get; } = new(options);

    /// <summary>Runs a launch to its end. What checkers report is in the result.</summary>
    /// <exception cref="ArgumentException">There is no such kernel, or the arguments do not fit its parameters.</exception>
    /// <exception cref="PtxParseException">The module has something the machine does not execute.</exception>
    /// <exception cref="PtxExecutionException">The launch could not go on.</exception>
    public LaunchResult Run(KernelLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(launch);
        if (!_modules.TryGetValue(launch.Module, out var module))
        {
            _modules.Add(launch.Module, module = Machine.Load((ptx ?? KernelSources.ShippedPtx)(launch.Module)));
        }

        var kernel = module[launch.Kernel];
        return Machine.Launch(
            kernel,
            new LaunchConfiguration(Extent(launch.Grid), Extent(launch.Block), launch.SharedBytes),
            options,
            Pack(kernel.Declaration, launch.Arguments).AsSpan());
    }

    /// <inheritdoc />
    public void Dispose() => Machine.Dispose();

    private static Extent3 Extent(Extent extent) => new(extent.X, extent.Y, extent.Z);

    private static byte[] Pack(KernelDeclaration kernel, IReadOnlyList<Cuda.Kernels.KernelArgument> arguments)
    {
        if (!kernel.Parameters.Select(one => (one.Bytes, one.Alignment)).SequenceEqual(arguments.Select(one => (one.Bytes.Length, one.Alignment))))
        {
            throw new ArgumentException(
                $"{kernel.Name} takes {List(kernel.Parameters.Select(one => one.Bytes))} bytes, not {List(arguments.Select(one => one.Bytes.Length))}",
                nameof(arguments));
        }

        var buffer = new byte[kernel.ParameterBytes];
        foreach (var (parameter, argument) in kernel.Parameters.Zip(arguments))
        {
            argument.Bytes.Span.CopyTo(buffer.AsSpan(parameter.Offset));
        }

        return buffer;

        static string List(IEnumerable<int> sizes) => string.Join(" + ", sizes);
    }
}
