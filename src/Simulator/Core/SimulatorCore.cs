using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;

namespace AlexNetCuda.Simulator.Core;

/// <summary>The state of the simulated machine, that the driver and the libraries share. One lock guards all of it.</summary>
internal sealed partial class SimulatorCore : ISimulatorCore, IDisposable
{
    /// <summary>Poison: not a number as float, double, half and bfloat16.</summary>
    public const byte PoisonByte = 0xFF;

    // Not disposed of: calls that come after the end are answered, with ErrorNotInitialized.
    private readonly ThreadLocal<Stack<SimulatedContext>> _current = new(() => new Stack<SimulatedContext>());
    private readonly ThreadLocal<int> _failsLate = new();
    private readonly List<SimulatorReport> _reports = [];
    private readonly List<string> _lost = [];
    private bool _disposed;

    public SimulatorCore(SimulatorOptions options)
    {
        Options = options;
        Scheduler = new Scheduler(this);
        if (options.ReportHazards) Hazards = new HazardDetector(this);
        Devices = [.. options.Gpus.Select((gpu, ordinal) => new SimulatedDevice(this, ordinal, gpu))];
    }

    public SimulatorOptions Options { get; }

    public Lock Gate { get; } = new();

    public bool IsInitialized { get; set; }

    public HandleTable Handles { get; } = new();

    public Scheduler Scheduler { get; }

    /// <summary>Null when nobody asked for hazards.</summary>
    public HazardDetector? Hazards { get; }

    public SimulatorCounters Counters { get; } = new();

    public IReadOnlyList<SimulatedDevice> Devices { get; }

    public List<Capture> Captures { get; } = [];

    /// <summary>Allocations so far, for their numbers.</summary>
    public int Allocations { get; set; }

    /// <summary>The host's clock, in simulated seconds.</summary>
    public double Now { get; private set; }

    /// <summary>The contexts that the calling thread has pushed; the top one is current.</summary>
    public Stack<SimulatedContext> ThreadContexts => _current.Value!;

    public IReadOnlyList<SimulatorReport> Reports
    {
        get
        {
            using (Gate.EnterScope()) return [.. _reports];
        }
    }

    public bool Fails(string function, string arguments, out int status)
    {
        using (Gate.EnterScope())
        {
            bool fails = Enter(function, out status);
            Options.Trace?.WriteLine(fails ? $"{function}({arguments}) = {status}" : $"{function}({arguments})");
            return fails;
        }
    }

    /// <summary>Counts a call, lets the host's clock go on, and says whether the call fails on purpose.</summary>
    public bool Enter(string function, out int status)
    {
        status = 0;
        Now += ClockModel.CallSeconds;
        long call = Counters.Count(function);
        _failsLate.Value = 0;
        foreach (InjectedFault fault in Options.Faults)
        {
            if (fault.Call != call || fault.Function != function) continue;
            if (fault.IsLate)
            {
                _failsLate.Value = fault.Status;
                continue;
            }

            if (fault.BreaksContextWith != 0) BreakContexts((CUresult)fault.BreaksContextWith);
            status = fault.Status;
            return true;
        }

        return false;
    }

    private void BreakContexts(CUresult status)
    {
        foreach (SimulatedContext context in Devices.Select(device => device.Context).Where(context => context.IsActive && context.Sticky == CUresult.Success))
        {
            context.Sticky = status;
            foreach (Capture capture in Captures.FindAll(c => ReferenceEquals(c.Origin.Context, context)))
            {
                capture.End();
                capture.Graph.Release();
            }

            Scheduler.Abandon(context);
        }
    }

    public CUresult Current(out SimulatedGpu? gpu)
    {
        using (Gate.EnterScope())
        {
            CUresult result = CurrentContext(out SimulatedContext? context);
            gpu = context?.Device.Gpu;
            return result;
        }
    }

    /// <summary>The calling thread's context, if it can be used.</summary>
    public CUresult CurrentContext(out SimulatedContext? context)
    {
        context = null;
        if (!IsInitialized) return CUresult.ErrorNotInitialized;
        if (!ThreadContexts.TryPeek(out SimulatedContext? top)) return CUresult.ErrorInvalidContext;
        if (!top.IsActive) return CUresult.ErrorContextIsDestroyed;
        if (top.Sticky != CUresult.Success) return top.Sticky;
        context = top;
        return CUresult.Success;
    }

    public CUresult Submit(CUstream stream, Work work)
    {
        using (Gate.EnterScope()) return Submit(stream, new WorkCommand(work), out _);
    }

