using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Tests.Blas;

/// <summary>
/// The least of a simulated driver: streams that do nothing until they are drained, and handles. What a test wants to fail, it sets.
/// </summary>
internal sealed class QueueCore(SimulatorOptions options) : ISimulatorCore, IDisposable
{
    private readonly PtxMachine _machine = new();
    private readonly Dictionary<nint, object> _handles = [];
    private readonly List<(CUstream Stream, Work Work)> _queue = [];
    private readonly Dictionary<string, int> _calls = [];
    private nint _lastHandle;

    public SimulatorOptions Options { get; } = options;

    public DeviceMemory Memory => _machine.Memory;

    /// <summary>What Current says.</summary>
    public CUresult Status { get; set; }

    /// <summary>What submitting and draining say.</summary>
    public CUresult StreamStatus { get; set; }

    public SimulatedGpu? CurrentGpu { get; set; } = options.Gpus[0];

    public List<string> Reports { get; } = [];

    public List<string> Trace { get; } = [];

    public IReadOnlyList<Work> Queued => [.. _queue.Select(entry => entry.Work)];

    public int LiveHandles => _handles.Count;

    public bool Fails(string function, string arguments, out int status)
    {
        int call = _calls[function] = _calls.GetValueOrDefault(function) + 1;
        Trace.Add($"{function}({arguments})");
        InjectedFault? fault = Options.Faults.FirstOrDefault(fault => fault.Function == function && fault.Call == call);
        status = fault?.Status ?? 0;
        return fault is not null;
    }

    public CUresult Current(out SimulatedGpu? gpu)
    {
        gpu = Status == CUresult.Success ? CurrentGpu : null;
        return Status;
    }

    public CUresult Submit(CUstream stream, Work work)
    {
        if (StreamStatus == CUresult.Success) _queue.Add((stream, work));
        return StreamStatus;
    }

    public bool IsCapturing(CUstream stream) => false;

    public CUresult Drain(CUstream stream)
    {
        if (StreamStatus != CUresult.Success) return StreamStatus;
        foreach ((CUstream of, Work work) in _queue.ToArray())
        {
            if (of != stream) continue;
            _queue.Remove((of, work));
            work.Run(Memory);
        }

        return CUresult.Success;
    }

    /// <summary>Lets every stream run to its end.</summary>
    public void DrainAll()
    {
        while (_queue.Count > 0) Drain(_queue[0].Stream);
    }

    public bool Holds(ulong address, long bytes) => Memory.Find(address) is { IsFreed: false } allocation
        && bytes <= allocation.Bytes - (long)(address - allocation.Address);

    public nint NewHandle(string kind, object state)
    {
        _handles[++_lastHandle] = state;
        return _lastHandle;
    }

    public T? Find<T>(nint handle)
        where T : class => _handles.GetValueOrDefault(handle) as T;

    public bool Release<T>(nint handle)
        where T : class => Find<T>(handle) is not null && _handles.Remove(handle);

    public void Report(string message) => Reports.Add(message);

    public void Dispose() => _machine.Dispose();
}
