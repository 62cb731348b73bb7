namespace AlexNetCuda.Simulator;

/// <summary>What has been asked of the simulated libraries. Work counts when it is put into a stream, or launched with a graph.</summary>
public sealed class SimulatorCounters
{
    private readonly Dictionary<string, long> _calls = new(StringComparer.Ordinal);

    internal SimulatorCounters()
    {
    }

    /// <summary>The calls of each function by its exported name, failed ones too.</summary>
    public IReadOnlyDictionary<string, long> Calls
    {
        get
        {
            lock (_calls) return new Dictionary<string, long>(_calls, StringComparer.Ordinal);
        }
    }

    /// <summary>Kernels of modules.</summary>
    public long Launches { get; internal set; }

    /// <summary>Work of the simulated cuBLAS, cublasLt and cuDNN.</summary>
    public long LibraryWorks { get; internal set; }

    /// <summary>Launches of executable graphs.</summary>
    public long GraphLaunches { get; internal set; }

    /// <summary>Fills of device memory.</summary>
    public long Fills { get; internal set; }

    /// <summary>Copies from the host to the device.</summary>
    public long CopiesToDevice { get; internal set; }

    /// <summary>Copies from the device to the host.</summary>
    public long CopiesToHost { get; internal set; }

    /// <summary>Copies within device memory.</summary>
    public long CopiesOnDevice { get; internal set; }

    /// <summary>The bytes of copies from the host to the device.</summary>
    public long BytesToDevice { get; internal set; }

    /// <summary>The bytes of copies from the device to the host.</summary>
    public long BytesToHost { get; internal set; }

    /// <summary>The bytes of copies within device memory.</summary>
    public long BytesOnDevice { get; internal set; }

    /// <summary>How often a function was called.</summary>
    /// <param name="function">The exported name.</param>
    public long CallsOf(string function)
    {
        lock (_calls) return _calls.GetValueOrDefault(function);
    }

    internal long Count(string function)
    {
        lock (_calls) return _calls[function] = _calls.GetValueOrDefault(function) + 1;
    }
}
