using System.Collections.Concurrent;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Owners;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>This machine's first GPU with its libraries. It keeps the driver's context, which would else be made anew for each test.</summary>
internal sealed record GpuMachine(CudaLibraries Libraries, CudaContext Context, Gpu Gpu, string Cache);

/// <summary>
/// A CUDA device on a GPU. Devices of the same options are used again, one test at a time: opening one compiles the kernels and loads the libraries' own.
/// </summary>
internal sealed class GpuDevice : TestDevice
{
    private const string Switch = "ALEXNETCUDA_TEST_GPU"; // 0 keeps the tests from a GPU, those of the kernels too
    private const long Workspace = 64 << 20;

    private static readonly Lazy<(GpuMachine? Machine, string Reason)> Found = new(Find);
    private static readonly ConcurrentDictionary<CudaDeviceOptions, ConcurrentBag<CudaDevice>> Idle = [];
    private readonly CudaDeviceOptions _options;
    private readonly bool _fresh;

    /// <summary>A device.</summary>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <param name="fresh">Whether no test before has used it: for those that change a device's state.</param>
    internal GpuDevice(CudaDeviceOptions? options = null, bool fresh = false)
    {
        GpuMachine machine = Machine ?? throw new InvalidOperationException(Absence);
        _options = (options ?? new CudaDeviceOptions()) with { CacheDirectory = machine.Cache, ConvolutionWorkspaceBytes = Workspace };
        _fresh = fresh;
        Device = !fresh && Idle.TryGetValue(_options, out ConcurrentBag<CudaDevice>? idle) && idle.TryTake(out CudaDevice? device)
            ? device
            : new CudaDevice(machine.Libraries, _options);
    }

    /// <summary>The GPU; null where none is found, or the environment forbids it.</summary>
    internal static GpuMachine? Machine => Found.Value.Machine;

    /// <summary>Why there is none.</summary>
    internal static string Absence => Found.Value.Reason;

    internal override CudaDevice Device { get; }

    public override void Dispose()
    {
        if (_fresh) Device.Dispose();
        else Idle.GetOrAdd(_options, _ => []).Add(Device);
    }

    private static (GpuMachine? Machine, string Reason) Find()
    {
        if (Environment.GetEnvironmentVariable(Switch) == "0") return (null, $"{Switch} is 0.");
        try
        {
            CudaLibraries libraries = CudaLibraries.Load();
            CudaContext context = CudaContext.Open(libraries.Driver, 0);
            var gpu = Gpu.Read(libraries.Driver, context.Device);
            if (gpu.Architecture < KernelCompiler.LeastArchitecture)
            {
                context.Dispose();
                return (null, $"{gpu.Name} is too old for the kernels.");
            }

            string cache = Directory.CreateTempSubdirectory("alexnet-gpu-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(cache);
            return (new GpuMachine(libraries, context, gpu, cache), "");
        }
        catch (Exception e) when (e is LibraryLoadException or CudaException)
        {
            return (null, e.Message);
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left in the system's folder for such files is no fault of a test.
        }
    }
}

/// <summary>Says whether the bodies of these tests ran on a GPU.</summary>
public sealed class GpuTests
{
    [Fact]
    public void Tests_of_the_device_run_on_a_GPU_where_there_is_one()
    {
        Assert.SkipWhen(GpuDevice.Machine is null, "No GPU that can be used: " + GpuDevice.Absence.Split('\n')[0]);
        Assert.Equal([Place.Simulator, Place.Gpu], TestDevice.Places);
        using var gpu = new GpuDevice();
        Assert.Contains(GpuDevice.Machine!.Gpu.Name, gpu.Device.Info.Description, StringComparison.Ordinal);
    }
}
