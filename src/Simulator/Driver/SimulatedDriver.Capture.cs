using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <content>Capture of streams into graphs.</content>
internal sealed unsafe partial class SimulatedDriver
{
    public CUresult StreamBeginCapture(CUstream stream, CUstreamCaptureMode mode)
    {
        using Call call = Begin("cuStreamBeginCapture_v2", $"{Name(stream)}, {mode}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (!Enum.IsDefined(mode)) return call.End(CUresult.ErrorInvalidValue);
        if (known.IsLegacy) return call.End(CUresult.ErrorStreamCaptureUnsupported);
        if (known.Capture is not null) return call.End(CUresult.ErrorIllegalState);
        var capture = new Capture(known, mode);
        core.Captures.Add(capture);
        capture.Join(known, []);
        return call.End(CUresult.Success);
    }

    public CUresult StreamEndCapture(CUstream stream, CUgraph* graph)
    {
        using Call call = Begin("cuStreamEndCapture", Name(stream));
        if (graph is not null) *graph = default;
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (graph is null) return call.End(CUresult.ErrorInvalidValue);
        if (context.StreamOf(stream) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (known.Capture is not { } capture) return call.End(CUresult.ErrorIllegalState);
        if (!ReferenceEquals(capture.Origin, known)) return call.End(SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureUnmatched));
        if (capture.Mode != CUstreamCaptureMode.Relaxed && capture.Thread != Environment.CurrentManagedThreadId)
            return call.End(CUresult.ErrorStreamCaptureWrongThread);
        bool joined = capture.IsJoined();
        capture.End();
        if (capture.IsSpoilt || !joined)
        {
            capture.Graph.Release();
            return call.End(capture.IsSpoilt ? CUresult.ErrorStreamCaptureInvalidated : CUresult.ErrorStreamCaptureUnjoined);
        }

        *graph = new CUgraph(core.NewHandle("CUgraph_st", capture.Graph, context));
        return call.End(CUresult.Success, $"{Name(graph->Value)}, {capture.Graph.Nodes.Count} nodes");
    }

    public CUresult StreamIsCapturing(CUstream stream, CUstreamCaptureStatus* captureStatus)
    {
        using Call call = Begin("cuStreamIsCapturing", Name(stream));
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (captureStatus is null) return call.End(CUresult.ErrorInvalidValue);
        if (context.StreamOf(stream) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        // The one question about the legacy stream that spoils nothing.
        if (known.IsLegacy && SimulatorCore.BlockingCaptures(context).Any()) return call.End(CUresult.ErrorStreamCaptureImplicit);
        *captureStatus = known.Capture switch
        {
            null => CUstreamCaptureStatus.None,
            { IsSpoilt: true } => CUstreamCaptureStatus.Invalidated,
            _ => CUstreamCaptureStatus.Active,
        };
        return call.End(CUresult.Success, $"{*captureStatus}");
    }

    /// <summary>A wait where the stream or the event belongs to a capture: the way streams join one, and each other in it.</summary>
    private static CUresult WaitInCapture(SimulatedStream stream, SimulatedEvent recorded)
    {
        if (stream.Capture is { IsSpoilt: true }) return CUresult.ErrorStreamCaptureInvalidated;
        if (recorded.Capture is not { } capture)
        {
            // What was recorded outside is no node that the graph could wait for; an event that never was is nothing to wait for.
            return recorded.Record is null ? CUresult.Success : SimulatorCore.Spoil(stream.Capture!, CUresult.ErrorStreamCaptureIsolation);
        }

        if (capture.IsEnded)
            return stream.Capture is { } inside ? SimulatorCore.Spoil(inside, CUresult.ErrorStreamCaptureIsolation) : CUresult.ErrorCapturedEvent;
        if (capture.IsSpoilt) return CUresult.ErrorStreamCaptureInvalidated;
        if (stream.IsLegacy) return SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureImplicit);
        if (stream.Capture is null) capture.Join(stream, recorded.CapturedAfter);
        else if (ReferenceEquals(stream.Capture, capture)) stream.CapturedAfter = [.. stream.CapturedAfter.Union(recorded.CapturedAfter)];
        else
        {
            stream.Capture.IsSpoilt = true;
            return SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureMerge);
        }

        return CUresult.Success;
    }
}
