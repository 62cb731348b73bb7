using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>
/// Which accesses of other threads happened before: a clock a thread, moved on by every barrier it takes part in. A barrier of
/// the whole block is one line in a table; bar.warp.sync fills a 32 x 32 table of its warp; a barrier of some warps gives each of
/// them a full table. Shuffles and votes order nothing (PTX ISA, "bar.warp.sync": it alone orders memory).
/// </summary>
internal sealed class ThreadClocks
{
    private readonly int[] _clock;
    private readonly int[] _everyoneKnows;
    private readonly int[][] _warpKnows;
    private readonly int[]?[] _knows;

    public ThreadClocks(int threads)
    {
        int padded = (threads + 31) / 32 * 32;
        _clock = new int[padded];
        _everyoneKnows = new int[padded];
        _knows = new int[padded][];
        _warpKnows = new int[padded / 32][];
        for (int i = 0; i < _warpKnows.Length; i++) _warpKnows[i] = new int[32 * 32];
    }

    public void Begin()
    {
        Array.Fill(_clock, 1);
        Array.Clear(_everyoneKnows);
        Array.Clear(_knows);
        foreach (int[] table in _warpKnows) Array.Clear(table);
    }

    public int Now(int thread) => _clock[thread];

    /// <summary>Whether what a thread did at a time of its clock is ordered before what another does now.</summary>
    public bool Ordered(int before, int time, int now)
    {
        if (before == now || time <= _everyoneKnows[before]) return true;
        if (before >> 5 == now >> 5 && time <= _warpKnows[now >> 5][((now & 31) << 5) + (before & 31)]) return true;
        return _knows[now] is { } known && time <= known[before];
    }

    public void WarpSynchronized(Warp warp, uint lanes)
    {
        int[] table = _warpKnows[warp.Index];
        int first = warp.Index * 32;
        Span<int> joined = stackalloc int[32];
        int[]? full = null;
        for (uint left = lanes; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            for (int i = 0; i < 32; i++) joined[i] = Math.Max(joined[i], table[(lane << 5) + i]);
            joined[lane] = Math.Max(joined[lane], _clock[first + lane]);
            if (_knows[first + lane] is { } known) Join(full ??= new int[_clock.Length], known);
        }

        for (uint left = lanes; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            joined.CopyTo(table.AsSpan(lane << 5, 32));
            if (full is not null) _knows[first + lane] = (int[])full.Clone();
            _clock[first + lane]++;
        }
    }

    public void BarrierCompleted(List<(Warp Warp, uint Lanes, bool Waits, BarrierReduction Reduction, int Result)> participants, bool whole)
    {
        if (whole && participants.TrueForAll(p => p.Waits))
        {
            // Threads that have exited are known as well: their last accesses came before.
            for (int i = 0; i < _clock.Length; i++) _everyoneKnows[i] = _clock[i]++;
            return;
        }

        var joined = new int[_clock.Length];
        foreach ((Warp warp, uint lanes, _, _, _) in participants)
        {
            for (uint left = lanes; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left), thread = warp.Thread(lane);
                if (_knows[thread] is { } known) Join(joined, known);
                for (int i = 0; i < 32; i++)
                    joined[warp.Thread(i)] = Math.Max(joined[warp.Thread(i)], _warpKnows[warp.Index][(lane << 5) + i]);
                joined[thread] = Math.Max(joined[thread], _clock[thread]);
            }
        }

        foreach ((Warp warp, uint lanes, bool waits, _, _) in participants)
        {
            for (uint left = lanes; left != 0; left &= left - 1)
            {
                int thread = warp.Thread(Lanes.First(left));
                if (waits) _knows[thread] = (int[])joined.Clone();
                _clock[thread]++;
            }
        }
    }

    private static void Join(int[] into, int[] from)
    {
        for (int i = 0; i < into.Length; i++) into[i] = Math.Max(into[i], from[i]);
    }
}
