using AlexNetCuda.Cpu;
using AlexNetCuda.Cuda;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop;
using AlexNetCuda.Reference;
using AlexNetCuda.Simulator;

namespace AlexNetCuda.Cli;

/// <summary>A device, and why it is this one.</summary>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why.</param>
/// <param name="Machine">What it runs on, where that has to be disposed of too.</param>
internal sealed record ChosenDevice(IDevice Device, string Reason, IDisposable? Machine = null) : IDisposable
{
    /// <summary>A line for reports.</summary>
    public override string ToString() => $"{Device.Info.Name} ({Device.Info.Description}), {Reason}";

    /// <summary>Frees the device.</summary>
    public void Dispose()
    {
        Device.Dispose();
        Machine?.Dispose();
    }
}

/// <summary>Makes devices by name; the command and the benchmarks share it.</summary>
internal static class DeviceFactory
{
    /// <summary>The name of the device that is chosen for the user.</summary>
    public const string Auto = "auto";

    private const string Cpu = "cpu", Cuda = "cuda", Simulator = "sim", Reference = "reference";

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Cpu, Cuda, Simulator, Reference];

    /// <summary>Makes a device.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="threads">The number of threads; 0 is one a core.</param>
    /// <exception cref="ArgumentException">There is no device of that name.</exception>
    public static ChosenDevice Create(string name, int threads) => name switch
    {
        Auto => new ChosenDevice(CreateCpu(threads), "chosen because this build has no device for a GPU"),
        Cpu => new ChosenDevice(CreateCpu(threads), "asked for"),
        Cuda => new ChosenDevice(new CudaDevice(CudaLibraries.Load()), "asked for"),
        Simulator => CreateSimulated(),
        Reference => new ChosenDevice(new ReferenceDevice(threads), "asked for"),
        _ => throw new ArgumentException($"There is no device '{name}'. There are: {string.Join(", ", Names)}."),
    };

    private static ChosenDevice CreateSimulated()
    {
        var machine = new SimulatedCuda();
        try
        {
            return new ChosenDevice(new CudaDevice(machine.Libraries), "asked for", machine);
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    private static CpuDevice CreateCpu(int threads) => new(new CpuDeviceOptions { Threads = threads });
}
