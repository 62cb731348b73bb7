using AlexNetCuda.Cuda;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cli;

/// <summary>A device, and why it is this one.</summary>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why.</param>
/// <param name="Simulator">What it runs on where that is a simulated GPU.</param>
internal sealed record ChosenDevice(IDevice Device, string Reason, SimulatedMachine? Simulator = null) : IDisposable
{
    /// <summary>Its name in reports: a simulated GPU's figures must never be taken for a GPU's.</summary>
    public string Name => Simulator is null ? Device.Info.Name : DeviceName.Simulator;

    /// <summary>What it computes with where that can be chosen, else null.</summary>
    public Precision? Precision { get; init; }

    /// <summary>What the simulator has noticed that a GPU would have let pass or failed on; of other devices nothing.</summary>
    public IReadOnlyList<string> Noticed => Simulator?.Noticed ?? [];

    /// <summary>A line for reports.</summary>
    public override string ToString() => $"{Name} ({Device.Info.Description}), {Reason}";

    /// <summary>Frees the device.</summary>
    public void Dispose()
    {
        try
        {
            Device.Dispose();
        }
        finally
        {
            Simulator?.Dispose();
        }
    }
}
