using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>A stream: work in it runs in the order it was put there.</summary>
public sealed unsafe class CudaStream : ContextOwned
{
    private CudaStream(CudaContext context, CUstream handle)
        : base(context) => Handle = handle;

    /// <summary>The stream's handle.</summary>
    public CUstream Handle { get; }

    /// <summary>Whether all its work is done.</summary>
    public bool IsDone
    {
        get
        {
            var status = Driver.StreamQuery(Handle);
            if (status == CUresult.ErrorNotReady)
            {
                return false;
            }

            Driver.Check(status, "cuStreamQuery", "asking whether a stream is done");
            return true;
        }
    }

    /// <summary>Makes a stream. The context need not be current.</summary>
    public static CudaStream Create(CudaContext context, CUstreamFlags flags = CUstreamFlags.NonBlocking)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = context.Enter();
        CUstream stream;
        context.Driver.Check(context.Driver.StreamCreate(&stream, flags), "cuStreamCreate", "making a stream");
        return new CudaStream(context, stream);
    }

    /// <summary>Waits for its work and reports what went wrong with it.</summary>
    public void Synchronize() => Driver.Check(Driver.StreamSynchronize(Handle), "cuStreamSynchronize", "waiting for a stream");

    /// <summary>Lets its further work wait for what another stream had to do when an event was recorded there.</summary>
    public void WaitFor(CudaEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        Driver.Check(Driver.StreamWaitEvent(Handle, recorded.Handle, 0), "cuStreamWaitEvent", "letting a stream wait for an event");
    }

    /// <summary>From here on its work is recorded, not run, until <see cref="EndCapture"/>.</summary>
    public void BeginCapture(CUstreamCaptureMode mode = CUstreamCaptureMode.ThreadLocal) =>
        Driver.Check(Driver.StreamBeginCapture(Handle, mode), "cuStreamBeginCapture_v2", "beginning to capture a stream");

    /// <summary>Ends the recording and gives what was recorded.</summary>
    /// <exception cref="CudaException">Something that can't be recorded was called meanwhile; the recording is over all the same.</exception>
    public CudaGraph EndCapture()
    {
        CUgraph graph = default;
        var status = Driver.StreamEndCapture(Handle, &graph);
        Driver.Check(status, "cuStreamEndCapture", "ending the capture of a stream");
        return new CudaGraph(Context, graph);
    }

    private protected override void Destroy() => CheckDestroyed(Driver.StreamDestroy(Handle), "cuStreamDestroy_v2", "destroying a stream");
}

/// <summary>An event: a mark in a stream that others wait for, and that times are taken from.</summary>
public sealed unsafe class CudaEvent : ContextOwned
{
    private CudaEvent(CudaContext context, CUevent handle)
        : base(context) => Handle = handle;

    /// <summary>The event's handle.</summary>
    public CUevent Handle { get; }

    /// <summary>Whether the device got to where it was last recorded.</summary>
    public bool IsDone
    {
        get
        {
            var status = Driver.EventQuery(Handle);
            if (status == CUresult.ErrorNotReady)
            {
                return false;
            }

            Driver.Check(status, "cuEventQuery", "asking whether an event is done");
            return true;
        }
    }

    /// <summary>Makes an event. The context need not be current.</summary>
    public static CudaEvent Create(CudaContext context, CUeventFlags flags = CUeventFlags.Default)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = context.Enter();
        CUevent created;
        context.Driver.Check(context.Driver.EventCreate(&created, flags), "cuEventCreate", "making an event");
        return new CudaEvent(context, created);
    }

    /// <summary>Marks where a stream has been filled up to.</summary>
    public void Record(CudaStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Driver.Check(Driver.EventRecord(Handle, stream.Handle), "cuEventRecord", "recording an event");
    }

    /// <summary>Waits until the device got to where it was last recorded.</summary>
    public void Synchronize() => Driver.Check(Driver.EventSynchronize(Handle), "cuEventSynchronize", "waiting for an event");

    /// <summary>Milliseconds from an earlier event to this one; the device must have got to both.</summary>
    public float MillisecondsSince(CudaEvent start)
    {
        ArgumentNullException.ThrowIfNull(start);
        float milliseconds;
        Driver.Check(Driver.EventElapsedTime(&milliseconds, start.Handle, Handle), "cuEventElapsedTime", "taking the time between two events");
        return milliseconds;
    }

    private protected override void Destroy() => CheckDestroyed(Driver.EventDestroy(Handle), "cuEventDestroy_v2", "destroying an event");
}
