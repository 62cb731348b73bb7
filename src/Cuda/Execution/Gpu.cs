using System.Text;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>What the device needs to know of its GPU.</summary>
/// <param name="Name">The product's name.</param>
/// <param name="Major">Compute capability, before the dot.</param>
/// <param name="Minor">Compute capability, after the dot.</param>
/// <param name="MemoryBytes">Device memory.</param>
internal sealed record Gpu(string Name, int Major, int Minor, long MemoryBytes)
{
    /// <summary>10 major + minor, as 80 for sm_80.</summary>
    internal int Architecture => (10 * Major) + Minor;

    internal static unsafe Gpu Read(ICudaDriver driver, int device)
    {
        byte* name = stackalloc byte[256];
        driver.Check(driver.DeviceGetName(name, 256, device), "cuDeviceGetName", "reading the device's name");
        int major, minor;
        driver.Check(driver.DeviceGetAttribute(&major, CUdeviceAttribute.ComputeCapabilityMajor, device), "cuDeviceGetAttribute", "reading the compute capability");
        driver.Check(driver.DeviceGetAttribute(&minor, CUdeviceAttribute.ComputeCapabilityMinor, device), "cuDeviceGetAttribute", "reading the compute capability");
        nuint bytes;
        driver.Check(driver.DeviceTotalMem(&bytes, device), "cuDeviceTotalMem", "reading the memory's size");
        var text = new ReadOnlySpan<byte>(name, 256);
        return new Gpu(Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]), major, minor, (long)bytes);
    }

    /// <exception cref="NotSupportedException">The GPU is older than the kernels or the precision asked for; the message says what to do.</exception>
    internal void Require(Precision precision)
    {
        if (Architecture < Compilation.KernelCompiler.LeastArchitecture)
            throw new NotSupportedException($"{Name} has compute capability {Major}.{Minor}; the kernels need 6.0 (Pascal) or later.");
        if (precision is Precision.Tf32 or Precision.BFloat16 && Major < 8)
        {
            throw new NotSupportedException(
                $"{Name} has compute capability {Major}.{Minor}; {(precision == Precision.Tf32 ? "TF32" : "bfloat16")} needs 8.0 (Ampere) or later. Use float32 or float16.");
        }
    }
}
