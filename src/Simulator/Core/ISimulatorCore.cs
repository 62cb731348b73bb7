using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Simulator.Core;

/// <summary>What the simulated cuBLAS, cublasLt and cuDNN need of the simulated driver.</summary>
internal interface ISimulatorCore
{
    /// <summary>The machine that is simulated.</summary>
    SimulatorOptions Options { get; }

    /// <summary>
    /// The gate that every simulated function passes first: counts the call, writes the trace, and says whether it fails on
    /// purpose.
    /// </summary>
    /// <param name="function">The exported name.</param>
    /// <param name="arguments">The arguments for the trace: handles by number, no raw addresses.</param>
    /// <param name="status">The injected status, where the call is to fail.</param>
    /// <returns>Whether the call fails: the function returns <paramref name="status"/> and does nothing else.</returns>
    bool Fails(string function, string arguments, out int status);

    /// <summary>The GPU of the calling thread's current context: ErrorInvalidContext without one, the sticky error after a fault.</summary>
    CUresult Current(out SimulatedGpu? gpu);

    /// <summary>Puts work into a stream, or into the graph that the stream is being captured into.</summary>
    /// <returns>ErrorInvalidHandle for a stream that does not exist, a sticky error, or a capture's error.</returns>
    CUresult Submit(CUstream stream, Work work);

    /// <summary>Whether a stream is being captured, or its capture has been spoilt.</summary>
    bool IsCapturing(CUstream stream);

    /// <summary>Runs a stream's work to its end: cuStreamSynchronize from inside a library. Spoils captures that forbid it.</summary>
    CUresult Drain(CUstream stream);

    /// <summary>Whether live device memory holds a range, as of this call.</summary>
    bool Holds(ulong address, long bytes);

    /// <summary>Makes a handle that is listed as leaked if nobody releases it.</summary>
    /// <param name="kind">What it is, as "cudnnTensorDescriptor_t".</param>
    /// <param name="state">The simulator's object behind it.</param>
    nint NewHandle(string kind, object state);

    /// <summary>The object behind a handle; null for a handle of another type, that was released, or never was.</summary>
    T? Find<T>(nint handle)
        where T : class;

    /// <summary>Gives a handle up; false where <see cref="Find"/> gives null.</summary>
    bool Release<T>(nint handle)
        where T : class;

    /// <summary>Notes a misuse that the real library would not notice or not report: tests fail for it.</summary>
    void Report(string message);
}
