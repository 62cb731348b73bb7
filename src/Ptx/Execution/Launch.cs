using AlexNetCuda.Ptx.Checking;
using AlexNetCuda.Ptx.Metering;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>One launch: its shape, its parameters, and its blocks shared out among the host's threads.</summary>
internal sealed unsafe class Launch
{
    // Found where they happen, without anybody watching every access.
    private const Checks Cheap = Checks.OutOfBounds | Checks.Misaligned | Checks.UseAfterFree | Checks.DivergentBarrier | Checks.Limits;

    private const int ThreadsWorthAWorker = 8192;

    private readonly long _blocks;
    private readonly long _multiplier = 1;
    private readonly long _first;
    private readonly int _workers;
    private long _next;
    private long _budgetLeft;

    public Launch(Program program, LaunchConfiguration configuration, byte* parameters, DeviceMemory memory, MachineOptions options)
    {
        Program = program;
        Configuration = configuration;
        Parameters = parameters;
        Memory = memory;
        Options = options;
        Reports = new ReportLog(this);
        Meters = options.Metered ? new MeterLog(memory) : null;
        Accesses = options.RecordsAccesses ? new AccessLog() : null;
        GlobalShadow = (options.Checks & (Checks.GlobalRace | Checks.NonCoherentRead)) != Checks.None ? new GlobalShadow(this, memory.Shadow) : null;
        _blocks = configuration.Grid.Count;
        _budgetLeft = options.InstructionBudget;
        IsObserved = (options.Checks & ~Cheap) != Checks.None || options.Metered || options.RecordsAccesses || memory.TracksWrites;
        bool ordered = options.Checks != Checks.None || IsObserved || options.Seed != 0 || program.HasGlobalAtomics;
        // A small launch is over before another thread of the host has begun.
        long worthwhile = 1 + (_blocks * configuration.Block.Count / ThreadsWorthAWorker);
        long wanted = options.Workers == 0 ? Math.Min(Environment.ProcessorCount, worthwhile) : options.Workers;
        _workers = ordered ? 1 : (int)Math.Min(wanted, _blocks);
        if (options.Seed == 0) return;
        var random = new Random(options.Seed);
        // An order that needs no table: i -> first + multiplier * i (mod blocks), which visits each block once.
        _first = random.NextInt64(_blocks);
        do _multiplier = random.NextInt64(1, Math.Max(2, _blocks));
        while (Gcd(_multiplier, _blocks) != 1);
    }

    public Program Program { get; }

    public LaunchConfiguration Configuration { get; }

    public byte* Parameters { get; }

    public DeviceMemory Memory { get; }

    public MachineOptions Options { get; }

    public ReportLog Reports { get; }

    public MeterLog? Meters { get; }

    public GlobalShadow? GlobalShadow { get; }

    public AccessLog? Accesses { get; }

    /// <summary>Whether accesses take the slow path past the checkers and meters.</summary>
    public bool IsObserved { get; }

    /// <summary>Thread-instructions executed by the blocks that are done.</summary>
    public long Executed { get; private set; }

    public bool Has(Checks check) => (Options.Checks & check) != Checks.None;

    public void Run()
    {
        if (_workers <= 1)
        {
            Work();
            return;
        }

        var errors = new Exception?[_workers];
        var threads = new Thread[_workers];
        for (int i = 0; i < _workers; i++)
        {
            int worker = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    Work();
                }
#pragma warning disable CA1031 // Whatever ends a worker ends the launch: it is thrown again below.
                catch (Exception error)
#pragma warning restore CA1031
                {
                    errors[worker] = error;
                    Interlocked.Exchange(ref _next, long.MaxValue / 2);
                }
            });
            threads[i].IsBackground = true;
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        Exception? first = Array.Find(errors, e => e is not null);
        if (first is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }

    private static long Gcd(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    private void Work()
    {
        using var block = new Block(this);
        while (true)
        {
            long turn = Interlocked.Increment(ref _next) - 1;
            if (turn >= _blocks) return;
            long index = (long)(((Int128)turn * _multiplier + _first) % _blocks);
            block.BudgetLeft = Interlocked.Read(ref _budgetLeft);
            long executed = block.Run(index);
            Interlocked.Add(ref _budgetLeft, -executed);
            lock (Reports) Executed += executed;
        }
    }
}