    /// <summary>Puts a command into a stream, or into the graph that the stream is being captured into.</summary>
    public CUresult Submit(CUstream stream, Command command, out Operation? operation)
    {
        operation = null;
        if (CurrentContext(out SimulatedContext? context) is var result and not CUresult.Success) return result;
        return context!.StreamOf(stream) is { } known ? Submit(known, command, out operation) : CUresult.ErrorInvalidHandle;
    }

    public CUresult Submit(SimulatedStream stream, Command command, out Operation? operation)
    {
        operation = null;
        if (stream.Context.Sticky != CUresult.Success) return stream.Context.Sticky;
        if (stream.Capture is { } capture)
        {
            if (capture.IsSpoilt) return CUresult.ErrorStreamCaptureInvalidated;
            capture.Add(stream, command);
            return CUresult.Success;
        }

        if (ImplicitCapture(stream)) return CUresult.ErrorStreamCaptureImplicit;
        operation = Enqueue(stream, command);
        return CUresult.Success;
    }

    /// <summary>Puts a command into a stream that is not being captured.</summary>
    public Operation Enqueue(SimulatedStream stream, Command command, params ReadOnlySpan<Operation?> after)
    {
        int failsWith = _failsLate.Value;
        _failsLate.Value = 0;
        List<Operation?> all = [.. after];
        if (stream.IsLegacy) all.AddRange(stream.Context.Blocking.Select(s => s.Lane.Tail));
        else if (stream.IsBlocking) all.Add(stream.Context.Legacy.Lane.Tail);
        return Scheduler.Enqueue(stream.Lane, command, all, failsWith);
    }

    public bool IsCapturing(CUstream stream)
    {
        using (Gate.EnterScope())
            return CurrentContext(out SimulatedContext? context) == CUresult.Success && context!.StreamOf(stream)?.Capture is not null;
    }

    public CUresult Drain(CUstream stream)
    {
        using (Gate.EnterScope())
        {
            if (CurrentContext(out SimulatedContext? context) is var result and not CUresult.Success) return result;
            return context!.StreamOf(stream) is { } known ? Synchronize(known) : CUresult.ErrorInvalidHandle;
        }
    }

    /// <summary>cuStreamSynchronize.</summary>
    public CUresult Synchronize(SimulatedStream stream)
    {
        if (stream.Capture is not null) return Spoil(stream.Capture, CUresult.ErrorStreamCaptureUnsupported);
        if (ImplicitCapture(stream)) return CUresult.ErrorStreamCaptureImplicit;
        if (Unsafe() is var result and not CUresult.Success) return result;
        if (stream.IsLegacy)
        {
            // The legacy stream is done when the blocking streams are.
            foreach (SimulatedStream blocking in stream.Context.Blocking.ToList())
                if (blocking.Lane.Tail is { } last) WaitFor(last);
        }

        return stream.Lane.Tail is { } tail ? WaitFor(tail) : stream.Context.Sticky;
    }

    /// <summary>Lets the host wait for an operation: it runs, and all that it waits for.</summary>
    public CUresult WaitFor(Operation operation)
    {
        Scheduler.RunUntil(operation);
        Now = Math.Max(Now, operation.End);
        Hazards?.HostWaitedFor(operation);
        return operation.Lane.Context.Sticky;
    }

    /// <summary>Lets the host wait for all work of a context.</summary>
    public CUresult WaitForAll(SimulatedContext context)
    {
        List<Operation> last = Scheduler.Tails(context);
        Scheduler.Drain(context);
        foreach (Operation operation in last)
        {
            Now = Math.Max(Now, operation.End);
            Hazards?.HostWaitedFor(operation);
        }

        if (Scheduler.IsIdle) Hazards?.Forget();
        return context.Sticky;
    }

    public bool Holds(ulong address, long bytes)
    {
        using (Gate.EnterScope())
        {
            return bytes >= 0 && Devices.Any(device => device.Memory.Find(address) is { IsFreed: false } allocation
                && address - allocation.Address <= (ulong)allocation.Bytes - (ulong)Math.Min(bytes, allocation.Bytes) && bytes <= allocation.Bytes);
        }
    }

    /// <summary>The memory that an address lies in: of any device, as addresses are unique.</summary>
    public DeviceMemory MemoryOf(ulong address) =>
        (Devices.FirstOrDefault(device => device.Memory.Find(address) is not null)
            ?? throw new DeviceFaultException(CUresult.ErrorIllegalAddress, $"no device has memory at 0x{address:x}")).Memory;

    public nint NewHandle(string kind, object state)
    {
        using (Gate.EnterScope()) return Handles.Add(kind, state);
    }

