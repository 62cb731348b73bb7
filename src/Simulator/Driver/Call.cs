using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>A call of a driver function, from its entry to its return: holds the lock, and writes the trace at the end.</summary>
internal sealed class Call : IDisposable
{
    private readonly SimulatorCore _core;
    private readonly string _text;
    private readonly bool _fails;
    private string _results = "";

    public Call(SimulatorCore core, string function, string arguments)
    {
        _core = core;
        _text = $"{function}({arguments})";
        core.Gate.Enter();
        _fails = core.Enter(function, out int status);
        Status = (CUresult)status;
    }

    /// <summary>What the call returns.</summary>
    public CUresult Status { get; private set; }

    /// <summary>Whether the call goes on: it does not fail on purpose, and the driver is initialised if it needs to be.</summary>
    public bool Begins(bool initialized = true)
    {
        if (_fails) return false;
        if (!initialized || _core.IsInitialized) return true;
        Status = CUresult.ErrorNotInitialized;
        return false;
    }

    /// <summary>Whether the call goes on, in the thread's current context.</summary>
    public bool Begins(out SimulatedContext context)
    {
        context = null!;
        if (_fails) return false;
        Status = _core.CurrentContext(out SimulatedContext? current);
        if (Status != CUresult.Success) return false;
        context = current!;
        return true;
    }

    /// <summary>Sets what the call returns, and what it gave, for the trace.</summary>
    public CUresult End(CUresult status, string results = "")
    {
        Status = status;
        if (status == CUresult.Success && results.Length > 0) _results = $" -> {results}";
        return status;
    }

    public void Dispose()
    {
        _core.Options.Trace?.WriteLine($"{_text} = {(int)Status}{_results}");
        _core.Gate.Exit();
    }
}
