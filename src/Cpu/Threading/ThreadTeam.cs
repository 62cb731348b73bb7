using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Cpu;

/// <summary>Work that a team divides among its threads.</summary>
internal abstract class TeamTask
{
    /// <summary>Does one part.</summary>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="worker">Which thread of the team does it, from 0: its scratch memory.</param>
    public abstract void Execute(int part, int worker);
}

/// <summary>
/// Threads that do the parts of a task together; the caller is one of them. Each begins with a range of its own, the same share in every task, so that it finds in its caches what it left
/// there: parts are ordered by image. Then it helps the others; and the caller waits for parts, not for threads: on a busy machine it does alone what nobody else takes. Results cannot
/// depend on that, since each part writes what no other does. Waiting threads spin for a short while, then sleep. Allocates nothing in a run.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private const int SpinLimit = 2000; // longer than the gaps between the operators of a step
    private const int Closed = int.MaxValue;
    private readonly Helper[] _helpers;
    private readonly Range[] _ranges;
    private TeamTask? _task;
    private int _count, _done, _run;
    private ExceptionDispatchInfo? _error;
    private volatile bool _stopping;

    public ThreadTeam(int size)
    {
        Size = size;
        _ranges = new Range[size];
        Close();
        _helpers = new Helper[size - 1];
        for (int i = 0; i < _helpers.Length; i++) _helpers[i] = new Helper(this, i + 1);
        foreach (Helper helper in _helpers) helper.Start();
    }

    /// <summary>The number of threads, the caller's included.</summary>
    public int Size { get; }

    private int RunNumber => Volatile.Read(ref _run);

    /// <summary>Does all parts of a task; returns when they are done. The first exception of a part is thrown here.</summary>
    public void Run(TeamTask task, int count)
    {
        if (_helpers.Length == 0 || count <= 1)
        {
            for (int part = 0; part < count; part++) task.Execute(part, 0);
            return;
        }

        Close(); // from here on nobody reads what is written next
        (_task, _count, _done, _error) = (task, count, 0, null);
        for (int i = 0; i < _ranges.Length; i++) _ranges[i].Publish(Start(i, count));
        Interlocked.Increment(ref _run);
        foreach (Helper helper in _helpers) helper.Wake();
        TakeParts(0);
        var spinner = new SpinWait();
        while (Volatile.Read(ref _done) < count) spinner.SpinOnce(sleep1Threshold: -1);
        _error?.Throw();
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Close();
        Interlocked.Increment(ref _run);
        foreach (Helper helper in _helpers)
        {
            helper.Wake();
            helper.Dispose();
        }
    }

    private int Start(int range, int count) => (int)((long)range * count / Size);

    private void Close()
    {
        for (int i = 0; i < _ranges.Length; i++) _ranges[i].Publish(Closed);
    }

    private void TakeParts(int worker)
    {
        for (int i = 0; i < _ranges.Length; i++) TakeParts((worker + i) % _ranges.Length, worker);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeParts(int range, int worker)
    {
        while (true)
        {
            // If the range has not changed by the exchange, task and count are those of its run.
            long state = Volatile.Read(ref _ranges[range].State);
            TeamTask? task = Volatile.Read(ref _task);
            int part = (int)state;
            if (part >= Start(range + 1, Volatile.Read(ref _count))) return;
            if (Interlocked.CompareExchange(ref _ranges[range].State, state + 1, state) != state) continue;
            try
            {
                task!.Execute(part, worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
            }

            Interlocked.Increment(ref _done);
        }
    }

    /// <summary>The parts that a thread begins with; in a cache line of its own, since others look at it seldom.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Range
    {
        // The number of changes of runs in the upper half, the next part in the lower: a thread that comes late cannot take a part of another run than it thinks.
        public long State;

        /// <summary>Begins a new number of runs, with a next part.</summary>
        public void Publish(int next) => Interlocked.Exchange(ref State, (((State >> 32) + 1) << 32) | (uint)next);
    }

    /// <summary>One thread of the team. Each has a semaphore of its own: of a common one a thread might take the wake-up of another.</summary>
    private sealed class Helper : IDisposable
    {
        private readonly ThreadTeam _team;
        private readonly int _worker;
        private readonly Thread _thread;
        private readonly SemaphoreSlim _wake = new(0);
        private int _asleep;

        public Helper(ThreadTeam team, int worker)
        {
            (_team, _worker) = (team, worker);
            _thread = new Thread(Work) { IsBackground = true, Name = $"AlexNetCuda CPU {worker}" };
        }

        public void Start() => _thread.Start();

        /// <summary>Wakes the thread if it sleeps, or is about to.</summary>
        public void Wake()
        {
            if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1) _wake.Release();
        }

        public void Dispose()
        {
            _thread.Join();
            _wake.Dispose();
        }

        private void Work()
        {
            int seen = 0;
            while (true)
            {
                for (int spins = 0; _team.RunNumber == seen; spins++)
                {
                    if (spins < SpinLimit) Thread.SpinWait(20);
                    else Sleep(seen);
                }

                seen = _team.RunNumber;
                if (_team._stopping) return;
                _team.TakeParts(_worker);
            }
        }

        private void Sleep(int seen)
        {
            Interlocked.Exchange(ref _asleep, 1);
            // A run that began before the flag was set does not wake this thread; one that saw the flag does, and then the wake-up is to be taken.
            if (_team.RunNumber != seen && Interlocked.Exchange(ref _asleep, 0) == 1) return;
            _wake.Wait();
        }
    }
}
