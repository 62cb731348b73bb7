using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>As much of a driver as cuDNN needs: one context, streams that work when they are drained, capture into one graph.</summary>
internal sealed class FakeCore(SimulatorOptions options) : ISimulatorCore, IDisposable
{
    private readonly PtxMachine _machine = new();
    private readonly Dictionary<nint, object> _handles = [];
    private readonly Dictionary<string, int> _calls = [];
    private nint _lastHandle = 0x1000;

    public SimulatorOptions Options { get; } = options;

    internal DeviceMemory Memory => _machine.Memory;

    internal List<string> Reports { get; } = [];

    internal List<Work> Queue { get; } = [];

    internal List<Work> Graph { get; } = [];

    /// <summary>Whether the one stream is being captured; a drain meanwhile sets <see cref="Spoilt"/>.</summary>
    internal bool Capturing { get; set; }

    internal bool Spoilt { get; private set; }

    /// <summary>What the driver says of the context: a sticky error after a fault.</summary>
    internal CUresult Context { get; set; }

    internal IReadOnlyCollection<object> Handles => _handles.Values;

    public bool Fails(string function, string arguments, out int status)
    {
        int call = _calls[function] = _calls.GetValueOrDefault(function) + 1;
        Options.Trace?.WriteLine($"{function}({arguments})");
        InjectedFault? fault = Options.Faults.FirstOrDefault(f => f.Function == function && f.Call == call);
        status = fault?.Status ?? 0;
        return fault is not null;
    }

    public CUresult Current(out SimulatedGpu? gpu)
    {
        gpu = Context == CUresult.Success ? Options.Gpus[0] : null;
        return Context;
    }

    public CUresult Submit(CUstream stream, Work work)
    {
        if (Context != CUresult.Success) return Context;
        (Capturing ? Graph : Queue).Add(work);
        return CUresult.Success;
    }

    public bool IsCapturing(CUstream stream) => Capturing;

    public CUresult Drain(CUstream stream)
    {
        if (Capturing)
        {
            Spoilt = true;
            return CUresult.ErrorStreamCaptureUnsupported;
        }

        Work[] works = [.. Queue];
        Queue.Clear();
        foreach (Work work in works)
        {
            try
            {
                work.Run(Memory);
            }
            catch (ArgumentException)
            {
                Context = CUresult.ErrorIllegalAddress;
            }
        }

        return Context;
    }

    public bool Holds(ulong address, long bytes) => Memory.Find(address) is { IsFreed: false } a && address + (ulong)bytes <= a.Address + (ulong)a.Bytes;

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
