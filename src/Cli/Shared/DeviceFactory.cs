using AlexNetCuda.Cpu;
using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Reference;

namespace AlexNetCuda.Cli;

/// <summary>A device that was asked for cannot be had here.</summary>
internal sealed class DeviceUnavailableException : Exception
{
    public DeviceUnavailableException() { }

    public DeviceUnavailableException(string message) : base(message) { }

    public DeviceUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>Makes devices by name; the command and the benchmarks share it.</summary>
internal static class DeviceFactory
{
    private const string Asked = "asked for", Doctor = "'alexnet doctor' says what was looked for and tried, and how to mend it.";

    // The simulator fills the workspace before each algorithm that it tries: less than on a GPU, and enough for the largest layers of AlexNet. Its times are made up:
    // no algorithm is tried twice.
    private const long SimulatedWorkspaceBytes = 64 << 20;

    /// <summary>Makes a device.</summary>
    /// <exception cref="ArgumentException">The request makes no sense.</exception>
    /// <exception cref="DeviceUnavailableException">It cannot be had here; the message says why.</exception>
    /// <exception cref="NotSupportedException">The GPU is too old for the kernels or the precision.</exception>
    public static ChosenDevice Create(DeviceRequest request)
    {
        request.Validate();
        return request.Name.Kind switch
        {
            DeviceKind.Auto => Choose(request),
            DeviceKind.Cpu => CreateCpu(request, Asked),
            DeviceKind.Cuda => CreateCuda(request, CudaLibraries.Find(), request.Name.Number ?? 0, Asked),
            DeviceKind.Simulator => CreateSimulated(request),
            _ => new ChosenDevice(new ReferenceDevice(request.Threads), Asked),
        };
    }

    private static ChosenDevice Choose(DeviceRequest request)
    {
        FoundCudaLibraries found = CudaLibraries.Find();
        CudaDiagnosis diagnosis = Diagnose(found);
        var auto = AutoDevice.Of(diagnosis);
        if (auto.Device == DeviceName.Cuda) return CreateCuda(request, found, diagnosis.Device!.Value, $"chosen because {auto.Reason}");
        if (request.Cuda.Precision != Precision.Float32)
        {
            throw new DeviceUnavailableException(
                $"{Precisions.Option} {Precisions.NameOf(request.Cuda.Precision)} is for CUDA devices, and CUDA does not work here: {auto.Reason}. {Doctor}");
        }

        return CreateCpu(request, $"chosen because CUDA does not work here: {auto.Reason}");
    }

    private static ChosenDevice CreateCuda(DeviceRequest request, FoundCudaLibraries found, int ordinal, string reason)
    {
        if (!found.Report.IsUsable) throw new DeviceUnavailableException($"Device '{request.Name}' cannot be had: {Diagnose(found).Reason}. {Doctor}");
        try
        {
            CudaDeviceOptions options = request.Cuda with { Ordinal = ordinal, Nvrtc = found.Nvrtc };
            var libraries = new CudaLibraries(found.Driver!, found.Blas!, found.BlasLt, found.Dnn!);
            return new ChosenDevice(new CudaDevice(libraries, options), reason) { Precision = options.Precision };
        }
        catch (CudaException e)
        {
            throw new DeviceUnavailableException($"Device '{DeviceName.Cuda}:{ordinal}' cannot be had: {e.Message} {Doctor}", e);
        }
    }

    private static CudaDiagnosis Diagnose(FoundCudaLibraries found) => CudaDoctor.Judge(CudaSurvey.Look(found, Environment.GetEnvironmentVariable));

    private static ChosenDevice CreateSimulated(DeviceRequest request)
    {
        var machine = new SimulatedMachine(request.Name.Number, request.Threads, request.Checks);
        try
        {
            CudaDeviceOptions options = request.Cuda with { CacheDirectory = machine.CacheDirectory, ConvolutionWorkspaceBytes = SimulatedWorkspaceBytes, Trials = 0 };
            return new ChosenDevice(new CudaDevice(machine.Libraries, options), $"a simulated GPU, {(request.Checks ? "watched by all checkers, " : "")}whose times are not a GPU's, asked for", machine) { Precision = options.Precision };
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    private static ChosenDevice CreateCpu(DeviceRequest request, string reason) => new(new CpuDevice(new CpuDeviceOptions { Threads = request.Threads, Exact = request.Exact }), reason);
}
