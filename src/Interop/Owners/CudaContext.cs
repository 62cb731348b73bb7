using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>
/// A device's primary context, which the whole process shares. It is given back when it and everything that was made in it
/// have been disposed, in whatever order.
/// </summary>
public sealed unsafe class CudaContext : IDisposable
{
    private int _references = 1;
    private int _disposed;

    private CudaContext(ICudaDriver driver, int device, CUcontext handle)
    {
        Driver = driver;
        Device = device;
        Handle = handle;
    }

    /// <summary>The driver.</summary>
    public ICudaDriver Driver { get; }

    /// <summary>The device's handle.</summary>
    public int Device { get; }

    /// <summary>The context's handle.</summary>
    public CUcontext Handle { get; }

    /// <summary>Initialises the driver and takes a reference to a device's primary context.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ordinal">Which device.</param>
    /// <param name="flags">How a thread waits; where the context is in use already, it keeps the flags it has.</param>
    /// <exception cref="CudaException">There is no driver, or no such device, or it has no room for a context.</exception>
    public static CudaContext Open(ICudaDriver driver, int ordinal, CUctxFlags flags = CUctxFlags.SchedAuto)
    {
        ArgumentNullException.ThrowIfNull(driver);
        driver.Check(driver.Init(0), "cuInit", "initialising the driver");
        int device;
        driver.Check(driver.DeviceGet(&device, ordinal), "cuDeviceGet", $"opening device {ordinal}");
        var status = driver.DevicePrimaryCtxSetFlags(device, flags);
        if (status != CUresult.ErrorPrimaryContextActive)
        {
            driver.Check(status, "cuDevicePrimaryCtxSetFlags_v2", $"opening device {ordinal}");
        }

        CUcontext context;
        driver.Check(driver.DevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain", $"opening device {ordinal}");
        return new CudaContext(driver, device, context);
    }

    /// <summary>Makes the context current to the calling thread until what is returned is disposed.</summary>
    public Scope Enter()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _references) == 0, this);
        Driver.Check(Driver.CtxPushCurrent(Handle), "cuCtxPushCurrent_v2", "making the context current");
        return new Scope(this);
    }

    /// <summary>Waits for all work of the context and reports what went wrong with it.</summary>
    public void Synchronize()
    {
        using var scope = Enter();
        Driver.Check(Driver.CtxSynchronize(), "cuCtxSynchronize", "waiting for the device");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    internal void AddReference() => Interlocked.Increment(ref _references);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            var status = Driver.DevicePrimaryCtxRelease(Device);
            if (!status.IsContextLost())
            {
                Driver.Check(status, "cuDevicePrimaryCtxRelease_v2", "giving the context back");
            }
        }
    }

    private void Leave()
    {
        // An exception from here would take with it what has just been made in the context, and leave the context with the thread: one more try.
        CUcontext popped;
        var status = Driver.CtxPopCurrent(&popped);
        if (status != CUresult.Success)
        {
            status = Driver.CtxPopCurrent(&popped);
        }

        if (!status.IsContextLost())
        {
            Driver.Check(status, "cuCtxPopCurrent_v2", "leaving the context");
        }
    }

    /// <summary>The stretch of code in which a context is current to its thread.</summary>
    public readonly ref struct Scope
    {
        private readonly CudaContext? _context;

        internal Scope(CudaContext context) => _context = context;

        /// <summary>Makes current again what was before.</summary>
        public void Dispose() => _context?.Leave();
    }
}
