using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>The driver API on simulated GPUs.</summary>
internal sealed unsafe partial class SimulatedDriver(SimulatorCore core) : ICudaDriver
{
    public CUresult Init(uint flags)
    {
        using Call call = Begin("cuInit", $"{flags}");
        if (!call.Begins(initialized: false)) return call.Status;
        if (flags != 0) return call.End(CUresult.ErrorInvalidValue);
        if (core.Devices.Count == 0) return call.End(CUresult.ErrorNoDevice);
        core.IsInitialized = true;
        return call.End(CUresult.Success);
    }

    public CUresult DriverGetVersion(int* driverVersion)
    {
        using Call call = Begin("cuDriverGetVersion", "");
        if (!call.Begins(initialized: false)) return call.Status;
        if (driverVersion is null) return call.End(CUresult.ErrorInvalidValue);
        *driverVersion = core.Options.DriverVersion;
        return call.End(CUresult.Success, $"{*driverVersion}");
    }

    public CUresult GetErrorName(CUresult error, byte** text) => ErrorText("cuGetErrorName", error, text, ErrorTexts.Name);

    public CUresult GetErrorString(CUresult error, byte** text) => ErrorText("cuGetErrorString", error, text, ErrorTexts.Description);

    public CUresult ProfilerStart() => Profiler("cuProfilerStart");

    public CUresult ProfilerStop() => Profiler("cuProfilerStop");

    private CUresult ErrorText(string function, CUresult error, byte** text, Func<CUresult, nint> find)
    {
        using Call call = Begin(function, $"{(int)error}");
        if (!call.Begins(initialized: false)) return call.Status;
        if (text is null) return call.End(CUresult.ErrorInvalidValue);
        *text = (byte*)find(error);
        return call.End(*text is null ? CUresult.ErrorInvalidValue : CUresult.Success);
    }

    private CUresult Profiler(string function)
    {
        using Call call = Begin(function, "");
        return call.Begins(out SimulatedContext _) ? call.End(CUresult.Success) : call.Status;
    }

    private Call Begin(string function, string arguments) => new(core, function, arguments);

    private static string Name(nint handle) => HandleTable.Number(handle);

    private static string Name(CUstream stream) => stream.Value switch
    {
        0 or 1 => "legacy",
        2 => "per-thread",
        _ => Name(stream.Value),
    };

    private string Name(ulong address) => core.Describe(address, 0);

    /// <summary>Host memory in traces: page-locked by its number, the rest has no address worth printing.</summary>
    private string Host(void* memory)
    {
        if (memory is null) return "null";
        foreach (SimulatedDevice device in core.Devices)
            if (device.Context.PinnedAt((nint)memory, 1) is var (number, offset)) return $"page-locked memory {number} + {offset}";
        return "host";
    }
}
