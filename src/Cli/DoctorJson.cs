using System.Text.Json;
using AlexNetCuda.Cuda.Diagnostics;

namespace AlexNetCuda.Cli;

/// <summary>A diagnosis as <c>alexnet doctor --json</c> writes it. docs/doctor.md describes it: names stay, others may come.</summary>
internal static class DoctorJson
{
    public static object Of(CudaDiagnosis diagnosis, bool simulated)
    {
        CudaFacts facts = diagnosis.Facts;
        var auto = AutoDevice.Of(diagnosis);
        return new
        {
            Examined = simulated ? "simulator" : "machine",
            Auto = new { auto.Device, auto.Reason },
            Cuda = new { Usable = diagnosis.IsUsable, diagnosis.Device, diagnosis.Reason },
            Libraries = facts.Libraries.Select(Library),
            PtxVersion = facts.PtxVersion.ToString(),
            facts.NvrtcArchitectures,
            CudnnNewestCapability = facts.CudnnNewestCapability?.ToString(),
            DriverFailure = facts.DriverFailure is { } failure ? Failure(failure) : null,
            Devices = facts.Devices.Select(Device),
            facts.Environment,
            Findings = diagnosis.Findings.Select(f => new { Severity = Name(f.Severity), f.Code, f.Device, f.Text, f.Remedy }),
        };
    }

    private static object Library(CudaLibraryFacts library) => new
    {
        Library = Name(library.Library),
        library.Name,
        Usable = library.IsUsable,
        Version = library.Version?.ToString(),
        CudaVersion = library.CudaVersion?.ToString(),
        library.Path,
        library.File,
        MissingSymbols = library.Search?.Taken?.MissingSymbols ?? [],
        Rejected = library.Search?.Rejected.Select(r => new { r.Path, Version = r.Version?.ToString(), r.MissingSymbols, r.Problem }) ?? [],
        LookedFor = library.Search?.Names ?? [],
        Tried = library.Search?.Tried ?? [],
        Advice = library.IsUsable ? null : library.Search?.Advice,
    };

    private static object Device(CudaDeviceFacts device) => new
    {
        device.Ordinal,
        device.Name,
        ComputeCapability = device.Capability?.ToString(),
        device.MemoryBytes,
        device.FreeBytes,
        device.Multiprocessors,
        device.ClockKilohertz,
        device.MemoryClockKilohertz,
        device.MemoryBusBits,
        device.L2Bytes,
        device.PciBusId,
        device.ComputeMode,
        device.Working,
        Failures = device.Failures.Select(Failure),
    };

    private static object Failure(CudaCallFailure failure) => new { failure.Function, failure.Status, failure.Text };

    private static string Name(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
