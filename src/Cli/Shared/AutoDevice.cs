using AlexNetCuda.Cuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>The device that <c>auto</c> stands for on a machine, and why.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Reason">Why, in words that can follow a colon.</param>
internal sealed record AutoDevice(string Device, string Reason)
{
    private const string Cuda = "cuda", Cpu = "cpu";

    /// <summary>CUDA where the driver, a device, cuBLAS and cuDNN all work and no problem stands against it, else the CPU.</summary>
    public static AutoDevice Of(CudaDiagnosis diagnosis) => diagnosis switch
    {
        { IsUsable: false } => new AutoDevice(Cpu, diagnosis.Reason),
        _ when DeviceFactory.Names.Contains(Cuda) => new AutoDevice(Cuda, diagnosis.Reason),
        _ => new AutoDevice(Cpu, $"this build has no device for a GPU. CUDA is in order: {diagnosis.Reason}"),
    };
}
