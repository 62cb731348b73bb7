using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>Times work in the session's stream, to choose among ways of doing it. Never while the stream is captured.</summary>
internal sealed class StreamTimer : IDisposable
{
    private const int Runs = 4; // between two events, whose own cost then hardly counts

    private readonly CudaSession _session;
    private readonly Stack<CudaEvent> _events = new();
    private readonly CudaEvent _start = null!, _end = null!;

    internal StreamTimer(CudaSession session)
    {
        _session = session;
        try
        {
            _events.Push(_start = session.CreateEvent());
            _events.Push(_end = session.CreateEvent());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose() => Disposal.All(_events);

    /// <summary>Milliseconds of a run, the least of several trials: what else the machine does only adds to them.</summary>
    /// <param name="trials">Trials of a few runs each.</param>
    /// <param name="enqueue">Puts one run into the stream.</param>
    /// <exception cref="CudaException">A call failed.</exception>
    internal float Least(int trials, Action enqueue)
    {
        float least = float.PositiveInfinity;
        for (int trial = 0; trial < trials; trial++)
        {
            Record(_start);
            for (int i = 0; i < Runs; i++) enqueue();
            Record(_end);
            _end.Synchronize();
            least = Math.Min(least, _end.MillisecondsSince(_start) / Runs);
        }

        return least;
    }

    private void Record(CudaEvent one) => _session.Check(_session.Driver.EventRecord(one.Handle, _session.Stream), "cuEventRecord", "timing algorithms");
}
