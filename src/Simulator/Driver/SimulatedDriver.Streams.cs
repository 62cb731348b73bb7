using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <content>Streams and events.</content>
internal sealed unsafe partial class SimulatedDriver
{
    private int _streams;

    public CUresult StreamCreate(CUstream* stream, CUstreamFlags flags)
    {
        using Call call = Begin("cuStreamCreate", $"{(int)flags}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (stream is null || ((int)flags & ~1) != 0) return call.End(CUresult.ErrorInvalidValue);
        var created = new SimulatedStream(context, $"stream {++_streams}", blocking: (flags & CUstreamFlags.NonBlocking) == CUstreamFlags.Default);
        context.Streams.Add(created);
        *stream = new CUstream(core.NewHandle("CUstream_st", created, context));
        return call.End(CUresult.Success, Name(*stream));
    }

    public CUresult StreamDestroy(CUstream stream)
    {
        using Call call = Begin("cuStreamDestroy_v2", Name(stream));
        if (!call.Begins()) return call.Status;
        CUresult current = core.CurrentContext(out _);
        if (core.Handles.Find<SimulatedStream>(stream.Value) is not { } known)
            return call.End(current == CUresult.Success ? CUresult.ErrorInvalidHandle : current);
        if (current is CUresult.ErrorInvalidContext or CUresult.ErrorContextIsDestroyed) return call.End(current);
        if (known.Capture is { } capture)
        {
            capture.IsSpoilt = true;
            if (ReferenceEquals(capture.Origin, known)) capture.End();
        }

        core.Scheduler.Close(known.Lane);
        known.Context.Streams.Remove(known);
        core.ReleaseHandle<SimulatedStream>(stream.Value, known.Context);
        return call.End(current);
    }

    public CUresult StreamSynchronize(CUstream stream)
    {
        using Call call = Begin("cuStreamSynchronize", Name(stream));
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        return call.End(context.StreamOf(stream) is { } known ? core.Synchronize(known) : CUresult.ErrorInvalidHandle);
    }

    public CUresult StreamQuery(CUstream stream)
    {
        using Call call = Begin("cuStreamQuery", Name(stream));
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (known.Capture is { } capture) return call.End(SimulatorCore.Spoil(capture, CUresult.ErrorStreamCaptureUnsupported));
        if (SimulatorCore.ImplicitCapture(known)) return call.End(CUresult.ErrorStreamCaptureImplicit);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        IEnumerable<SimulatedStream> all = known.IsLegacy ? known.Context.Blocking.Append(known) : [known];
        return call.End(Poll(context, all.Select(s => s.Lane.Tail).OfType<Operation>().ToList()));
    }

    public CUresult StreamWaitEvent(CUstream stream, CUevent recorded, uint flags)
    {
        using Call call = Begin("cuStreamWaitEvent", $"{Name(stream)}, {Name(recorded.Value)}, {flags}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } waiting || core.Handles.Find<SimulatedEvent>(recorded.Value) is not { } known)
            return call.End(CUresult.ErrorInvalidHandle);
        // The one flag there is asks for a node of the graph that waits for an event outside it: nobody here does.
        if (flags != 0) return call.End(CUresult.ErrorInvalidValue);
        if (waiting.Capture is not null || known.Capture is not null) return call.End(WaitInCapture(waiting, known));
        if (SimulatorCore.ImplicitCapture(waiting)) return call.End(CUresult.ErrorStreamCaptureImplicit);
        // An event that was never recorded stands for nothing to wait for.
        if (known.Record is { } record) core.Enqueue(waiting, new MarkCommand("cuStreamWaitEvent"), record);
        return call.End(CUresult.Success);
    }

    public CUresult EventCreate(CUevent* created, CUeventFlags flags)
    {
        using Call call = Begin("cuEventCreate", $"{(int)flags}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        // An event for other processes has no times.
        bool valid = ((int)flags & ~7) == 0 && (flags & (CUeventFlags.Interprocess | CUeventFlags.DisableTiming)) != CUeventFlags.Interprocess;
        if (created is null || !valid) return call.End(CUresult.ErrorInvalidValue);
        *created = new CUevent(core.NewHandle("CUevent_st", new SimulatedEvent(context, flags), context));
        return call.End(CUresult.Success, Name(created->Value));
    }

    public CUresult EventDestroy(CUevent recorded)
    {
        using Call call = Begin("cuEventDestroy_v2", Name(recorded.Value));
        if (!call.Begins()) return call.Status;
        CUresult current = core.CurrentContext(out _);
        if (core.Handles.Find<SimulatedEvent>(recorded.Value) is not { } known)
            return call.End(current == CUresult.Success ? CUresult.ErrorInvalidHandle : current);
        if (current is CUresult.ErrorInvalidContext or CUresult.ErrorContextIsDestroyed) return call.End(current);
        core.ReleaseHandle<SimulatedEvent>(recorded.Value, known.Context);
        return call.End(current);
    }

    public CUresult EventRecord(CUevent recorded, CUstream stream)
    {
        using Call call = Begin("cuEventRecord", $"{Name(recorded.Value)}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (context.StreamOf(stream) is not { } known || core.Handles.Find<SimulatedEvent>(recorded.Value) is not { } marked)
            return call.End(CUresult.ErrorInvalidHandle);
        if (!ReferenceEquals(known.Context, marked.Context)) return call.End(CUresult.ErrorInvalidHandle);
        if (known.Capture is { } capture)
        {
            if (capture.IsSpoilt) return call.End(CUresult.ErrorStreamCaptureInvalidated);
            marked.Capture = capture;
            marked.CapturedAfter = known.CapturedAfter;
            return call.End(CUresult.Success);
        }

        CUresult result = core.Submit(known, new MarkCommand("cuEventRecord"), out Operation? record);
        if (result != CUresult.Success) return call.End(result);
        marked.Record = record;
        marked.Capture = null;
        return call.End(CUresult.Success);
    }

    public CUresult EventSynchronize(CUevent recorded)
    {
        using Call call = Begin("cuEventSynchronize", Name(recorded.Value));
        if (!call.Begins(out SimulatedContext _)) return call.Status;
        if (core.Handles.Find<SimulatedEvent>(recorded.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (Captured(known) is var refused and not CUresult.Success) return call.End(refused);
        return call.End(known.Record is { } record ? core.WaitFor(record) : CUresult.Success);
    }

    public CUresult EventQuery(CUevent recorded)
    {
        using Call call = Begin("cuEventQuery", Name(recorded.Value));
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (core.Handles.Find<SimulatedEvent>(recorded.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (Captured(known) is var refused and not CUresult.Success) return call.End(refused);
        return call.End(known.Record is { } record ? Poll(context, [record]) : CUresult.Success);
    }

    public CUresult EventElapsedTime(float* milliseconds, CUevent start, CUevent end)
    {
        using Call call = Begin("cuEventElapsedTime", $"{Name(start.Value)}, {Name(end.Value)}");
        if (!call.Begins(out SimulatedContext _)) return call.Status;
        if (milliseconds is null) return call.End(CUresult.ErrorInvalidValue);
        if (core.Handles.Find<SimulatedEvent>(start.Value) is not { } from || core.Handles.Find<SimulatedEvent>(end.Value) is not { } to)
            return call.End(CUresult.ErrorInvalidHandle);
        if (from.Capture is not null || to.Capture is not null) return call.End(CUresult.ErrorCapturedEvent);
        if (((from.Flags | to.Flags) & CUeventFlags.DisableTiming) != CUeventFlags.Default || !ReferenceEquals(from.Context, to.Context))
            return call.End(CUresult.ErrorInvalidHandle);
        if (from.Record is not { } first || to.Record is not { } last) return call.End(CUresult.ErrorInvalidHandle);
        if (!first.IsDone || !last.IsDone) return call.End(CUresult.ErrorNotReady);
        *milliseconds = (float)((last.End - first.End) * 1e3);
        return call.End(CUresult.Success, FormattableString.Invariant($"{*milliseconds:0.####}"));
    }

    /// <summary>Whether operations are done; if not, a little is done for next time.</summary>
    private CUresult Poll(SimulatedContext context, List<Operation> operations)
    {
        if (operations.Find(o => !o.IsDone) is { } waiting)
        {
            core.Scheduler.Step(waiting);
            return context.Sticky != CUresult.Success ? context.Sticky : CUresult.ErrorNotReady;
        }

        foreach (Operation operation in operations) core.WaitFor(operation);
        return CUresult.Success;
    }

    private CUresult Captured(SimulatedEvent marked)
    {
        if (marked.Capture is { } capture)
        {
            capture.IsSpoilt = true;
            return CUresult.ErrorCapturedEvent;
        }

        return core.Unsafe();
    }
}
