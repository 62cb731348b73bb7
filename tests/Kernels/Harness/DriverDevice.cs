using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>A context of a CUDA driver, and the shipped modules in it, each loaded when first needed.</summary>
internal sealed unsafe class DriverKernels : IDisposable
{
    /// <summary>The variable of the environment that, at 0, keeps the tests from a GPU.</summary>
    internal const string Switch = "ALEXNETCUDA_TEST_GPU";

    // The shipped PTX: PTX 7.8 came with CUDA 11.8, and it is for compute capability 6.0 and later.
    private const int OldestDriver = 11_080;
    private const int OldestCapability = 6;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, CudaModule> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Module, string Kernel), CUfunction> _functions = [];

    internal DriverKernels(ICudaDriver driver) => Context = CudaContext.Open(driver, 0);

    internal CudaContext Context { get; }

    /// <summary>The machine's first GPU, or null where there is none that takes the shipped PTX, or the environment forbids it.</summary>
    internal static DriverKernels? FindGpu() =>
        Environment.GetEnvironmentVariable(Switch) == "0" ? null : Open(CudaLibraries.Find().Driver);

    /// <summary>A driver's first GPU, or null.</summary>
    internal static DriverKernels? Open(ICudaDriver? driver)
    {
        int version, count, device, capability;
        if (driver is null
            || driver.Init(0) != CUresult.Success
            || driver.DriverGetVersion(&version) != CUresult.Success
            || version < OldestDriver
            || driver.DeviceGetCount(&count) != CUresult.Success
            || count == 0
            || driver.DeviceGet(&device, 0) != CUresult.Success
            || driver.DeviceGetAttribute(&capability, CUdeviceAttribute.ComputeCapabilityMajor, device) != CUresult.Success
            || capability < OldestCapability)
        {
            return null;
        }

        try
        {
            return new DriverKernels(driver);
        }
        catch (CudaException)
        {
            // Another process may have it to itself, or all of its memory.
            return null;
        }
    }

    internal CUfunction Find(KernelLaunch launch)
    {
        lock (_lock)
        {
            var key = (launch.Module, launch.Kernel);
            if (_functions.TryGetValue(key, out var known))
            {
                return known;
            }

            if (!_modules.TryGetValue(launch.Module, out var module))
            {
                module = CudaModule.Load(Context, launch.Module, Encoding.UTF8.GetBytes(KernelSources.ShippedPtx(launch.Module)));
                _modules.Add(launch.Module, module);
            }

            return _functions[key] = module.GetFunction(launch.Kernel);
        }
    }

    public void Dispose()
    {
        foreach (var module in _modules.Values)
        {
            module.Dispose();
        }

        Context.Dispose();
    }
}

/// <summary>A GPU, or whatever is behind a CUDA driver, as a device: memory and launches through the driver, in a stream of its own.</summary>
/// <param name="kernels">The context and its kernels; they outlive the device.</param>
internal sealed unsafe class DriverDevice(DriverKernels kernels) : KernelDevice
{
    private readonly CudaStream _stream = CudaStream.Create(kernels.Context);
    private readonly List<DeviceAllocation> _allocations = [];

    /// <summary>Receives the modules of what is launched.</summary>
    internal ISet<string>? Launched { get; init; }

    private ICudaDriver Driver => kernels.Context.Driver;

    internal override void Run(KernelLaunch launch)
    {
        ParameterList.Check(launch);
        Launched?.Add(launch.Module);
        using var scope = kernels.Context.Enter();
        var function = kernels.Find(launch);

        // Parameters are aligned to 8 bytes at most.
        const int Slot = sizeof(ulong);
        var slots = launch.Arguments.Sum(argument => (argument.Bytes.Length + Slot - 1) / Slot);
        var values = (byte*)NativeMemory.Alloc((nuint)slots, Slot);
        var arguments = (void**)NativeMemory.Alloc((nuint)launch.Arguments.Count, (nuint)sizeof(void*));
        try
        {
            var next = values;
            for (var i = 0; i < launch.Arguments.Count; i++)
            {
                var bytes = launch.Arguments[i].Bytes.Span;
                bytes.CopyTo(new Span<byte>(next, bytes.Length));
                arguments[i] = next;
                next += (bytes.Length + Slot - 1) / Slot * Slot;
            }

            var (grid, block) = (launch.Grid, launch.Block);
            var status = Driver.LaunchKernel(
                function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z, (uint)launch.SharedBytes, _stream.Handle, arguments, null);
            Driver.Check(status, "cuLaunchKernel", $"launching {launch.Kernel}");
        }
        finally
        {
            NativeMemory.Free(arguments);
            NativeMemory.Free(values);
        }

        _stream.Synchronize();
    }

    public override void Dispose()
    {
        _allocations.ForEach(allocation => allocation.Dispose());
        _allocations.Clear();
        _stream.Dispose();
    }

    protected override ulong Allocate(int bytes, string name)
    {
        var allocation = DeviceAllocation.Create(kernels.Context, bytes, name);
        _allocations.Add(allocation);
        return allocation.Address;
    }

    // In the stream and waited for: a copy outside it would not be ordered with its kernels.
    protected override void Write<T>(ulong address, T[] values)
    {
        using var scope = kernels.Context.Enter();
        fixed (T* from = values)
        {
            Driver.Check(Driver.MemcpyHtoDAsync(address, from, (nuint)values.Length * (nuint)sizeof(T), _stream.Handle), "cuMemcpyHtoDAsync_v2", "copying to the device");
            _stream.Synchronize();
        }
    }

    protected override void Read<T>(ulong address, T[] values)
    {
        using var scope = kernels.Context.Enter();
        fixed (T* to = values)
        {
            Driver.Check(Driver.MemcpyDtoHAsync(to, address, (nuint)values.Length * (nuint)sizeof(T), _stream.Handle), "cuMemcpyDtoHAsync_v2", "copying from the device");
            _stream.Synchronize();
        }
    }
}
