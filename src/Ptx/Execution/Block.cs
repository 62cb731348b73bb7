using System.Numerics;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Ptx.Execution;

internal enum FaultKind
{
    OutOfBounds = ReportKind.OutOfBounds,
    Misaligned = ReportKind.Misaligned,
    UseAfterFree = ReportKind.UseAfterFree,
    ReadOnlyWrite = ReportKind.ReadOnlyWrite,
    Deadlock = ReportKind.Deadlock,
    BudgetExceeded = ReportKind.BudgetExceeded,
    Trap = ReportKind.Trap,
}

/// <summary>One block of threads: its warps, shared memory and barriers. A host thread reuses one object for many blocks.</summary>
internal sealed unsafe class Block : IDisposable
{
    private const int Quantum = 4096;
    private readonly Warp[] _warps;
    private readonly bool[] _blocked;
    private readonly Random? _random;
    private readonly long _threads;
    private int _lastWarp;

    public Block(Launch launch)
    {
        Launch = launch;
        _threads = launch.Configuration.Block.Count;
        int seed = launch.Options.Seed;
        _random = seed == 0 ? null : new Random(seed);
        SharedBytes = launch.Program.DynamicSharedOffset + launch.Configuration.DynamicSharedBytes;
        Shared = (byte*)NativeMemory.AlignedAlloc((nuint)SharedBytes + 64, 64);
        _warps = new Warp[(_threads + 31) / 32];
        _blocked = new bool[_warps.Length];
        for (int i = 0; i < _warps.Length; i++)
        {
            Flow flow = launch.Options.Convergence == Convergence.Converging ? new ConvergingFlow(_random) : new IndependentFlow(_random);
            _warps[i] = new Warp(launch.Program, this, i, flow);
        }

        Barriers = new BlockBarriers(this);
        Observer = launch.IsObserved ? new AccessObserver(this) : null;
        Cache = new Allocation?[launch.Program.AccessCount];
    }

    public Launch Launch { get; }

    public Extent3 Index { get; private set; }

    public long LinearIndex { get; private set; }

    public byte* Shared { get; }

    public int SharedBytes { get; }

    public BlockBarriers Barriers { get; }

    /// <summary>Sees every access when checkers or meters are on; else null.</summary>
    public AccessObserver? Observer { get; }

    /// <summary>For each memory instruction, the allocation it used last.</summary>
    public Allocation?[] Cache { get; }

    public long BudgetLeft { get; set; }

    public Random? Random => _random;

    public ReadOnlySpan<Warp> Warps => _warps;

    public int LiveThreads
    {
        get
        {
            int count = 0;
            foreach (Warp warp in _warps) count += BitOperations.PopCount(warp.Live);
            return count;
        }
    }

    /// <summary>Runs one block to its end and returns the thread-instructions it took.</summary>
    public long Run(long index)
    {
        LinearIndex = index;
        Index = Extent3.Unflatten(index, Launch.Configuration.Grid);
        NativeMemory.Clear(Shared, (nuint)SharedBytes);
        for (int i = 0; i < _warps.Length; i++)
        {
            _warps[i].Begin((int)Math.Min(32, _threads - i * 32));
            _blocked[i] = false;
        }

        Barriers.Begin();
        Observer?.Begin();
        _lastWarp = -1;
        while (Next() is { } warp)
        {
            uint before = warp.Live;
            Signal signal = warp.Run(_random is null ? Quantum : _random.Next(1, 65));
            _blocked[warp.Index] = signal == Signal.Blocked && !warp.Done;
            if (warp.Live != before) Barriers.Recheck();
        }

        Observer?.End();
        long executed = 0;
        foreach (Warp warp in _warps) executed += warp.Executed;
        return executed;
    }

    public void Unblock(Warp warp) => _blocked[warp.Index] = false;

    public PtxExecutionException Fault(Warp warp, int lane, FaultKind kind, string? detail, ulong address = 0, string? allocation = null)
    {
        detail ??= kind switch
        {
            FaultKind.BudgetExceeded => $"more than {Launch.Options.InstructionBudget} thread-instructions",
            FaultKind.Trap => "the kernel executed trap",
            _ => kind.ToString(),
        };
        Report report = Launch.Reports.Make(warp, lane, (ReportKind)kind, detail, address, allocation);
        return new PtxExecutionException(report, Launch.Reports.ToList());
    }

    public void ReportUnconverged(Warp warp, int lane, uint named, uint active)
    {
        if (!Launch.Has(Checks.DivergentBarrier)) return;
        string detail = (named >> lane & 1) == 0
            ? $"the mask 0x{named:x8} does not name the lane itself ({lane})"
            : $"the mask 0x{named:x8} names lanes that are not here (0x{active:x8} are)";
        Launch.Reports.Add(warp, lane, ReportKind.UnconvergedSync, detail, 0, null);
    }

    public void ReportDivergentBarrier(Warp warp, int lane, uint arriving)
    {
        if (!Launch.Has(Checks.DivergentBarrier)) return;
        Launch.Reports.Add(warp, lane, ReportKind.DivergentBarrier,
            $"only the lanes 0x{arriving:x8} of 0x{warp.Live:x8} reached the barrier", 0, null);
    }

    public void Dispose()
    {
        Observer?.Dispose();
        foreach (Warp warp in _warps) warp.Dispose();
        NativeMemory.AlignedFree(Shared);
    }

    private Warp? Next()
    {
        int count = 0;
        for (int i = 0; i < _warps.Length; i++)
            if (!_blocked[i] && !_warps[i].Done) count++;
        if (count == 0)
        {
            Warp? stuck = Array.Find(_warps, w => !w.Done);
            if (stuck is null) return null;
            throw Deadlock(stuck);
        }

        int skip = _random?.Next(count) ?? 0;
        for (int step = 1; ; step++)
        {
            int i = (_lastWarp + step) % _warps.Length;
            if (_blocked[i] || _warps[i].Done || skip-- > 0) continue;
            _lastWarp = i;
            return _warps[i];
        }
    }

    private PtxExecutionException Deadlock(Warp stuck)
    {
        (uint lanes, int pc) = stuck.Flow.Waiting().FirstOrDefault((stuck.Live, 0));
        stuck.Current = Launch.Program.Code[pc];
        var places = new SortedSet<int>();
        foreach (Warp warp in _warps)
            if (!warp.Done)
                foreach ((_, int at) in warp.Flow.Waiting()) places.Add(Launch.Program.Code[at].Source.Line);
        return Fault(stuck, Lanes.First(lanes), FaultKind.Deadlock, $"all live threads wait, at PTX lines {string.Join(", ", places)}");
    }
}
