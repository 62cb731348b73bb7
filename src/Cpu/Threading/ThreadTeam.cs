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
/// Threads that do the parts of a task together; the caller is one of them. Parts go to whoever is free, so a busy machine costs no more than it must; results
/// cannot depend on that, since each part writes what no other does. Waiting threads spin for a short while, then sleep. Allocates nothing in a run.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private const int SpinLimit = 2000; // tens of microseconds: longer than the gaps between the operators of a step
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private TeamTask? _task;
    private int _count, _next, _pending, _sleeping;
    private volatile int _generation;
    private volatile bool _stopping;
    private ExceptionDispatchInfo? _error;

    public ThreadTeam(int size)
    {
        Size = size;
        _threads = new Thread[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"AlexNetCuda CPU {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The number of threads, the caller's included.</summary>
    public int Size { get; }

    /// <summary>Does all parts of a task; returns when they are done. The first exception of a part is thrown here.</summary>
    public void Run(TeamTask task, int count)
    {
        if (_threads.Length == 0 || count == 1)
        {
            for (int part = 0; part < count; part++) task.Execute(part, 0);
            return;
        }

        (_task, _count, _next, _error) = (task, count, 0, null);
        _pending = _threads.Length;
        Interlocked.Increment(ref _generation); // publishes the above
        int sleeping = Interlocked.Exchange(ref _sleeping, 0);
        if (sleeping > 0) _wake.Release(sleeping);
        TakeParts(0);
        var spinner = new SpinWait();
        while (Volatile.Read(ref _pending) > 0) spinner.SpinOnce(sleep1Threshold: -1);
        _task = null;
        _error?.Throw();
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Interlocked.Increment(ref _generation);
        _wake.Release(_threads.Length + 1);
        foreach (Thread thread in _threads) thread.Join();
        _wake.Dispose();
    }

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            for (int spins = 0; _generation == seen; spins++)
            {
                if (spins < SpinLimit) Thread.SpinWait(20);
                else Sleep(seen);
            }

            seen = _generation;
            if (_stopping) return;
            TakeParts(worker);
            Interlocked.Decrement(ref _pending);
        }
    }

    private void Sleep(int seen)
    {
        Interlocked.Increment(ref _sleeping);
        // A run that began before the increment was seen has not counted this thread: then it must not sleep.
        if (_generation != seen && TryCancelSleep()) return;
        _wake.Wait();
    }

    private bool TryCancelSleep()
    {
        while (true)
        {
            int sleeping = Volatile.Read(ref _sleeping);
            if (sleeping == 0) return false; // counted after all: a release is on its way
            if (Interlocked.CompareExchange(ref _sleeping, sleeping - 1, sleeping) == sleeping) return true;
        }
    }

    private void TakeParts(int worker)
    {
        TeamTask task = _task!;
        int count = _count;
        try
        {
            for (int part = Interlocked.Increment(ref _next) - 1; part < count; part = Interlocked.Increment(ref _next) - 1)
                task.Execute(part, worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
            Interlocked.Exchange(ref _next, count); // the others stop early
        }
    }
}
