using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

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
/// Threads that do the parts of a task together; the caller is one of them. Parts go to whoever is free, and the caller waits for parts, not for threads: on a busy machine it
/// does alone what nobody else takes. Results cannot depend on that, since each part writes what no other does. Waiting threads spin for a short while, then sleep.
/// Allocates nothing in a run.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private const int SpinLimit = 2000; // longer than the gaps between the operators of a step
    private const int Closed = int.MaxValue;
    private readonly Helper[] _helpers;
    private TeamTask? _task;
    private int _count, _done;
    private ExceptionDispatchInfo? _error;
    private volatile bool _stopping;

    // The number of the run in the upper half, the next part in the lower: a thread that comes late cannot take a part of another run than it thinks.
    private long _state = Closed;

    public ThreadTeam(int size)
    {
        Size = size;
        _helpers = new Helper[size - 1];
        for (int i = 0; i < _helpers.Length; i++) _helpers[i] = new Helper(this, i + 1);
        foreach (Helper helper in _helpers) helper.Start();
    }

    /// <summary>The number of threads, the caller's included.</summary>
    public int Size { get; }

    private int RunNumber => (int)(Volatile.Read(ref _state) >> 32);

    /// <summary>Does all parts of a task; returns when they are done. The first exception of a part is thrown here.</summary>
    public void Run(TeamTask task, int count)
    {
        if (_helpers.Length == 0 || count <= 1)
        {
            for (int part = 0; part < count; part++) task.Execute(part, 0);
            return;
        }

        Publish(Closed); // from here on nobody reads what is written next
        (_task, _count, _done, _error) = (task, count, 0, null);
        Publish(0);
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
        Publish(Closed);
        foreach (Helper helper in _helpers)
        {
            helper.Wake();
            helper.Dispose();
        }
    }

    /// <summary>Begins a new number of runs, with a next part.</summary>
    private void Publish(int next) => Interlocked.Exchange(ref _state, ((long)(RunNumber + 1) << 32) | (uint)next);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeParts(int worker)
    {
        while (true)
        {
            // If the state has not changed by the exchange, task and count are those of its run.
            long state = Volatile.Read(ref _state);
            TeamTask? task = Volatile.Read(ref _task);
            int part = (int)state;
            if (part >= Volatile.Read(ref _count)) return;
            if (Interlocked.CompareExchange(ref _state, state + 1, state) != state) continue;
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
