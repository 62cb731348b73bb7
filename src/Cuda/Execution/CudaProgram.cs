using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Nvtx;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>
/// Steps in one stream. The first run is a plain list of calls, which warms up whatever loads lazily; the second is captured into a CUDA graph, and every
/// run from then on launches it. Where the capture is refused the list stays.
/// </summary>
internal sealed class CudaProgram : IEnqueuingProgram
{
    private readonly CudaSession _session;
    private readonly Entry[] _entries;
    private readonly CudaEvent[] _events = []; // one before each step and one behind the last
    private readonly int _firstUpdate; // the number of entries if there is none
    private readonly bool _scalesLoss, _updatesScaled, _updatesAlone;
    private readonly LaunchList? _scan, _scale;
    private readonly EnqueuedCalls[] _stepCalls;
    private CudaEvent? _begin, _end; // around a whole run, where it is timed
    private CudaGraphExec? _graph;
    private bool _warm, _plain, _wasClocked;
    private StepState _state;

    internal CudaProgram(CudaSession session, IReadOnlyList<Step> steps, bool timed)
    {
        _session = session;
        _entries = [.. steps.Select(s => new Entry((CudaOperator)s.Operator, s.Phase == Phase.Backward, $"{s.Phase} of '{s.Layer}' ({s.Operator.Algorithm})"))];
        _stepCalls = new EnqueuedCalls[_entries.Length];
        _plain = timed || !session.Options.Graphs || session.Options.SyncChecks;
        _scalesLoss = session.ScalesLoss && steps.Any(s => s.Phase == Phase.Backward);
        try
        {
            _firstUpdate = Array.FindIndex(_entries, e => e.Operator is Sgd);
            if (_firstUpdate < 0) _firstUpdate = _entries.Length;
            _updatesAlone = session.ScalesLoss && !_scalesLoss && _firstUpdate < _entries.Length;
            _updatesScaled = _updatesAlone && ((Sgd)_entries[_firstUpdate].Operator).IsScaled;
            if (_scalesLoss)
            {
                Entry[] backward = [.. _entries.Where(e => e.IsBackward)];
                _scan = new LaunchList(session, backward.SelectMany((e, i) => e.Operator.Scans(input: i == backward.Length - 1)));
                _scale = new LaunchList(session, [session.UpdateLossScale()]);
            }

            if (!timed) return;
            _events = new CudaEvent[steps.Count + 1];
            for (int i = 0; i < _events.Length; i++) _events[i] = session.CreateEvent();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public bool IsClocked
    {
        get;
        set
        {
            if (value)
            {
                _begin ??= _session.CreateEvent();
                _end ??= _session.CreateEvent();
            }

            field = value;
        }
    }

    public EnqueuedCalls Calls { get; private set; }

    public void Run(in StepState state)
    {
        using CudaContext.Scope scope = _session.Enter();
        _state = _updatesAlone ? state with { GradientScale = state.GradientScale * _session.UpdateFactor(_updatesScaled) } : state;
        _wasClocked = false;
        if (IsClocked) Record(_begin!);
        Enqueue();
        if (!_scalesLoss || _firstUpdate < _entries.Length) return;
        // Gradients that are wanted, not taken for an update, are computed again with a smaller loss scale where they are not finite, unless that does not
        // help. Before this returns: the images of the next run may be set from then on.
        Synchronize();
        while (_session.LossScaleWasLowered())
        {
            Enqueue();
            Synchronize();
        }
    }

    public void Wait()
    {
        using CudaContext.Scope scope = _session.Enter();
        Synchronize();
    }

    public void ReadStepSeconds(Span<double> seconds)
    {
        if (_events.Length == 0) throw new InvalidOperationException("The program was not linked to be timed.");
        using CudaContext.Scope scope = _session.Enter();
        for (int i = 0; i < _entries.Length; i++) seconds[i] = _events[i + 1].MillisecondsSince(_events[i]) / 1000.0;
    }

    public double? ReadSeconds()
    {
        if (!_wasClocked) return null;
        using CudaContext.Scope scope = _session.Enter();
        return _end!.MillisecondsSince(_begin!) / 1000.0;
    }

    public void ReadStepCalls(Span<EnqueuedCalls> calls) => _stepCalls.CopyTo(calls);

    public void Dispose()
    {
        IDisposable?[] owned = [_scale, _scan, _graph, _end, _begin, .. _events];
        _graph = null;
        Disposal.AllOf(owned);
    }

    private void Enqueue()
    {
        _session.WriteState(_state);
        if (_warm && !_plain && _graph is null)
        {
            Capture();
            if (IsClocked) Record(_begin!); // the making of the graph is no part of the run
        }

        if (_graph is null)
        {
            RunList();
        }
        else if (_session.Driver.GraphLaunch(_graph.Handle, _session.Stream) is var result and not CUresult.Success)
        {
            _session.Check(result, "cuGraphLaunch", $"launching step {_state.Number}"); // the text is made only now
        }

        _warm = true;
        if (!IsClocked) return;
        Record(_end!); // of a run that is repeated with another loss scale, the last time counts
        _wasClocked = true;
    }

    private void Synchronize()
    {
        CUresult result = _session.Driver.StreamSynchronize(_session.Stream);
        if (result != CUresult.Success)
            _session.Check(result, "cuStreamSynchronize", $"waiting for step {_state.Number}; which layer failed is found with synchronous checks and without graphs");
    }

    private void RunList()
    {
        var beforeAll = _session.Enqueued.Read();
        if (_scalesLoss) _session.KeepLossScale();
        Mark(0);
        for (int i = 0; i < _entries.Length; i++)
        {
            Entry entry = _entries[i];
            var before = _session.Enqueued.Read();
            using NvtxRange range = NvtxRanges.Begin(entry.Range);
            try
            {
                if (i == _firstUpdate && _scan is not null)
                {
                    _scan.Start(); // one gradient that is not finite skips every update
                    before = _session.Enqueued.Read();
                }

                if (entry.IsBackward) entry.Operator.Backward();
                else entry.Operator.Forward();
                if (_session.Options.SyncChecks) _session.Synchronize("waiting for it");
            }
            catch (CudaException e)
            {
                throw new CudaOperationException(entry.Name, e);
            }

            _stepCalls[i] = _session.Enqueued.Since(before);
            Mark(i + 1);
        }

        if (_scale is not null)
        {
            if (_firstUpdate == _entries.Length) _scan!.Start();
            _scale.Start();
            _session.ReadBackLossScale();
        }

        Calls = _session.Enqueued.Since(beforeAll);
    }

    private void Mark(int index)
    {
        if (_events.Length > 0) Record(_events[index]);
    }

    private void Record(CudaEvent mark) => _session.Check(_session.Driver.EventRecord(mark.Handle, _session.Stream), "cuEventRecord", "timing a step");

    /// <summary>
    /// Captures the list into a graph. Where a library or the driver (statuses 900 to 908) refuses to be captured the list stays; if something else is
    /// wrong, the list's next run says so.
    /// </summary>
    private void Capture()
    {
        _plain = true;
        CUresult begun = _session.Driver.StreamBeginCapture(_session.Stream, CUstreamCaptureMode.ThreadLocal);
        if (IsRefusal(begun)) return;
        _session.Check(begun, "cuStreamBeginCapture_v2", "capturing a step");
        bool complete = false;
        try
        {
            RunList();
            complete = true;
        }
        catch (CudaOperationException)
        {
            // Refused inside an operator; the capture is ended below.
        }
        finally
        {
            using CudaGraph? graph = _session.EndCapture();
            if (complete && graph is not null)
            {
                _graph = graph.Instantiate();
                _plain = false;
            }
        }
    }

    internal static bool IsRefusal(CUresult result) => (int)result is >= 900 and <= 908;

    private sealed record Entry(CudaOperator Operator, bool IsBackward, string Name)
    {
        /// <summary>The range that profilers show.</summary>
        internal NvtxName Range { get; } = new(Name);
    }
}