    /// <summary>A handle of something that goes with a context.</summary>
    public nint NewHandle(string kind, object state, SimulatedContext context, bool owned = false)
    {
        nint handle = Handles.Add(kind, state, owned);
        context.Handles.Add(handle);
        return handle;
    }

    public void ReleaseHandle<T>(nint handle, SimulatedContext context)
        where T : class
    {
        Handles.Remove<T>(handle);
        context.Handles.Remove(handle);
    }

    public T? Find<T>(nint handle)
        where T : class
    {
        using (Gate.EnterScope()) return Handles.Find<T>(handle);
    }

    public bool Release<T>(nint handle)
        where T : class
    {
        using (Gate.EnterScope()) return Handles.Remove<T>(handle);
    }

    public void Report(string message)
    {
        using (Gate.EnterScope()) AddReport(SimulatorReportKind.Misuse, message);
    }

    public void AddReport(SimulatorReportKind kind, string text, Report? finding = null) => _reports.Add(new SimulatorReport(kind, text, finding));

    /// <summary>An operation has failed on its device: the context is broken, and what was to come will not.</summary>
    public void Fault(SimulatedContext context, Operation operation, Exception error)
    {
        CUresult status = error switch
        {
            DeviceFaultException fault => fault.Status,
            PtxExecutionException ended => StatusOf(ended.Report.Kind),
            ArgumentException => CUresult.ErrorIllegalAddress,
            _ => CUresult.ErrorLaunchFailed,
        };
        if (error is PtxExecutionException { Earlier: var earlier })
            foreach (Report finding in earlier) AddReport(SimulatorReportKind.Checker, finding.ToString(), finding);
        AddReport(SimulatorReportKind.Fault, $"{operation.Command.Name} in {operation.Lane.Name}: {status}: {error.Message}",
            (error as PtxExecutionException)?.Report);
        if (context.Sticky == CUresult.Success) context.Sticky = status;
        Scheduler.Abandon(context);
    }

    /// <summary>The error that a GPU would give for what a checker saw; Success where it would notice nothing.</summary>
    public static CUresult StatusOf(ReportKind kind) => kind switch
    {
        ReportKind.OutOfBounds or ReportKind.UseAfterFree or ReportKind.ReadOnlyWrite => CUresult.ErrorIllegalAddress,
        ReportKind.Misaligned => CUresult.ErrorMisalignedAddress,
        ReportKind.Trap => CUresult.ErrorLaunchFailed,
        ReportKind.Deadlock or ReportKind.BudgetExceeded => CUresult.ErrorLaunchTimeout,
        _ => CUresult.Success,
    };

    /// <summary>A range of memory as reports and traces name it: the same in every run.</summary>
    public string Describe(ulong address, long bytes)
    {
        string range;
        foreach (SimulatedDevice device in Devices)
        {
            if (device.Memory.Find(address) is not { } allocation) continue;
            range = bytes == 0 ? "" : $", {bytes} bytes";
            return $"{allocation.Name} + {address - allocation.Address}{range}";
        }

        range = bytes == 0 ? "" : $" {bytes} bytes of";
        foreach (SimulatedDevice device in Devices)
            if (device.Context.PinnedAt((nint)address, Math.Max(bytes, 1)) is var (number, offset))
                return $"page-locked memory {number} + {offset}{(bytes == 0 ? "" : $", {bytes} bytes")}";
        return address == 0 ? "null" : $"unknown memory{range}";
    }

    /// <summary>Destroys a context whose last reference went; what still lived in it is lost.</summary>
    public void DestroyLast(SimulatedContext context)
    {
        _lost.AddRange(context.Leaks());
        _lost.AddRange(Handles.Leaks(context.Handles));
        context.Destroy();
    }

    public IReadOnlyList<string> Leaks()
    {
        using (Gate.EnterScope())
        {
            return
            [
                .. _lost,
                .. Devices.SelectMany(device => device.Context.Leaks()),
                .. Handles.Leaks(),
                .. from device in Devices
                   where device.Context.Retained > 0
                   select $"the primary context of device {device.Ordinal}, retained {device.Context.Retained} times",
            ];
        }
    }

    public void Dispose()
    {
        using (Gate.EnterScope())
        {
            if (_disposed) return;
            _disposed = true;
            IReadOnlyList<string> leaks = Leaks();
            foreach (SimulatedDevice device in Devices)
            {
                device.Context.Destroy();
                device.Context.Retained = 0;
                device.Dispose();
            }

            Handles.Clear();
            _lost.Clear();
            _lost.AddRange(leaks);
            IsInitialized = false;
        }
    }
}
