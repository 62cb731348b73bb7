using AlexNetCuda.Cpu;
using AlexNetCuda.Devices;
using AlexNetCuda.Reference;

namespace AlexNetCuda.Cli;

/// <summary>A device, and why it is this one.</summary>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why.</param>
internal sealed record ChosenDevice(IDevice Device, string Reason) : IDisposable
{
    /// <summary>A line for reports.</summary>
    public override string ToString() => $"{Device.Info.Name} ({Device.Info.Description}), {Reason}";

    /// <summary>Frees the device.</summary>
    public void Dispose() => Device.Dispose();
}

/// <summary>Makes devices by name; the command and the benchmarks share it.</summary>
internal static class DeviceFactory
{
    /// <summary>The name of the device that is chosen for the user.</summary>
    public const string Auto = "auto";

    private const string Cpu = "cpu", Reference = "reference";

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Cpu, Reference];

    /// <summary>Makes a device.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="threads">The number of threads; 0 is one a core.</param>
    /// <exception cref="ArgumentException">There is no device of that name.</exception>
    public static ChosenDevice Create(string name, int threads) => name switch
    {
        Auto => new ChosenDevice(CreateCpu(threads), "chosen because this build has no device for a GPU"),
        Cpu => new ChosenDevice(CreateCpu(threads), "asked for"),
        Reference => new ChosenDevice(new ReferenceDevice(threads), "asked for"),
        _ => throw new ArgumentException($"There is no device '{name}'. There are: {string.Join(", ", Names)}."),
    };

    private static CpuDevice CreateCpu(int threads) => new(new CpuDeviceOptions { Threads = threads });
}
