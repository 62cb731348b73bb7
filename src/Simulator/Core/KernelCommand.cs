using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A module in a context.</summary>
internal sealed class SimulatedModule(SimulatedContext context, LoadedModule loaded)
{
    public SimulatedContext Context { get; } = context;

    public LoadedModule Loaded { get; } = loaded;

    /// <summary>The functions that somebody has asked for.</summary>
    public Dictionary<string, SimulatedFunction> Functions { get; } = new(StringComparer.Ordinal);

    public bool IsUnloaded { get; set; }
}

/// <summary>A kernel of a module.</summary>
internal sealed class SimulatedFunction(SimulatedModule module, LoadedKernel kernel, int maximumDynamicBytes)
{
    public SimulatedModule Module { get; } = module;

    public LoadedKernel Kernel { get; } = kernel;

    public nint Handle { get; set; }

    /// <summary>The most dynamic shared memory of a launch: 48 KiB less the static, until somebody opts in to more.</summary>
    public int MaximumDynamicBytes { get; set; } = maximumDynamicBytes;
}

/// <summary>A launch of a kernel, with its arguments as they were at the call.</summary>
internal sealed class KernelCommand(SimulatedFunction function, LaunchConfiguration configuration, byte[] parameters) : Command
{
    public override string Name => function.Kernel.Name;

    public override CUgraphNodeType NodeType => CUgraphNodeType.Kernel;

    public override double Run(SimulatedContext context, Operation operation)
    {
        SimulatorCore core = context.Core;
        if (function.Module.IsUnloaded) throw new DeviceFaultException(CUresult.ErrorInvalidPc, $"the module of {Name} has been unloaded");
        LaunchResult result = context.Device.Machine.Launch(function.Kernel, configuration, context.Device.LaunchOptions, parameters);
        foreach (AccessedRange range in result.Accesses ?? [])
            core.Hazards?.Record(operation, new MemoryUse(range.Address, range.Bytes, !range.Writes, range.Writes, ""));
        CUresult fault = CUresult.Success;
        foreach (Report finding in result.Reports)
        {
            core.AddReport(SimulatorReportKind.Checker, finding.ToString(), finding);
            if (fault == CUresult.Success) fault = SimulatorCore.StatusOf(finding.Kind);
        }

        // The checkers let a launch go on to find more; a GPU would have stopped at the first such access.
        if (fault != CUresult.Success) throw new DeviceFaultException(fault, result.Reports[0].ToString());
        return ClockModel.KernelSeconds(context.Device.Gpu, result.ThreadInstructions);
    }

    public override void Count(SimulatorCounters counters) => counters.Launches++;

    // Drivers since 11.2 would take another function as well; a caller that does not count on it is right on all of them.
    public override CUgraphExecUpdateResult Replace(Command other) =>
        base.Replace(other) is var result and not CUgraphExecUpdateResult.Success ? result
        : other is KernelCommand kernel && ReferenceEquals(kernel.Function, function) ? CUgraphExecUpdateResult.Success
        : CUgraphExecUpdateResult.ErrorFunctionChanged;

    private SimulatedFunction Function => function;
}
