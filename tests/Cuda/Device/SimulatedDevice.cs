using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>A CUDA device on a simulated machine, watched by every checker. At its end nothing may have been noticed, and nothing may be left.</summary>
internal sealed class SimulatedDevice : TestDevice
{
    private readonly string _cache = Directory.CreateTempSubdirectory("alexnet-cuda-").FullName;

    internal SimulatedDevice(CudaDeviceOptions? options = null, SimulatorOptions? machine = null, long workspace = 4 << 20, int trials = 0)
    {
        Machine = new SimulatedCuda(machine ?? Watched);
        try
        {
            // A small workspace: the simulator fills it before each algorithm that it tries. Its times are made up: none is tried twice.
            Device = new CudaDevice(Machine.Libraries, (options ?? new CudaDeviceOptions()) with { CacheDirectory = _cache, ConvolutionWorkspaceBytes = workspace, Trials = trials });
        }
        catch
        {
            Machine.Dispose();
            Directory.Delete(_cache, recursive: true);
            throw;
        }
    }

    /// <summary>Every checker, hazards between streams, and poison in all memory that nothing has written.</summary>
    internal static SimulatorOptions Watched { get; } = new() { Checks = Checks.All, ReportHazards = true };

    /// <summary>The machine.</summary>
    internal SimulatedCuda Machine { get; }

    internal override CudaDevice Device { get; }

    public override void Dispose()
    {
        Device.Dispose();
        IReadOnlyList<string> leaks = Machine.Leaks();
        Machine.Dispose();
        Directory.Delete(_cache, recursive: true);
        Assert.True(Machine.Reports.Count == 0, string.Join('\n', Machine.Reports));
        Assert.True(leaks.Count == 0, string.Join('\n', leaks));
    }
}
