using System.Numerics;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>What a barrier combines beside waiting (bar.red).</summary>
internal enum BarrierReduction { None, Count, And, Or }

/// <summary>The sixteen barriers of a block (PTX ISA, "bar, barrier").</summary>
internal sealed unsafe class BlockBarriers(Block block)
{
    public const int Count = 16;
    private readonly Barrier[] _barriers = [.. Enumerable.Range(0, Count).Select(_ => new Barrier())];

    public void Begin()
    {
        foreach (Barrier barrier in _barriers) barrier.Reset();
    }

    /// <summary>Lanes arrive; when they wait, their flow has been told so already.</summary>
    /// <param name="warp">The warp.</param>
    /// <param name="id">The barrier.</param>
    /// <param name="lanes">Who arrives.</param>
    /// <param name="threads">The number of threads the barrier is for; 0: all of the block.</param>
    /// <param name="waits">Whether they wait for the others (bar.sync) or not (bar.arrive).</param>
    /// <param name="reduction">What to combine.</param>
    /// <param name="values">The predicate of each lane.</param>
    /// <param name="result">Where waiting lanes get the combined value; -1 for nowhere.</param>
    public void Arrive(Warp warp, int id, uint lanes, int threads, bool waits, BarrierReduction reduction, uint values, int result)
    {
        Barrier barrier = _barriers[id];
        barrier.Threads = threads;
        // Older GPUs count whole warps; a warp with lanes that have exited still counts as 32 when the number is explicit.
        bool converging = block.Launch.Options.Convergence == Convergence.Converging;
        barrier.Arrived += threads != 0 && (converging || lanes == warp.Live) ? 32 : BitOperations.PopCount(converging ? warp.Live : lanes);
        barrier.Total += BitOperations.PopCount(values & lanes);
        barrier.All &= (values & lanes) == lanes;
        barrier.Participants.Add((warp, lanes, waits, reduction, result));
        Complete(barrier, id);
    }

    /// <summary>Threads have exited: a barrier for all of the block may be complete now.</summary>
    public void Recheck()
    {
        for (int id = 0; id < Count; id++)
            if (_barriers[id].Arrived > 0) Complete(_barriers[id], id);
    }

    private void Complete(Barrier barrier, int id)
    {
        int expected = barrier.Threads != 0 ? barrier.Threads : block.LiveThreads;
        if (barrier.Arrived < expected) return;
        foreach ((Warp warp, uint lanes, bool waits, BarrierReduction reduction, int result) in barrier.Participants)
        {
            if (!waits) continue;
            if (result >= 0) Store(warp, lanes, barrier, reduction, result);
            warp.Flow.Release(id);
            block.Unblock(warp);
        }

        block.Observer?.BarrierCompleted(barrier.Participants, barrier.Threads == 0);
        barrier.Reset();
    }

    private static void Store(Warp warp, uint lanes, Barrier barrier, BarrierReduction reduction, int result)
    {
        byte* slot = warp.Registers + result;
        if (reduction == BarrierReduction.Count)
        {
            for (uint left = lanes; left != 0; left &= left - 1) ((int*)slot)[Lanes.First(left)] = barrier.Total;
            return;
        }

        bool value = reduction == BarrierReduction.And ? barrier.All : barrier.Total > 0;
        *(uint*)slot = value ? *(uint*)slot | lanes : *(uint*)slot & ~lanes;
    }

    private sealed class Barrier
    {
        public int Threads { get; set; }
        public int Arrived { get; set; }
        public int Total { get; set; }
        public bool All { get; set; } = true;
        public List<(Warp Warp, uint Lanes, bool Waits, BarrierReduction Reduction, int Result)> Participants { get; } = [];

        public void Reset()
        {
            Threads = 0;
            Arrived = 0;
            Total = 0;
            All = true;
            Participants.Clear();
        }
    }
}
