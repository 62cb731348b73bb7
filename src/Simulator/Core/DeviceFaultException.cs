using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>Work that fails on the device with a status of its own: the context's sticky error from then on.</summary>
internal sealed class DeviceFaultException(CUresult status, string message) : Exception(message)
{
    public CUresult Status { get; } = status;
}
