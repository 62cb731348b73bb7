using AlexNetCuda.Cuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>The device that <c>auto</c> stands for on a machine, and why.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Reason">Why, in words that can follow a colon.</param>
internal sealed record AutoDevice(string Device, string Reason)
{
    /// <summary>CUDA where the driver, a device, cuBLAS and cuDNN all work and no problem stands against it, else the CPU.</summary>
    public static AutoDevice Of(CudaDiagnosis diagnosis) => new(diagnosis.IsUsable ? DeviceName.Cuda : DeviceName.Cpu, diagnosis.Reason);
}
