namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Where the CUDA device of a test runs.</summary>
public enum Place
{
    /// <summary>On a simulated GPU, watched by every checker.</summary>
    Simulator,

    /// <summary>On this machine's first GPU.</summary>
    Gpu,
}

/// <summary>A CUDA device for a test, on the simulator or on a GPU; the same bodies run on both.</summary>
internal abstract class TestDevice : IDisposable
{
    /// <summary>The places there are on this machine.</summary>
    internal static IReadOnlyList<Place> Places { get; } = GpuDevice.Machine is null ? [Place.Simulator] : [Place.Simulator, Place.Gpu];

    /// <summary>The device.</summary>
    internal abstract CudaDevice Device { get; }

    /// <summary>Opens a device.</summary>
    /// <param name="place">Where.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    internal static TestDevice Open(Place place, CudaDeviceOptions? options = null) => place == Place.Gpu ? new GpuDevice(options) : new SimulatedDevice(options);

    /// <summary>
    /// Options for bodies that compare bits: a GPU's fastest algorithms may sum in another order each time, where the simulator's order is its seed's.
    /// </summary>
    internal static CudaDeviceOptions Repeatable(Place place) => new() { Deterministic = place == Place.Gpu };

    /// <summary>Whether a place has a precision.</summary>
    internal static bool Has(Place place, Precision precision) =>
        place == Place.Simulator || precision is Precision.Float32 or Precision.Float16 || GpuDevice.Machine!.Gpu.Major >= 8;

    public abstract void Dispose();
}
