using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <content>What captures in progress forbid.</content>
internal sealed partial class SimulatorCore
{
    /// <summary>Spoils a capture: it gives no graph any more.</summary>
    /// <returns>The status passed, or ErrorStreamCaptureInvalidated for one that was spoilt before.</returns>
    public static CUresult Spoil(Capture capture, CUresult status)
    {
        if (capture.IsSpoilt) return CUresult.ErrorStreamCaptureInvalidated;
        capture.IsSpoilt = true;
        return status;
    }

    /// <summary>
    /// Whether using a stream would make the legacy stream wait for a stream that is being captured, which spoils the capture.
    /// </summary>
    public static bool ImplicitCapture(SimulatedStream stream)
    {
        if (!stream.IsLegacy) return false;
        List<Capture> captures = [.. BlockingCaptures(stream.Context)];
        foreach (Capture capture in captures) capture.IsSpoilt = true;
        return captures.Count > 0;
    }

    /// <summary>The captures that streams take part in which the legacy stream would wait for.</summary>
    public static IEnumerable<Capture> BlockingCaptures(SimulatedContext context) =>
        context.Blocking.Select(s => s.Capture).OfType<Capture>().Distinct();

    /// <summary>
    /// The gate of calls that a capture may forbid because they could wait for what is not running: a thread's own capture does
    /// unless it is relaxed, another thread's if it is global. A call that is refused spoils the captures that refuse it.
    /// </summary>
    public CUresult Unsafe()
    {
        int thread = Environment.CurrentManagedThreadId;
        List<Capture> refusing = Captures.FindAll(c =>
            c.Thread == thread ? c.Mode != CUstreamCaptureMode.Relaxed : c.Mode == CUstreamCaptureMode.Global);
        foreach (Capture capture in refusing) capture.IsSpoilt = true;
        return refusing.Count > 0 ? CUresult.ErrorStreamCaptureUnsupported : CUresult.Success;
    }
}
