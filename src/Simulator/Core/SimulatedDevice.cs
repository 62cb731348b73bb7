using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator.Core;

/// <summary>A GPU with its memory and its primary context.</summary>
internal sealed class SimulatedDevice : IDisposable
{
    // Room enough for any GPU, so that the addresses of one are never those of another.
    private const ulong AddressesPerDevice = 1UL << 40;

    public SimulatedDevice(SimulatorCore core, int ordinal, SimulatedGpu gpu)
    {
        Ordinal = ordinal;
        Gpu = gpu;
        Machine = new PtxMachine(new MachineOptions
        {
            Checks = core.Options.Checks,
            Convergence = gpu.Major < 7 ? Convergence.Converging : Convergence.Independent,
            Seed = core.Options.Seed,
            Workers = core.Options.Workers,
            RecordsAccesses = core.Options.ReportHazards,
            FirstAddress = 0x7000_0000_0000 + ((ulong)ordinal * AddressesPerDevice),
        });
        // The driver has compared launches with what their kernels opted in to.
        LaunchOptions = Machine.Options with { SharedMemoryLimit = gpu.SharedBytesOptIn };
        Context = new SimulatedContext(core, this);
    }

    public int Ordinal { get; }

    public SimulatedGpu Gpu { get; }

    public PtxMachine Machine { get; }

    public MachineOptions LaunchOptions { get; }

    public DeviceMemory Memory => Machine.Memory;

    /// <summary>The primary context, the only one there is. It keeps its handle when it is destroyed and made again.</summary>
    public SimulatedContext Context { get; }

    public void Dispose() => Machine.Dispose();
}
